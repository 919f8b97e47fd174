"""How many frames a GIF has and how large they are, from its blocks, without decoding one.

Pillow enlarges its canvas while it decodes, when a later frame reaches beyond the screen the
header names, and counts frames by reading them all; both have to be known and bounded before.
Layout: GIF89a specification, sections 15-27.
"""

from __future__ import annotations

from typing import NamedTuple

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_SCREEN_END = 13


class Extent(NamedTuple):
    """Size in pixels that holds every frame, and the number of frames found."""

    width: int
    height: int
    frames: int


def extent(body: bytes, most: int) -> Extent:
    """Reads at most `most` + 1 frames, as Pillow does: stray bytes between blocks are passed over."""
    width, height = _pair(body, 6)
    at = _SCREEN_END + _palette(body, 10)
    frames = 0
    while frames <= most and at < len(body) and body[at] != _TRAILER:
        if body[at] == _EXTENSION:
            at = _after_blocks(body, at + 2)
        elif body[at] == _IMAGE and at + 10 < len(body):
            left, top = _pair(body, at + 1)
            columns, rows = _pair(body, at + 5)
            width, height = max(width, left + columns), max(height, top + rows)
            frames += 1
            at = _after_blocks(body, at + 11 + _palette(body, at + 9))
        else:
            at += 1
    return Extent(width, height, frames)


def _pair(body: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(body[at : at + 2], "little"), int.from_bytes(body[at + 2 : at + 4], "little")


def _palette(body: bytes, at: int) -> int:
    """Length of the colour table that the flags at `at` announce."""
    flags = body[at] if at < len(body) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(body: bytes, at: int) -> int:
    """Where the chain of data blocks that begins at `at` has ended."""
    while at < len(body) and body[at]:
        at += 1 + body[at]
    return at + 1
