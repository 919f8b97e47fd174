"""Files the operator names: read and written piece by piece, in threads, never on the loop."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from bridge.errors import InputError

_PIECE = 1 << 18
_LARGEST_PICTURE = 64 << 20


class FileFault(InputError):
    """A file that cannot be read or written, in one sentence."""


def named(text: str) -> Path:
    """The path that was typed. Raises FileFault where nothing was."""
    if not text.strip():
        raise FileFault("A path is missing.")
    return Path(text.strip()).expanduser()


async def size_of(path: Path) -> int:
    """Its bytes. Raises FileFault where it is no readable file."""
    try:
        found = await asyncio.to_thread(path.stat)
    except OSError as fault:
        raise _said(fault, path) from fault
    if not stat.S_ISREG(found.st_mode):
        raise FileFault(f"{path} is not a file.")
    return found.st_size


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """The file's bytes as they are read. Raises FileFault."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
        with file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
    except OSError as fault:
        raise _said(fault, path) from fault


async def whole(path: Path) -> bytes:
    """A picture's bytes. Raises FileFault, also above 64 MB."""
    if await size_of(path) > _LARGEST_PICTURE:
        raise FileFault(f"{path.name} is larger than 64 MB.")
    return b"".join([piece async for piece in pieces(path)])


async def write(path: Path, content: AsyncIterator[bytes]) -> int:
    """Writes a new file, readable by its owner only; an existing one is never overwritten."""
    written = 0
    try:
        file = await asyncio.to_thread(path.open, "xb")
        with file:
            await asyncio.to_thread(path.chmod, 0o600)
            async for piece in content:
                written += await asyncio.to_thread(file.write, piece)
    except OSError as fault:
        raise _said(fault, path) from fault
    return written


def _said(fault: OSError, path: Path) -> FileFault:
    if isinstance(fault, FileExistsError):
        return FileFault(f"{path} exists already.", "Name another file.")
    if isinstance(fault, FileNotFoundError):
        return FileFault(f"There is no {path}.")
    return FileFault(f"{path}: {(fault.strerror or 'cannot be read').lower()}.")
