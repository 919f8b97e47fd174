"""The verifier's own Ed25519: strict where the equation alone would let somebody cheat."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.compliance import verify as verifier
from bridge.compliance.verify import ed25519
from tests.compliance.forging import key_of, public_of

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
MESSAGE = b"a message"


def encoded(point: verifier.Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return ((y * inverse % P) | ((x * inverse % P) & 1) << 255).to_bytes(32, "little")


def base() -> verifier.Point:
    assert verifier._BASE is not None
    return verifier._BASE


def challenge(r: bytes, public: bytes, message: bytes = MESSAGE) -> int:
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L


def scalar_of(key: Ed25519PrivateKey) -> int:
    half = bytearray(hashlib.sha512(key.private_bytes_raw()).digest()[:32])
    half[0] &= 248
    half[31] = half[31] & 127 | 64
    return int.from_bytes(half, "little")


ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
"""A point of order 8: eight of them added are the neutral element."""


def test_a_key_of_small_order_signs_nothing() -> None:
    """With it S·B = R + k·A holds for every eighth R, whoever chose S."""
    for s in range(1, 200):
        r = encoded(verifier._times(s, base()))
        if challenge(r, ORDER_8) % 8 == 0:
            break
    point = verifier._point(ORDER_8)
    assert point is not None
    left = verifier._add(verifier._times(s, base()), verifier._times(challenge(r, ORDER_8), point))
    assert verifier._same(left, verifier._times(s, base())), "the equation holds"
    assert not ed25519(ORDER_8, MESSAGE, r + s.to_bytes(32, "little"))


def test_a_signature_whose_r_is_of_small_order_is_none() -> None:
    key = key_of(1)
    r = (1).to_bytes(32, "little")
    s = challenge(r, public_of(key)) * scalar_of(key) % L
    assert not ed25519(public_of(key), MESSAGE, r + s.to_bytes(32, "little"))


def test_no_point_of_small_order_is_taken_for_r_whatever_the_key() -> None:
    """With a key that has a part of order 8 the equation can be made to hold for an R of order 8."""
    torsion = verifier._point(ORDER_8)
    assert torsion is not None
    scalar = scalar_of(key_of(1))
    key = encoded(verifier._add(verifier._times(scalar, base()), torsion))
    made = 0
    for number in range(200):
        message = str(number).encode()
        for order in range(1, 8, 2):  # the odd multiples: those of order 8
            r = encoded(verifier._times(order, torsion))
            k = challenge(r, key, message)
            if (order + k) % 8 == 0:
                signature = r + (k * scalar % L).to_bytes(32, "little")
                assert not ed25519(key, message, signature)
                made += 1
    assert made


def test_a_point_is_not_its_mirror_image() -> None:
    x, y, z, t = verifier._times(5, base())
    assert not verifier._same((x, y, z, t), (-x % P, y, z, -t % P))
    assert not verifier._same((x, y, z, t), (x, -y % P, z, -t % P))
    assert verifier._same((x, y, z, t), (7 * x % P, 7 * y % P, 7 * z % P, 7 * t % P))


@pytest.mark.parametrize(
    ("y", "sign"), [(P, 0), (P + 1, 0), (2**255 - 1, 0), (1, 1), (P - 1, 1), (2, 0), (2, 1)]
)
def test_an_encoding_that_is_no_point_or_not_the_one_spelling_is_refused(y: int, sign: int) -> None:
    assert verifier._point((y | sign << 255).to_bytes(32, "little")) is None


def test_points_are_read_as_they_are_written() -> None:
    for number in range(1, 40):
        point = verifier._times(number, base())
        read = verifier._point(encoded(point))
        assert read is not None
        assert verifier._same(read, point)
        assert not verifier._same(read, verifier._times(number + 1, base()))


def test_what_openssl_signs_verifies_and_a_longer_or_shorter_key_or_signature_does_not() -> None:
    for number in range(1, 12):
        key = key_of(number)
        signature = key.sign(MESSAGE)
        assert ed25519(public_of(key), MESSAGE, signature)
        assert not ed25519(public_of(key) + b"\x00", MESSAGE, signature)
        assert not ed25519(public_of(key), MESSAGE, signature[:63])
        assert not ed25519(public_of(key), MESSAGE, signature + b"\x00")
        high = int.from_bytes(signature[32:], "little") + L
        assert not ed25519(public_of(key), MESSAGE, signature[:32] + high.to_bytes(32, "little"))
