"""Decoded pictures, read strip by strip, and the weighted means of their luma.

Everything the hashes need of a picture's pixels is linear: rows · luma · columnsᵀ with two
matrices that are nearly all zeros. Each such matrix is a tuple of *bands*, one after the other:
dense weights over a few consecutive lines. So one pass over the picture, some rows at a time,
does it, and no second copy of the picture comes to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""(rows, columns, 3), RGB."""
Floats = npt.NDArray[np.float32]

_LUMA: Floats = np.array((0.299, 0.587, 0.114), np.float32)

_WIDE = 16_384
"""Stored columns from which the columns are done first: rows so long would be large even as means."""
_WIDE_STRIP = 2**20
"""Pixels of a strip of so wide a picture."""

_SMALL_PRODUCT = 2**18
"""Multiplications up to which OpenBLAS, which NumPy comes with, does not wake its own threads."""


class Raster(Protocol):
    """A decoded picture that gives its rows in strips."""

    @property
    def width(self) -> int:
        """Of the picture itself, in pixels."""

    @property
    def height(self) -> int:
        """Of the picture itself, in pixels."""

    @property
    def scale(self) -> int:
        """1, or n where each stored pixel is the mean of n × n pixels (a scaled JPEG).

        The stored size is ceil(width / n) × ceil(height / n).
        """

    def rows(self, top: int, bottom: int) -> Pixels:
        """The stored rows from `top` to `bottom` - 1, all columns."""


class ArrayRaster:
    """A raster over an array of shape (rows, columns, 3)."""

    scale = 1

    def __init__(self, pixels: Pixels) -> None:
        self.height, self.width = pixels.shape[:2]
        self._pixels = pixels

    def rows(self, top: int, bottom: int) -> Pixels:
        return self._pixels[top:bottom]


class Band(NamedTuple):
    """Weighted means of the consecutive lines from `start`: `weights` is (means, lines)."""

    start: int
    weights: Floats

    @property
    def stop(self) -> int:
        return self.start + len(self.weights[0])

    def folded(self, scale: int) -> Band:
        """The band over stored lines that are means of `scale` lines: their weights, added up."""
        if scale == 1:
            return self
        first, last = self.start // scale, -(-self.stop // scale)
        room = np.zeros((len(self.weights), (last - first) * scale), np.float32)
        room[:, self.start - first * scale : self.stop - first * scale] = self.weights
        return Band(first, room.reshape(len(room), -1, scale).sum(axis=2))


Bands = tuple[Band, ...]


def contract(raster: Raster, rows: Bands, columns: Bands) -> Floats:
    """Rows · luma · columnsᵀ: a row for each mean of `rows`, a column for each of `columns`."""
    stored_width = -(-raster.width // raster.scale)
    if stored_width > _WIDE:
        wide_strips = strips(raster, _WIDE_STRIP)
        return _means(rows, np.concatenate([_means_across(columns, strip) for strip in wide_strips]))
    lumas = np.empty((sum(len(band.weights) for band in rows), stored_width), np.float32)
    done = 0
    for band in rows:
        strip = raster.rows(band.start, band.stop)
        colours = product(band.weights, strip.reshape(len(strip), -1).astype(np.float32))
        lumas[done : done + len(colours)] = colours.reshape(len(colours), -1, 3) @ _LUMA
        done += len(colours)
    return _means(columns, lumas.T).T


def strips(raster: Raster, pixels: int) -> Iterator[Pixels]:
    """All stored rows from the top, in strips of about so many pixels, but a row at least."""
    stored_height, stored_width = -(-raster.height // raster.scale), -(-raster.width // raster.scale)
    step = max(1, pixels // stored_width)
    return (raster.rows(top, min(top + step, stored_height)) for top in range(0, stored_height, step))


def product(a: Floats, b: Floats) -> Floats:
    """The matrix product, in pieces so small that BLAS does each on the calling thread.

    Pictures are hashed by several threads already; BLAS's own would wait for each other.
    """
    result = np.empty((len(a), b.shape[1]), np.float32)
    step = max(1, _SMALL_PRODUCT // a.size)
    for at in range(0, b.shape[1], step):
        np.matmul(a, b[:, at : at + step], out=result[:, at : at + step])
    return result


def _means(bands: Bands, lines: Floats) -> Floats:
    """Bands · lines."""
    return np.concatenate([product(band.weights, lines[band.start : band.stop]) for band in bands])


def _means_across(columns: Bands, strip: Pixels) -> Floats:
    """Luma of the strip · columnsᵀ."""
    return np.concatenate(
        [
            product(strip[:, band.start : band.stop].astype(np.float32) @ _LUMA, band.weights.T)
            for band in columns
        ],
        axis=1,
    )
