"""Sealed boxes: whoever has the public half can seal, only the private half opens.

An ephemeral X25519 key, HKDF-SHA256, ChaCha20-Poly1305. The context is part of the derivation and
is authenticated: a box sealed for one purpose opens for no other.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import KeysError

_VERSION = b"\x01"
_PUBLIC_BYTES = 32
_NONCE = bytes(12)
"""Each box has a key of its own, used once."""


def new_pair() -> tuple[bytes, bytes]:
    """(private, public), 32 raw bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(public: bytes, data: bytes, context: bytes) -> bytes:
    """`data` for whoever has the private half of `public`: 49 bytes longer."""
    ephemeral = X25519PrivateKey.generate()
    sent = ephemeral.public_key().public_bytes_raw()
    key = _key(ephemeral.exchange(X25519PublicKey.from_public_bytes(public)), sent, public, context)
    return _VERSION + sent + ChaCha20Poly1305(key).encrypt(_NONCE, data, context)


def unseal(private: bytes, box: bytes, context: bytes) -> bytes:
    """Raises KeysError where the box is not one for this key and context, or was changed."""
    sent = box[1 : 1 + _PUBLIC_BYTES]
    try:
        if box[:1] != _VERSION:
            raise ValueError("another version")
        own = X25519PrivateKey.from_private_bytes(private)
        shared = own.exchange(X25519PublicKey.from_public_bytes(sent))
        key = _key(shared, sent, own.public_key().public_bytes_raw(), context)
        return ChaCha20Poly1305(key).decrypt(_NONCE, box[1 + _PUBLIC_BYTES :], context)
    except (ValueError, InvalidTag):
        raise KeysError("This was not sealed for this key, or was changed.") from None


def _key(shared: bytes, sent: bytes, public: bytes, context: bytes) -> bytes:
    info = b"hma-console/seal/v1\x00" + sent + public + context
    return HKDF(SHA256(), 32, salt=None, info=info).derive(shared)
