"""Service tokens of atproto: short-lived JWTs by which one service or account speaks to another. Pure.

As https://atproto.com/specs/xrpc#inter-service-authentication-jwt describes them: `iss` is who speaks,
`aud` who is spoken to, `lxm` the one method it is good for. The algorithm is the key's, whatever a
header says, and signatures are low-S (https://atproto.com/specs/cryptography).
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import libipld
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.atproto.names import is_did
from bridge.errors import BridgeError, KeysError

LIFETIME_SECONDS = 60
LONGEST_LIFETIME_SECONDS = 300
"""Of a token that is taken here; a PDS gives its proxied ones a minute."""
LONGEST_TOKEN = 4096
LONGEST_JTI = 128

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_OTHER_USES = ("at+jwt", "refresh+jwt", "dpop+jwt")
"""Types of tokens that are signed by the same keys and are none of a service."""
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")


class BadToken(BridgeError):
    """A token that is not taken; `name` is the error's name in atproto. Answered by 401."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """An account's public key, and the one algorithm that its signatures may have."""

    alg: str
    public: ec.EllipticCurvePublicKey

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (r and s, 64 bytes, low-S) is this key's over `data`."""
        r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
        if len(signature) != 64 or s > _ORDERS[self.alg] // 2:
            return False
        try:
            self.public.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. Nothing of it is true before `is_signed_by`."""

    alg: str
    issuer: str
    jti: str
    expires_at: int
    """Seconds since 1970."""
    _signed: bytes
    _signature: bytes

    def is_signed_by(self, key: VerifyingKey) -> bool:
        return self.alg == key.alg and key.verifies(self._signature, self._signed)


_CURVES: Mapping[str, ec.EllipticCurve] = {"ES256K": ec.SECP256K1(), "ES256": ec.SECP256R1()}
_ORDERS = {
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
_MULTICODECS = {b"\xe7\x01": "ES256K", b"\x80\x24": "ES256"}
_TYPES = {"EcdsaSecp256k1VerificationKey2019": "ES256K", "EcdsaSecp256r1VerificationKey2019": "ES256"}
"""Of documents from before Multikey: the type names the curve, the bytes are the point alone."""


def signing_key(text: str) -> ec.EllipticCurvePrivateKey:
    """A secp256k1 key, of its 64 hexadecimal digits. Raises KeysError."""
    number = int(text.strip(), 16) if _HEX_KEY.fullmatch(text.strip()) else 0
    if not 0 < number < _ORDERS["ES256K"]:
        raise KeysError(
            "The secret mod_service_key is no key: it takes the 64 hexadecimal digits of a secp256k1 key.",
            "Set it again: `hma-console secret set mod_service_key`.",
        )
    return ec.derive_private_key(number, _CURVES["ES256K"])


def sign(key: ec.EllipticCurvePrivateKey, *, issuer: str, audience: str, method: str, now: int) -> str:
    """A token for one call of `method`; `now` is in seconds since 1970."""
    header = {"typ": "JWT", "alg": "ES256K"}
    claims = {
        "iat": now,
        "iss": issuer,
        "aud": audience,
        "exp": now + LIFETIME_SECONDS,
        "lxm": method,
        "jti": secrets.token_hex(16),
    }
    signed = ".".join(_encode(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    order = _ORDERS["ES256K"]
    low = min(s, order - s)
    return f"{signed}.{_encode(r.to_bytes(32) + low.to_bytes(32))}"


def read_token(text: str, *, service: str, method: str, now: int) -> Token:
    """What a token says, where it is for `service` and `method` and has not expired. Raises BadToken.

    A PDS names the service with or without the fragment of its entry in the DID document.
    """
    header, claims, signed, signature = _parts(text)
    if header.get("typ") in _OTHER_USES:
        raise BadToken("BadJwtType", "This token is none of a service.")
    issuer, jti, expires_at = claims.get("iss"), claims.get("jti"), claims.get("exp")
    if type(expires_at) is not int or not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise BadToken("BadJwt", "The token lacks `exp` or `jti`.")
    if not isinstance(issuer, str) or not is_did(issuer):
        raise BadToken("BadJwtIss", "The issuer of the token is no account.")
    if expires_at <= now:
        raise BadToken("JwtExpired", "The token has expired.")
    if expires_at > now + LONGEST_LIFETIME_SECONDS:
        raise BadToken("BadJwt", f"The token is good for longer than {LONGEST_LIFETIME_SECONDS} s.")
    if claims.get("aud") not in (service, f"{service}#atproto_labeler"):
        raise BadToken("BadJwtAudience", "The token is for another service.")
    if claims.get("lxm") != method:
        raise BadToken("BadJwtLexiconMethod", "The token is for another method.")
    return Token(str(header.get("alg")), issuer, jti, expires_at, signed, signature)


def key_in(document: object) -> VerifyingKey:
    """The key `#atproto` of a DID document. Raises BadToken where it has none that can be read."""
    if isinstance(document, Mapping) and isinstance(methods := document.get("verificationMethod"), list):
        for method in methods:
            if isinstance(method, Mapping) and method.get("id") in (
                "#atproto",
                f"{document.get('id')}#atproto",
            ):
                return _key(method.get("type"), method.get("publicKeyMultibase"))
    raise BadToken("BadJwtSignature", "The DID document of the issuer names no key.")


def key_of_did(text: str) -> VerifyingKey:
    """The key that a `did:key:` is. Raises BadToken."""
    return _key("Multikey", text.removeprefix("did:key:"))


def _key(kind: object, multibase: object) -> VerifyingKey:
    try:
        _, raw = libipld.decode_multibase(str(multibase))
        alg = _MULTICODECS[raw[:2]] if kind == "Multikey" else _TYPES[str(kind)]
        point = raw[2:] if kind == "Multikey" else raw
        return VerifyingKey(alg, ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[alg], point))
    except (ValueError, TypeError, KeyError):
        raise BadToken("BadJwtSignature", "The key in the issuer's DID document cannot be read.") from None


def _parts(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bytes, bytes]:
    bad = BadToken("BadJwt", "This is no token of a service.")
    if len(text) > LONGEST_TOKEN or not _TOKEN.fullmatch(text):
        raise bad
    signed, _, signature = text.rpartition(".")
    try:
        header, claims = (json.loads(_decode(part)) for part in signed.split("."))
        decoded = _decode(signature)
    except (ValueError, RecursionError):
        raise bad from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise bad
    return header, claims, signed.encode(), decoded


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
