"""The two keys of one passphrase: Ed25519 signs the log, X25519 opens what was sealed.

The signing key is a normal OpenSSH key file (`ssh-keygen`, `ssh-add` and `ssh-agent` take it). The
unsealing key's file: magic, the public half, bcrypt rounds, salt, nonce, then ChaCha20-Poly1305 over
the 32 raw bytes. Both files show their public halves, so that a locked service can seal.
"""

from __future__ import annotations

import base64
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import bcrypt
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PrivateFormat,
    load_ssh_private_key,
)

from bridge.errors import KeysError, WrongPassphrase

KDF_ROUNDS = 64
"""Of bcrypt-pbkdf: 0.6 s on the machine it was measured on. OpenSSH's own default is 24."""
MOST_ROUNDS = 1024
SHORTEST_PASSPHRASE = 12
_END = "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"hma-console seal key v1\n"
_HEADER = struct.Struct(">24s32sI16s12s")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both keys, open. Never printed: dataclasses would show what they hold."""

    signing: Ed25519PrivateKey
    unsealing: X25519PrivateKey

    def __repr__(self) -> str:
        return "KeyPair(…)"


def new_pair_of_keys() -> KeyPair:
    return KeyPair(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())


def check_new_passphrase(passphrase: bytes) -> None:
    """Raises KeysError for one that could be guessed: the file may be stolen with the disk."""
    if len(passphrase.decode(errors="replace")) < SHORTEST_PASSPHRASE:
        raise KeysError(
            f"The passphrase is shorter than {SHORTEST_PASSPHRASE} characters.",
            "Take five random words, and keep them on paper.",
        )


def encrypt_signing(key: Ed25519PrivateKey, passphrase: bytes) -> bytes:
    encryption = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS).build(passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)


def decrypt_signing(data: bytes, passphrase: bytes) -> Ed25519PrivateKey:
    """Raises WrongPassphrase, KeysError where the file is damaged or holds no Ed25519 key."""
    if b"OPENSSH PRIVATE KEY" not in data:
        raise KeysError("The signing key's file is damaged: no OpenSSH key.", "Take it from your backup.")
    try:
        key = load_ssh_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidTag, OverflowError, MemoryError) as error:
        if "password" in str(error).lower() or "checksum" in str(error).lower():
            raise WrongPassphrase("The passphrase does not open the log's key.") from None
        raise KeysError("The signing key's file is damaged.", "Take it from your backup.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysError("The signing key's file holds a key of another type.", "Take it from your backup.")
    return key


def encrypt_unsealing(key: X25519PrivateKey, passphrase: bytes) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    header = _HEADER.pack(_MAGIC, key.public_key().public_bytes_raw(), KDF_ROUNDS, salt, nonce)
    derived = bcrypt.kdf(passphrase, salt, 32, KDF_ROUNDS)
    return header + ChaCha20Poly1305(derived).encrypt(nonce, key.private_bytes_raw(), header)


def decrypt_unsealing(data: bytes, passphrase: bytes) -> X25519PrivateKey:
    """Raises WrongPassphrase (a changed file looks the same), KeysError."""
    _, _, rounds, salt, nonce = _header(data)
    derived = bcrypt.kdf(passphrase, salt, 32, rounds, ignore_few_rounds=True)
    try:
        raw = ChaCha20Poly1305(derived).decrypt(nonce, data[_HEADER.size :], data[: _HEADER.size])
    except InvalidTag:
        raise WrongPassphrase("The passphrase does not open the unsealing key.") from None
    return X25519PrivateKey.from_private_bytes(raw)


def public_of_unsealing(data: bytes) -> bytes:
    """The 32 raw bytes of the public half. Raises KeysError."""
    return _header(data)[1]


def public_of_signing(data: bytes) -> bytes:
    """The 32 raw bytes of the public half, shown in the file (OpenSSH's PROTOCOL.key). Raises KeysError."""
    try:
        lines = data.decode("ascii").split("\n")
        if lines[0] != "-----BEGIN OPENSSH PRIVATE KEY-----":
            raise ValueError("another file")
        raw = base64.b64decode("".join(lines[1 : lines.index(_END)]), validate=True)
        if not raw.startswith(b"openssh-key-v1\0"):
            raise ValueError("another format")
        rest = raw[15:]
        for _ in range(3):  # cipher, derivation, its options
            _, rest = _text(rest)
        blob, _ = _text(rest[4:])
        kind, rest = _text(blob)
        public, _ = _text(rest)
        if kind != b"ssh-ed25519" or len(public) != 32:
            raise ValueError("another type")
    except (ValueError, struct.error):
        raise KeysError("The signing key's file is damaged.", "Take it from your backup.") from None
    return public


def _text(data: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack(">I", data[:4])
    if length > len(data) - 4:
        raise ValueError("cut")
    return data[4 : 4 + length], data[4 + length :]


def _header(data: bytes) -> tuple[bytes, bytes, int, bytes, bytes]:
    if len(data) == _HEADER.size + 32 + 16 and data.startswith(_MAGIC):
        magic, public, rounds, salt, nonce = _HEADER.unpack(data[: _HEADER.size])
        if 1 <= rounds <= MOST_ROUNDS:
            return magic, public, rounds, salt, nonce
    raise KeysError("The unsealing key's file is damaged.", "Take it from your backup.")


def decrypt_both(signing: bytes, unsealing: bytes, passphrase: bytes) -> KeyPair:
    """Both derivations at once: each takes most of a second. Raises as the single ones."""
    with ThreadPoolExecutor(1) as other:
        opening = other.submit(decrypt_unsealing, unsealing, passphrase)
        return KeyPair(decrypt_signing(signing, passphrase), opening.result())
