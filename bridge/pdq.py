"""PDQ: the 256 bits and the quality by which pictures are compared, equal to the reference's.

The reference (Meta's C++, called from Python as `pdqhash`) blurs the whole picture by box filters,
reads 64 × 64 samples of it, takes a cosine transform and asks of each of 16 × 16 coefficients
whether it lies above their median. Blurring and sampling are linear, and rows and columns can be
done apart, so each sample is a weighted mean of the few pixels around it:

    grid         = R · luma · Cᵀ           64 × 64; R is 64 × rows, C is 64 × columns
    coefficients = DCT · grid · DCTᵀ       16 × 16
    bits         = coefficients > median

R and C depend on the size alone and are nearly all zeros: row i of R is a tent over the rows
around sample i. That is one multiplication a pixel instead of four passes over a copy of the
picture. Rounding differs, so a hash that rounding could change is replayed in the reference's
own order of operations (`bridge/pdq_replay.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bridge.pdq_replay import DCT, centres, replayed_coefficients, replayed_grid, window
from bridge.rasters import ArrayRaster, Band, Bands, Floats, Pixels, Raster, contract, product, strips

__all__ = [
    "ArrayRaster",
    "Digest",
    "NeedsFullSize",
    "Pixels",
    "Raster",
    "bits",
    "coefficients",
    "digest",
    "distance",
    "quality",
    "settle",
    "tents",
]

SMALLEST_SIDE = 5
"""Below this many pixels a side the reference answers the zero hash with quality 0."""

_TIE = 2e-3
"""Coefficients this near to the median may be on its other side in the reference, whose rounding
errors add up to 1e-3 on the way. About two of a hundred photographs are replayed for it."""
_STEP_TIE = 4e-4
"""Steps of the quality metric this near to a whole number may be on its other side there."""

_GUARD_WIDTH, _GUARD_COUNT = 0.1, 4
"""A scaled picture is not trusted when so many coefficients lie so near to the median: of JPEGs, two to
four in a hundred."""

_REPLAY_STRIP = 2**16
"""Pixels replayed at once."""

_STEPS_A_POINT = 90
"""The reference's divisor from the sum of steps to a quality."""


class Digest(NamedTuple):
    """The hash, 32 bytes in the order of `pdqhash`'s bits, and its quality from 0 to 100."""

    bits: bytes
    quality: int


class NeedsFullSize(Exception):
    """The hash of this scaled raster could be more than 2 bits off: decode it at full size."""


def digest(raster: Raster) -> Digest:
    """The hash and quality `pdqhash.compute` gives for the picture; below 5 pixels a side, zeros.

    For a scaled raster at most 2 of the bits differ. Raises NeedsFullSize where they could not be
    kept to that.
    """
    if min(raster.width, raster.height) < SMALLEST_SIDE:
        return Digest(bytes(32), 0)
    rows, columns = tents(raster.height, raster.scale), tents(raster.width, raster.scale)
    return settle(contract(raster, rows, columns), raster)


def distance(a: bytes, b: bytes) -> int:
    """The number of bits in which two hashes differ."""
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


def settle(grid: Floats, raster: Raster) -> Digest:
    """The digest of the raster's grid, replayed from the raster where rounding could change it.

    Raises NeedsFullSize for a scaled raster whose bits are in doubt.
    """
    values = coefficients(grid)
    if raster.scale > 1:
        if _near_median(values, _GUARD_WIDTH) >= _GUARD_COUNT:
            raise NeedsFullSize
    elif _near_median(values, _TIE) > 1 or _quality_in_doubt(grid):
        grid = replayed_grid(strips(raster, _REPLAY_STRIP), raster.height, raster.width)
        values = replayed_coefficients(grid)
    return Digest(bits(values), quality(grid))


def coefficients(grid: Floats) -> Floats:
    """The 16 × 16 coefficients of a grid of 64 × 64 samples."""
    return product(product(DCT, grid), DCT.T)


def bits(values: Floats) -> bytes:
    """The 256 bits of 16 × 16 coefficients: which of them are above the 128th smallest."""
    flat = values.ravel()
    return np.packbits((flat > _median(flat))[::-1]).tobytes()


def quality(grid: Floats) -> int:
    """0 to 100: how much the samples differ from their neighbours, in whole steps of 2.55."""
    total = sum(int(np.abs(np.trunc(steps)).sum()) for steps in _steps(grid))
    return min(total // _STEPS_A_POINT, 100)


@lru_cache(maxsize=64)
def tents(length: int, scale: int = 1) -> Bands:
    """R or C for an axis of that many pixels: a band with one mean for each of the 64 samples.

    A box filter run twice weighs pixels like a tent; at the picture's edges it is cut off and the
    rest counts for more.
    """
    size = window(length)
    before, after = 2 * _reach(size)[0], 2 * _reach(size)[1]
    bands = []
    for centre in centres(length).tolist():
        near, far = min(centre, before), min(length - 1 - centre, after)
        bands.append(Band(centre - near, _tent(size, near, far)).folded(scale))
    return tuple(bands)


@lru_cache(maxsize=32)
def _tent(size: int, near: int, far: int) -> Floats:
    """Weights of a pixel's box mean of box means, where `near` pixels lie before it and `far` behind.

    All samples of a picture share one, but for those whose tent the picture's edge cuts off.
    """
    before, after = _reach(size)
    pixels = np.arange(max(0, near - before), near + min(far, after) + 1)
    low, high = np.maximum(pixels - before, 0), np.minimum(pixels + after, near + far) + 1
    share = 1 / (len(pixels) * (high - low))
    slope = np.zeros(near + far + 2)
    np.add.at(slope, low, share)
    np.subtract.at(slope, high, share)
    return np.asarray(slope.cumsum()[None, :-1], np.float32)


def _reach(size: int) -> tuple[int, int]:
    """Pixels before and behind its own that a box filter covers; an even one covers more behind."""
    return (size - 1) // 2, size // 2


def _steps(grid: Floats) -> tuple[Floats, Floats]:
    """Differences between neighbouring samples in percent of full scale, in float32 as the reference's."""
    down, across = grid[:-1] - grid[1:], grid[:, :-1] - grid[:, 1:]
    return down * np.float32(100) / np.float32(255), across * np.float32(100) / np.float32(255)


def _quality_in_doubt(grid: Floats) -> bool:
    least = most = 0
    for steps in _steps(grid):
        sizes = np.abs(steps)
        least += int(np.trunc(np.maximum(sizes - _STEP_TIE, 0)).sum())
        most += int(np.trunc(sizes + _STEP_TIE).sum())
    return min(least // _STEPS_A_POINT, 100) != min(most // _STEPS_A_POINT, 100)


def _median(flat: Floats) -> np.float32:
    middle = len(flat) // 2 - 1
    value: np.float32 = np.partition(flat, middle)[middle]
    return value


def _near_median(values: Floats, width: float) -> int:
    """How many values lie within `width` of their median, itself among them."""
    flat = values.ravel()
    return int(np.count_nonzero(np.abs(flat - _median(flat)) < width))
