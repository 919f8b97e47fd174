"""PDQ's samples in the reference's own order of operations, rounding included.

Where coefficients tie at the median (flat, periodic, symmetric pictures), rounding decides the
bits, and only the same float32 operations in the same order give the hash that others have. The
reference is Meta's C++ (`pdq/cpp/downscaling`, `pdq/cpp/hashing`) as called by `pdqhash`: luma
rounded from double to float, box sums that run along each line and never start afresh, cosine
sums in order of k. This is slow; `bridge/pdq.py` asks for it only where it matters. Every step
streams, so that no second copy of the picture comes to be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from bridge.rasters import Floats, Pixels

SAMPLES = 64
"""The blurred picture is read at 64 × 64 points."""

_FREQUENCIES = np.arange(1, 17)[:, None]
_POSITIONS = 2 * np.arange(SAMPLES)[None, :] + 1
DCT: Floats = np.asarray(
    float(np.float32(math.sqrt(2 / SAMPLES))) * np.cos(math.pi / 2 / SAMPLES * _FREQUENCIES * _POSITIONS),
    np.float32,
)
"""The cosine transform's rows 1 to 16 (16 × 64), rounded where the reference rounds."""


def centres(length: int) -> npt.NDArray[np.int64]:
    """The 64 pixels of a line of `length` pixels at which the blurred picture is read."""
    return ((np.arange(SAMPLES) + 0.5) * length / SAMPLES).astype(np.int64)


def window(length: int) -> int:
    """Pixels under the reference's box filter along a line of `length` pixels."""
    return -(-length // (2 * SAMPLES))


def replayed_grid(strips: Iterable[Pixels], rows: int, columns: int) -> Floats:
    """The 64 × 64 samples of the picture given as strips of rows, each (n, columns, 3).

    Both sides must be 5 pixels or more. A 64 × 64 picture is read as it is, like the reference does.
    """
    lumas = (_luma(strip) for strip in strips)
    if (rows, columns) == (SAMPLES, SAMPLES):
        return np.concatenate(list(lumas))
    across = (_box_along_rows(luma, columns) for luma in lumas)
    once = box(across, rows, window(rows))
    sampled = (_box_along_rows(luma, columns)[:, centres(columns)] for luma in once)
    twice = box(sampled, rows, window(rows))
    return np.concatenate(list(_lines_at(centres(rows), twice)))


def replayed_coefficients(grid: Floats) -> Floats:
    """The 16 × 16 coefficients of a grid, summed over k from 0 to 63 one after the other."""
    half = np.zeros((16, SAMPLES), np.float32)
    for k in range(SAMPLES):
        half += DCT[:, k : k + 1] * grid[k : k + 1, :]
    coefficients = np.zeros((16, 16), np.float32)
    for k in range(SAMPLES):
        coefficients += half[:, k : k + 1] * DCT[:, k]
    return coefficients


def box(blocks: Iterable[Floats], length: int, window: int) -> Iterator[Floats]:
    """The running mean over `window` of `length` lines, which come and go in blocks of (lines, n).

    The sum adds the entering line, then subtracts the leaving one. Lines before the first and
    after the last count as zeros, which changes no float sum; the divisor counts real lines only.
    """
    ahead = (window + 2) // 2 - 1
    leaving: Floats | None = None
    total: Floats | None = None
    entered = 0
    for block in _with_tail(blocks, ahead):
        count = len(block)
        if leaving is None or total is None:
            leaving = np.zeros((window, block.shape[1]), np.float32)
            total = np.zeros((1, block.shape[1]), np.float32)
        lines = np.concatenate((leaving, block))
        steps = np.empty((1 + 2 * count, block.shape[1]), np.float32)
        steps[:1] = total
        steps[1::2] = block
        np.negative(lines[:count], out=steps[2::2])
        sums = np.add.accumulate(steps, axis=0)
        leaving, total = lines[count:], sums[-1:]

        at = np.arange(entered, entered + count) - ahead
        under = np.minimum(at + ahead, length - 1) - np.maximum(at + ahead - window + 1, 0) + 1
        means: Floats = np.divide(sums[2::2], under.astype(np.float32)[:, None])
        entered += count
        yield means[at >= 0]


def _with_tail(blocks: Iterable[Floats], count: int) -> Iterator[Floats]:
    """The blocks, then `count` lines of zeros."""
    last: Floats | None = None
    for last in blocks:
        yield last
    if last is not None and count:
        yield np.zeros((count, last.shape[1]), np.float32)


def _lines_at(places: npt.NDArray[np.int64], blocks: Iterable[Floats]) -> Iterator[Floats]:
    """The lines at ascending places, which may repeat."""
    passed = 0
    for block in blocks:
        here = places[(places >= passed) & (places < passed + len(block))]
        yield block[here - passed]
        passed += len(block)


def _box_along_rows(luma: Floats, columns: int) -> Floats:
    return np.concatenate(list(box((luma.T,), columns, window(columns)))).T


def _luma(strip: Pixels) -> Floats:
    red, green, blue = strip[:, :, 0], strip[:, :, 1], strip[:, :, 2]
    return np.asarray(red * 0.299 + green * 0.587 + blue * 0.114, np.float32)
