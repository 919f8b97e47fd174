"""DAG-CBOR, CARs and firehose frames, written by hand so that tests can also write what no library would."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A CID, as a link."""

    raw: bytes


def blob_link(body: bytes) -> Link:
    return Link(b"\x01\x55\x12\x20" + hashlib.sha256(body).digest())


def encode(value: object) -> bytes:
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case Link(raw):
            return b"\xd8\x2a" + encode(b"\x00" + raw)
        case Mapping():
            keys = sorted(value, key=lambda key: (len(key), key))
            return _head(5, len(value)) + b"".join(encode(key) + encode(value[key]) for key in keys)
        case Sequence():
            return _head(4, len(value)) + b"".join(map(encode, value))
    raise TypeError(value)


def car(*records: object) -> tuple[list[Link], bytes]:
    """Blocks of records; their CIDs and the CAR."""
    blocks = [encode(record) for record in records]
    links = [Link(b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()) for block in blocks]
    return links, joined(links[:1], zip(links, blocks, strict=True))


def joined(roots: Sequence[Link], blocks: Iterable[tuple[Link, bytes]]) -> bytes:
    """A CAR of these blocks, each under the CID that is given, be it its own or not."""
    pieces = [encode({"version": 1, "roots": roots}), *(link.raw + block for link, block in blocks)]
    return b"".join(_varint(len(piece)) + piece for piece in pieces)


def frame(kind: str, **body: object) -> bytes:
    return encode({"op": 1, "t": kind}) + encode(body)


def commit(did: str, seq: int, **records: object) -> bytes:
    """A frame that says that these records were made, named by their paths with `_` for `/`."""
    links, blocks = car(*records.values())
    paths = [name.replace("_", "/") for name in records]
    ops = [{"action": "create", "path": path, "cid": link} for path, link in zip(paths, links, strict=True)]
    return frame("#commit", repo=did, seq=seq, ops=ops, blocks=blocks, tooBig=False)


def _head(major: int, number: int) -> bytes:
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * size:
            return bytes([major << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError(number)


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])
