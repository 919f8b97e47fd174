"""Signed notes and checkpoints in the formats of C2SP (signed-note v1, tlog-checkpoint v1).

A note is text, an empty line, and one line a signature. Whatever is read is written again and
compared byte for byte: a lax reader accepts what was never signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bridge.compliance.merkle import HASH_BYTES
from bridge.errors import LogError

ED25519 = b"\x01"
_DASH = "\N{EM DASH} "

Sign = Callable[[bytes], bytes]
"""An Ed25519 signature (64 bytes) over a message."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A note's key: its name (the log's origin) and the raw Ed25519 public key (32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """The vkey of C2SP's signed-note."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


def read_vkey(text: str) -> VerifierKey:
    """Raises LogError where it is no vkey of an Ed25519 key."""
    try:
        name, _, encoded = text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise LogError("This is no verifier key.") from None
    key = VerifierKey(name, raw[1:])
    if str(key) != text or len(key.public) != 32:
        raise LogError("This is no verifier key.")
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: how many leaves, and the root over them, of the log named `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    @property
    def note(self) -> str:
        lines = [
            f"{_DASH}{each.name} {base64.b64encode(each.key_id + each.signature).decode()}\n"
            for each in self.signatures
        ]
        return f"{self.checkpoint.text}\n{''.join(lines)}"

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether one of the signatures is this key's and right."""
        return any(
            each.name == key.name and each.key_id == key.key_id and _is_right(key, each, self.checkpoint)
            for each in self.signatures
        )


def sign_checkpoint(checkpoint: Checkpoint, *signers: tuple[VerifierKey, Sign]) -> SignedCheckpoint:
    text = checkpoint.text.encode()
    return SignedCheckpoint(
        checkpoint, tuple(Signature(key.name, key.key_id, sign(text)) for key, sign in signers)
    )


def read_checkpoint(note: str) -> SignedCheckpoint:
    """The note's checkpoint with its signatures, not yet verified. Raises LogError."""
    try:
        read = _read(note)
    except (ValueError, binascii.Error):
        raise LogError("This is no signed checkpoint.") from None
    if read.note != note:
        raise LogError("This checkpoint is not written as it was signed.")
    return read


def _read(note: str) -> SignedCheckpoint:
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    if not origin or len(checkpoint.root) != HASH_BYTES or not signatures.endswith("\n"):
        raise ValueError("incomplete")
    found = []
    for line in signatures[:-1].split("\n"):
        if not line.startswith(_DASH):
            raise ValueError("not a signature")
        name, encoded = line.removeprefix(_DASH).split(" ")
        raw = base64.b64decode(encoded, validate=True)
        found.append(Signature(name, raw[:4], raw[4:]))
    return SignedCheckpoint(checkpoint, tuple(found))


def _is_right(key: VerifierKey, signature: Signature, checkpoint: Checkpoint) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature, checkpoint.text.encode())
    except InvalidSignature:
        return False
    return True
