"""A zip whose every byte follows from the files in it, so that a verifier can build it anew and compare.

Stored, sorted, one date, no comments, no extra fields: what is not the files' bytes says nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from bridge.errors import ExportError

MOST_FILES = 0xFFFF
LARGEST = 0xFFFFFFFF
_PIECE = 1 << 20
_DATE = 0x21
"""1980-01-01, the first that a zip can say."""


def write_zip(folder: Path, target: BinaryIO, prefix: str, told: Callable[[int, int], None]) -> None:
    """Writes all files below `folder`, named `prefix/…`. Raises ExportError where a zip cannot hold them."""
    files = sorted(
        (path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()
    )
    if len(files) > MOST_FILES:
        raise ExportError(
            f"A zip holds at most {MOST_FILES:,} files, this export has {len(files):,}.",
            "Name a folder as output.",
        )
    central = b""
    for number, (inside, path) in enumerate(files):
        name, at, size = f"{prefix}/{inside}".encode("ascii"), target.tell(), path.stat().st_size
        crc = 0
        for piece in _pieces(path):
            crc = zlib.crc32(piece, crc)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, _DATE, crc, size, size, len(name), 0)
        target.write(b"PK\x03\x04" + common + name)
        for piece in _pieces(path):
            target.write(piece)
        if target.tell() > LARGEST:
            raise ExportError("A zip holds at most 4 GiB.", "Name a folder as output.")
        rest = struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, at)
        central += b"PK\x01\x02\x14\x03" + common + rest + name
        told(number + 1, len(files))
    at, count = target.tell(), len(files)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(central), at, 0)
    target.write(central + b"PK\x05\x06" + end)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
