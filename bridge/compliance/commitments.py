"""Salted commitments: what a leaf says of a value that may have to be erased.

An unsalted hash of a DID can be reversed by trying every DID there is; with 256 random bits in
front, and these deleted, it is indistinguishable from noise, and the tree stays whole.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.merkle import leaf_hash, root_of

SALT_BYTES = 32
_PREFIX = b"hma-console/commit/v1\x00"


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commit(value: JSON, salt: bytes) -> bytes:
    """SHA-256 over a fixed prefix, 32 bytes of salt and the canonical value: 32 bytes."""
    return hashlib.sha256(_PREFIX + salt + canonical(value)).digest()


def salt_of(batch_salt: bytes, position: int) -> bytes:
    """The salt of one value of a batch: disclosing it discloses no other."""
    return hmac.digest(batch_salt, position.to_bytes(4, "big"), "sha256")


def commit_batch(values: Sequence[JSON], batch_salt: bytes) -> bytes:
    """The Merkle root over the commitments of `values`, so that one can be shown without the rest."""
    return root_of(
        [leaf_hash(commit(value, salt_of(batch_salt, position))) for position, value in enumerate(values)]
    )
