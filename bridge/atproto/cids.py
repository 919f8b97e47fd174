"""CIDs of blobs: CIDv1 of the raw bytes by SHA-256, the only kind that atproto gives them."""

from __future__ import annotations

import libipld

from bridge.errors import InputError

_RAW, _SHA256 = 0x55, 0x12
_PREFIX = bytes((1, _RAW, _SHA256, 32))
LONGEST = 100


class BadCid(InputError):
    pass


def sha256_of(cid: str | bytes) -> bytes:
    """The digest of the blob's bytes. Raises BadCid for what is no CID of a blob."""
    try:
        decoded = libipld.decode_cid(cid) if len(cid) <= LONGEST else None
    except ValueError:
        decoded = None
    if decoded is None or decoded["version"] != 1 or decoded["codec"] != _RAW:
        raise BadCid("This is no CID of a blob.")
    digest: bytes = decoded["hash"]["digest"]
    if decoded["hash"]["code"] != _SHA256 or len(digest) != 32:
        raise BadCid("This is no CID of a blob: atproto hashes blobs by SHA-256.")
    return digest


def bytes_of(cid: str) -> bytes:
    """A blob's CID as CBOR writes a link to it. Raises BadCid."""
    return _PREFIX + sha256_of(cid)


def cid_of(sha256: bytes) -> str:
    """The CID of bytes with this digest, in base32 as atproto writes it."""
    return str(libipld.encode_cid(_PREFIX + sha256))
