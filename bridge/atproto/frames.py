"""Frames of `com.atproto.sync.subscribeRepos`: DAG-CBOR header and body, records in a CAR. Pure.

Blobs are found wherever they stand in a record, whatever its lexicon: a mapping `{$type: blob, ref,
mimeType, size}`, or the older `{cid, mimeType}`. Everything here was written by strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import libipld

from bridge.atproto.cids import BadCid, cid_of, sha256_of
from bridge.atproto.names import LONGEST_DID
from bridge.errors import BridgeError

_TYPED, _LEGACY = {"$type", "ref", "mimeType", "size"}, {"cid", "mimeType"}
LONGEST_PATH = 512
LARGEST_DECODED = 96 << 20
"""Bytes that a frame may take once it is decoded. The lexicon bounds a commit's blocks by 2 MB."""
_CONTAINERS = bytes(range(0x80, 0xC0))
"""How lists and mappings begin (RFC 8949, 3.1)."""
_CONTAINER_BYTES, _BYTES_A_BYTE = 80, 28
"""What one takes in memory though it is empty and one byte long; and anything else at most, a byte."""
T = TypeVar("T")


class BadFrame(BridgeError):
    """Not a frame of a firehose; nothing of it was used."""


@dataclass(frozen=True, slots=True)
class BlobFound:
    """A blob that the record at `uri` refers to."""

    cid: str
    uri: str


@dataclass(frozen=True, slots=True)
class Commit:
    """Records of one account were written. `is_whole` where all that were written could be read."""

    seq: int
    did: str
    blobs: tuple[BlobFound, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class AccountNews:
    """An account came, went, was renamed or replaced whole: what its repo holds is to be looked at."""

    seq: int
    did: str
    kind: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Info:
    """The PDS says something of the stream, such as OutdatedCursor."""

    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The PDS ends the stream: FutureCursor, ConsumerTooSlow."""

    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind of frame that a later version may send; it counts for the cursor only."""

    seq: int


Frame = Commit | AccountNews | Info | Fault | Unknown


def read_frame(data: bytes) -> Frame:
    """A frame of the firehose. Raises BadFrame."""
    return open_frame(data, _message)


def open_frame(data: bytes, message: Callable[[str, Mapping[str, Any]], T]) -> T | Fault:
    """A frame of any stream of atproto; `message` reads one of its kind. Raises BadFrame."""
    if _decoded_bytes(data) > LARGEST_DECODED:
        raise BadFrame("A frame of a stream would take too much memory.")
    try:
        header, body = libipld.decode_dag_cbor_multi(data)
        if header["op"] == -1:
            return Fault(_text(body["error"]), _text(body.get("message", "")))
        if header["op"] != 1:
            raise BadFrame("A frame of a stream has an operation that there is not.")
        return message(_text(header["t"]), body)
    except BadFrame:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadFrame("A frame of a stream cannot be read.") from None


def blobs_in(record: object) -> Iterator[str]:
    """The CIDs of all blobs that a record refers to, each once, in its order."""
    seen: set[str] = set()
    waiting = [record]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            cid = _blob(value)
            if cid and cid not in seen:
                seen.add(cid)
                yield cid
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)


def _decoded_bytes(data: bytes) -> int:
    """What it takes at most; reckoned as if no byte were text, so a long one in Japanese seems larger."""
    containers = len(data) - len(data.translate(None, _CONTAINERS))
    return containers * _CONTAINER_BYTES + len(data) * _BYTES_A_BYTE


def _message(kind: str, body: Mapping[str, Any]) -> Frame:
    if kind == "#info":
        return Info(_text(body["name"]))
    seq = seq_of(body)
    if kind == "#commit":
        return _commit(seq, _did(body["repo"]), body)
    if kind in ("#account", "#identity", "#sync"):
        return AccountNews(seq, _did(body["did"]), kind[1:], body.get("active", True) is True)
    return Unknown(seq)


def seq_of(body: Mapping[str, Any]) -> int:
    """The number of a message in its stream. Raises BadFrame."""
    seq = body["seq"]
    if type(seq) is not int or seq < 0:
        raise BadFrame("A frame of a stream has no number.")
    return seq


def _commit(seq: int, did: str, body: Mapping[str, Any]) -> Commit:
    written = [op for op in body["ops"] if op["action"] in ("create", "update")]
    if not written:
        return Commit(seq, did, (), is_whole=True)
    try:
        _, blocks = libipld.decode_car(body["blocks"])
    except (ValueError, RecursionError):
        return Commit(seq, did, (), is_whole=False)
    found: list[BlobFound] = []
    is_whole = not body.get("tooBig", False)
    for op in written:
        path = _text(op["path"])
        record = blocks.get(op["cid"]) if len(path) <= LONGEST_PATH else None
        if not isinstance(record, dict):
            is_whole = False
            continue
        found += [BlobFound(cid, f"at://{did}/{path}") for cid in blobs_in(record)]
    return Commit(seq, did, tuple(found), is_whole)


def _blob(value: Mapping[str, object]) -> str:
    """The CID where the PDS takes this for a reference to a blob, else nothing.

    Exactly what it takes: else one record could name thousands of blobs that were never uploaded.
    """
    cid: object = ""
    if not isinstance(value.get("mimeType"), str):
        return ""
    if value.keys() == _TYPED and value["$type"] == "blob" and type(value["size"]) is int:
        cid = value["ref"] if isinstance(value["ref"], bytes) else ""
    elif value.keys() == _LEGACY:
        cid = value["cid"] if isinstance(value["cid"], str) else ""
    try:
        return cid_of(sha256_of(cid)) if isinstance(cid, (str, bytes)) else ""
    except BadCid:
        return ""


def _did(value: object) -> str:
    did = _text(value)
    if not did.startswith("did:") or len(did) > LONGEST_DID:
        raise BadFrame("A frame of a stream names no account.")
    return did


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadFrame("A frame of a stream has a field of another type.")
    return value
