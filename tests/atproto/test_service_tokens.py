"""Service tokens: taken only whole, fresh, for us, for this method, and signed by the key's own algorithm."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import libipld
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.atproto.service_tokens import BadToken, VerifyingKey, key_in, read_token, sign, signing_key
from bridge.errors import KeysError

NOW = 1_800_000_000
ANA, US, METHOD = "did:plc:ana", "did:plc:us", "com.atproto.moderation.createReport"
CLAIMS = {"iss": ANA, "aud": US, "lxm": METHOD, "exp": NOW + 60, "iat": NOW, "jti": "a"}
KEYS = {"ES256K": ec.generate_private_key(ec.SECP256K1()), "ES256": ec.generate_private_key(ec.SECP256R1())}
ORDERS = {
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
CODECS = {"ES256K": b"\xe7\x01", "ES256": b"\x80\x24"}
OLD_TYPES = {"ES256K": "EcdsaSecp256k1VerificationKey2019", "ES256": "EcdsaSecp256r1VerificationKey2019"}


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(
    claims: object, header: object = None, alg: str = "ES256K", key: str = "", *, low: bool = True
) -> str:
    """Signed by the key of `key`, by default `alg`'s own; by low-S unless told otherwise."""
    private = KEYS[key or alg]
    signed = f"{part(header if header is not None else {'typ': 'JWT', 'alg': alg})}.{part(claims)}"
    r, s = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(SHA256())))
    order = ORDERS[key or alg]
    s = min(s, order - s) if low else max(s, order - s)
    return f"{signed}.{part(r.to_bytes(32) + s.to_bytes(32))}"


def document(
    alg: str, kind: str = "Multikey", form: PublicFormat = PublicFormat.CompressedPoint
) -> dict[str, object]:
    point = KEYS[alg].public_key().public_bytes(Encoding.X962, form)
    raw = CODECS[alg] + point if kind == "Multikey" else point
    key = {"id": f"{ANA}#atproto", "type": kind, "publicKeyMultibase": libipld.encode_multibase("z", raw)}
    other = {**key, "id": f"{ANA}#atproto_label", "publicKeyMultibase": "z0"}
    return {"id": ANA, "verificationMethod": [other, 5, key]}


def is_taken(text: str, key: VerifyingKey) -> bool:
    return read_token(text, service=US, method=METHOD, now=NOW).is_signed_by(key)


def refused(text: str) -> str:
    with pytest.raises(BadToken) as told:
        read_token(text, service=US, method=METHOD, now=NOW)
    return told.value.name


@pytest.mark.parametrize("alg", ["ES256K", "ES256"])
def test_a_token_of_either_curve_is_taken_by_the_key_of_the_document(alg: str) -> None:
    for key in (
        document(alg),
        document(alg, OLD_TYPES[alg]),
        document(alg, OLD_TYPES[alg], PublicFormat.UncompressedPoint),
    ):
        assert is_taken(token(CLAIMS, alg=alg), key_in(key))
    assert is_taken(token({**CLAIMS, "aud": f"{US}#atproto_labeler"}, alg=alg), key_in(document(alg)))


def test_what_we_sign_ourselves_is_taken_and_low_s() -> None:
    private = signing_key(f"{KEYS['ES256K'].private_numbers().private_value:064X}\n")
    for _ in range(20):  # every other signature of the library is high
        text = sign(private, issuer=ANA, audience=US, method=METHOD, now=NOW)
        assert is_taken(text, key_in(document("ES256K")))
    assert read_token(text, service=US, method=METHOD, now=NOW).expires_at == NOW + 60


@pytest.mark.parametrize("alg", ["ES256K", "ES256"])
def test_a_signature_of_another_key_algorithm_or_form_is_none(alg: str) -> None:
    key, other = key_in(document(alg)), {"ES256K": "ES256", "ES256": "ES256K"}[alg]
    good = token(CLAIMS, alg=alg)
    head, claims, signature = good.split(".")
    forged = part({**CLAIMS, "iss": "did:plc:bob"})
    assert not is_taken(token(CLAIMS, alg=alg, key=other), key), "another key"
    assert not is_taken(token(CLAIMS, {"alg": other}, alg), key), "the header names another algorithm"
    assert not is_taken(token(CLAIMS, {"alg": "none"}, alg), key)
    assert not is_taken(token(CLAIMS, {}, alg), key)
    assert not is_taken(token(CLAIMS, alg=alg, low=False), key), "high-S"
    assert not is_taken(f"{head}.{forged}.{signature}", key)
    for changed in (part(bytes(64)), part(bytes(1)), signature[:-4], part(b"\xff" * 64)):
        assert not is_taken(f"{head}.{claims}.{changed}", key)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"exp": NOW}, "JwtExpired"),
        ({"exp": NOW + 301}, "BadJwt"),
        ({"exp": None}, "BadJwt"),
        ({"exp": True}, "BadJwt"),
        ({"exp": float("nan")}, "BadJwt"),
        ({"exp": str(NOW + 60)}, "BadJwt"),
        ({"aud": "did:plc:other"}, "BadJwtAudience"),
        ({"aud": f"{US}#bsky_appview"}, "BadJwtAudience"),
        ({"aud": [US]}, "BadJwtAudience"),
        ({"lxm": "com.atproto.server.getSession"}, "BadJwtLexiconMethod"),
        ({"lxm": None}, "BadJwtLexiconMethod"),
        ({"iss": "ana"}, "BadJwtIss"),
        ({"iss": f"{ANA}#atproto_labeler"}, "BadJwtIss"),
        ({"iss": f"{ANA}?x=1"}, "BadJwtIss"),
        ({"iss": "did:plc:" + "a" * 300}, "BadJwtIss"),
        ({"jti": ""}, "BadJwt"),
        ({"jti": "j" * 200}, "BadJwt"),
        ({"jti": None}, "BadJwt"),
    ],
)
def test_what_a_token_must_say(change: Mapping[str, object], name: str) -> None:
    assert refused(token({**CLAIMS, **change})) == name


def test_what_is_no_token_of_a_service_is_refused() -> None:
    good = token(CLAIMS)
    for text in ("", "x", "a.b", good + ".x", good + "=", good.replace(".", "!", 1), "a" * 5000, "é.é.é"):
        assert refused(text) == "BadJwt"
    for header, claims in (([], CLAIMS), ({}, []), (b"\xff", CLAIMS), (b"[" * 900, CLAIMS)):
        assert refused(token(claims, header)) == "BadJwt"
    for typ in ("at+jwt", "refresh+jwt", "dpop+jwt"):
        assert refused(token(CLAIMS, {"typ": typ, "alg": "ES256K"})) == "BadJwtType"


@pytest.mark.parametrize(
    "key",
    [
        None,
        {},
        {"type": "Multikey"},
        {"type": "Multikey", "publicKeyMultibase": 5},
        {"type": "Multikey", "publicKeyMultibase": "z0OIl"},
        {"type": "Multikey", "publicKeyMultibase": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},
        {
            "type": "Multikey",
            "publicKeyMultibase": libipld.encode_multibase("z", b"\xe7\x01\x02" + b"\xff" * 32),
        },
        {"type": "JsonWebKey2020", "publicKeyMultibase": "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"},
    ],
)
def test_a_document_without_a_key_of_ours_vouches_for_nothing(key: dict[str, object] | None) -> None:
    methods = [] if key is None else [{"id": "#atproto", **key}]
    documents: tuple[object, ...] = ({"id": ANA, "verificationMethod": methods}, {"id": ANA}, None, [])
    for doc in documents:
        with pytest.raises(BadToken) as told:
            key_in(doc)
        assert told.value.name == "BadJwtSignature"


@pytest.mark.parametrize("text", ["", "0" * 64, "f" * 64, "ab", "g" * 64, "0x" + "1" * 62])
def test_a_secret_that_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(KeysError, match="64 hexadecimal digits"):
        signing_key(text)
