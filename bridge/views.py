"""The views of a picture: hashes under which copies are found that plain PDQ misses.

A copy that was mirrored, turned, cropped or framed has another PDQ hash. All views come of one
pass over the picture, the *survey*, which for each axis takes three things of the same rows: the
samples PDQ reads, the samples it would read of the reversed picture, and 256 even cells.

- Turned: PDQ's samples lie off centre by up to a pixel, so turning the grid does not turn the
  hash; the four grids of the survey (plain and reversed, each way) and their transposes do.
- Put back: a cropped picture is hashed as if a share of each side had been cut away, with the edge
  repeated in its place. Repeating is linear, so it folds into weights over the 256 × 256 cells.
- Trimmed: what lies inside a plain border or bars is hashed alone, again over the cells.

Hashes from cells are some bits off those of the same change made to the pixels; what they are
compared with has changed far more than that.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bridge.borders import inside_of_border
from bridge.pdq import SMALLEST_SIDE, bits, coefficients, digest, quality, settle, tents
from bridge.pdq_replay import DCT, SAMPLES, window
from bridge.rasters import Band, Bands, Floats, Raster, contract, product
from bridge.signals import PUT_BACK_SHARES, TURNED_NAMES, UPRIGHT, View, ViewKind, ViewName

CELLS = 256
"""Cells along each axis; a multiple of the 64 samples."""

LONGEST_SIDE = 65_535
"""A picture with a longer side has the reference's view only: its survey would take too much memory."""

_EXIF_TURNS = {2: 3, 3: 1, 4: 5, 5: 4, 6: 2, 7: 6, 8: 0}
"""EXIF orientation (tag 0x0112) → which of TURNED_NAMES shows the picture upright."""


def look(raster: Raster, orientation: int = 1) -> tuple[View, ...]:
    """The reference's view first, then the oriented, turned, trimmed and put-back ones.

    `orientation` is EXIF's, 1 to 8; where it is 2 or more, the view it asks for is named oriented
    instead of turned. A picture below 5 pixels a side has its reference's view only. Put-back
    views carry the quality of the reference's view, all others their own. Raises NeedsFullSize
    like `pdq.digest`.
    """
    sides = (raster.width, raster.height)
    if min(sides) < SMALLEST_SIDE or max(sides) > LONGEST_SIDE:
        return (View(UPRIGHT, *digest(raster)),)
    survey = _survey(raster)
    reference = View(UPRIGHT, *settle(survey.plain, raster))
    return (
        reference,
        *_turned(survey, _EXIF_TURNS.get(orientation)),
        *_trimmed(survey, raster),
        *_put_back(survey, raster, reference.quality),
    )


class _Survey(NamedTuple):
    """Grids of 64 × 64 samples, by whether rows and columns were reversed, and the cells' means."""

    plain: Floats
    columns_reversed: Floats
    rows_reversed: Floats
    both_reversed: Floats
    cells: Floats


def _survey(raster: Raster) -> _Survey:
    rows, columns = _bands(raster.height, raster.scale), _bands(raster.width, raster.scale)
    means = contract(raster, rows, columns).reshape(SAMPLES, _MEANS, SAMPLES, _MEANS)
    return _Survey(
        plain=means[:, 0, :, 0],
        columns_reversed=means[:, 0, ::-1, 1],
        rows_reversed=means[::-1, 1, :, 0],
        both_reversed=means[::-1, 1, ::-1, 1],
        cells=means[:, 2:, :, 2:].reshape(CELLS, CELLS),
    )


_QUARTERS = CELLS // SAMPLES
_MEANS = 2 + _QUARTERS
"""Means a band: PDQ's sample, that of the reversed axis, and the cells between two samples."""


@lru_cache(maxsize=16)
def _bands(length: int, scale: int) -> Bands:
    plain = tents(length)
    edges = np.arange(CELLS + 1) * (length / CELLS)
    bands = []
    for at, (tent, twin) in enumerate(zip(plain, reversed(plain), strict=True)):
        mirrored = length - twin.stop
        own = edges[at * _QUARTERS : (at + 1) * _QUARTERS + 1]
        start = min(tent.start, mirrored, int(own[0]))
        stop = max(tent.stop, length - twin.start, min(length, int(np.ceil(own[-1]))))
        weights = np.zeros((_MEANS, stop - start), np.float32)
        weights[0, tent.start - start : tent.stop - start] = tent.weights[0]
        weights[1, mirrored - start : length - twin.start - start] = twin.weights[0, ::-1]
        covered = np.clip(np.arange(start, stop + 1), own[:-1, None], own[1:, None])
        weights[2:] = np.diff(covered) * (CELLS / length)
        bands.append(Band(start, weights).folded(scale))
    return tuple(bands)


def _turned(survey: _Survey, oriented: int | None) -> list[View]:
    grids = (
        survey.columns_reversed.T,
        survey.both_reversed,
        survey.rows_reversed.T,
        survey.columns_reversed,
        survey.plain.T,
        survey.rows_reversed,
        survey.both_reversed.T,
    )
    views = [_view(ViewName(ViewKind.TURNED, number), grids[number]) for number in range(len(TURNED_NAMES))]
    if oriented is not None:
        upright = views.pop(oriented)
        views.insert(0, View(ViewName(ViewKind.ORIENTED), upright.pdq, upright.quality))
    return views


def _trimmed(survey: _Survey, raster: Raster) -> list[View]:
    inside = inside_of_border(survey.cells)
    if inside is None:
        return []
    down = _samples(inside.rows, inside.rows, raster.height)
    across = _samples(inside.columns, inside.columns, raster.width)
    return [_view(ViewName(ViewKind.TRIMMED), product(product(down, inside.cells), across.T))]


def _put_back(survey: _Survey, raster: Raster, quality: int) -> list[View]:
    down, across = _put_back_spectra(raster.height), _put_back_spectra(raster.width)
    half = {pair: product(spectrum, survey.cells) for pair, spectrum in down.items()}
    return [
        View(
            ViewName(ViewKind.PUT_BACK, number),
            bits(product(half[top, bottom], across[left, right].T)),
            quality,
        )
        for number, (left, right, top, bottom) in enumerate(PUT_BACK_SHARES)
    ]


_PAIRS = sorted({pair for left, right, *rest in PUT_BACK_SHARES for pair in ((left, right), tuple(rest))})


@lru_cache(maxsize=16)
def _put_back_spectra(length: int) -> dict[tuple[float, float], Floats]:
    """For each pair of shares along an axis, 16 frequencies' weights of the cells (16 × 256)."""
    return {
        (before, after): product(DCT, _samples((0, 1), (-before, 1 + after), length))
        for before, after in _PAIRS
    }


def _samples(shown: tuple[float, float], frame: tuple[float, float], length: int) -> Floats:
    """Weights (64 × 256) of the cells in the samples PDQ would read of a frame along an axis.

    The frame may be less or more than the axis; both it and the part of the axis that is `shown`
    in it are in shares of the axis, which is `length` pixels long. The first and the last cell
    shown stand for everything beyond them: that is how an edge is repeated.
    """
    (start, stop), edges = frame, np.arange(CELLS + 1) / CELLS
    edges = np.where(edges <= shown[0], -np.inf, np.where(edges >= shown[1], np.inf, edges))
    pixels = max(1, round((stop - start) * length))
    size = window(pixels)
    # An even box reaches one pixel further behind its centre than before it, in each of two passes.
    centre = np.arange(SAMPLES)[:, None] + 0.5 + (0 if size % 2 else SAMPLES / pixels)
    reach = size * SAMPLES / pixels
    at = np.clip(((edges - start) * (SAMPLES / (stop - start)) - centre) / reach, -1, 1)
    return np.diff(at - 0.5 * at * np.abs(at)).astype(np.float32)


def _view(name: ViewName, grid: Floats) -> View:
    return View(name, bits(coefficients(grid)), quality(grid))
