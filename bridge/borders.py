"""Plain borders, bars and letterboxes around a picture, found on a grid of its cells' mean luma.

A border is a run of lines from an edge that are all of one luma over their whole length, as
programs add it; skies and walls vary more. Rows are looked at before columns, so that bars at
the sides are found between bars of another colour above and below.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridge.rasters import Floats

_MEAN_TOLERANCE, _OUTLIER_TOLERANCE, _OUTLIERS = 4.0, 12.0, 0.01
"""A line is plain when its cells are at most 4 off the border's luma on average, and less than 1 %
of them more than 12: wider than what JPEG leaves of a plain area."""

_MOST = 0.8
"""Nothing is trimmed where this share of an axis or more would go."""

_THINNEST = 0.25
"""A cell with less than this share inside the border is left out: too little to restore it from."""


class Inside(NamedTuple):
    """What a border encloses: `rows` and `columns` are its first and last edge, in shares of the axis.

    `cells` are all cells, those which the edge cuts through restored to the part inside.
    """

    cells: Floats
    rows: tuple[float, float]
    columns: tuple[float, float]


def inside_of_border(cells: Floats) -> Inside | None:
    """The picture without its border; None where there is none, or nearly nothing inside."""
    restored = cells.copy()
    top, bottom = _border(restored), _border(restored[::-1])
    height, width = cells.shape
    if top + bottom >= height * _MOST:
        return None
    between = restored[int(top) : height - int(bottom)].T
    left, right = _border(between), _border(between[::-1])
    if left + right >= width * _MOST or top + bottom + left + right == 0:
        return None
    return Inside(restored, (top / height, 1 - bottom / height), (left / width, 1 - right / width))


def _border(lines: Floats) -> float:
    """How many lines the border takes from the first on; the line its edge cuts through is restored."""
    luma = np.median(lines[0])
    off = np.abs(lines - luma)
    plain = (off.mean(axis=1) <= _MEAN_TOLERANCE) & ((off > _OUTLIER_TOLERANCE).mean(axis=1) < _OUTLIERS)
    count = len(lines) if plain.all() else int(plain.argmin())
    if count == 0 or count + 1 >= len(lines):
        return float(count)
    share = min(1.0, float(off[count].mean() / max(off[count + 1].mean(), _MEAN_TOLERANCE)))
    if share < _THINNEST:
        return float(count + 1)
    lines[count] = luma + (lines[count] - luma) / share
    return count + 1 - share
