"""A border is found to a fraction of a cell, and only where one was added."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.borders import inside_of_border
from bridge.rasters import Floats
from tests.pictures import photograph, resized


def cells_of(top: float, bottom: float, left: float, right: float, luma: float) -> Floats:
    """256 × 256 cells of a photograph in a frame; the sides' widths are in cells, with fractions."""
    fine = 8
    high, wide = (round((256 - first - last) * fine) for first, last in ((top, bottom), (left, right)))
    inside = resized(photograph("coffee.png"), wide, high).mean(axis=2)
    sides = ((round(top * fine), round(bottom * fine)), (round(left * fine), round(right * fine)))
    pixels = np.pad(inside, sides, constant_values=luma)
    return np.asarray(pixels.reshape(256, fine, 256, fine).mean(axis=(1, 3)), np.float32)


@pytest.mark.parametrize("luma", [0, 255])
@pytest.mark.parametrize(
    "sides", [(10, 10, 20, 20), (12.5, 7.25, 30.75, 3.5), (40, 0, 0, 0), (0, 0, 0, 33.5)]
)
def test_the_edges_of_a_border_are_found(sides: tuple[float, float, float, float], luma: int) -> None:
    inside = inside_of_border(cells_of(*sides, luma))
    assert inside is not None
    top, bottom, left, right = sides
    assert inside.rows == pytest.approx((top / 256, 1 - bottom / 256), abs=0.6 / 256)
    assert inside.columns == pytest.approx((left / 256, 1 - right / 256), abs=0.6 / 256)


def test_a_cell_cut_by_the_edge_is_restored_to_what_is_inside() -> None:
    across = np.linspace(50, 150, 256)
    cells = np.full((256, 256), 10, np.float32)
    cells[20:] = across
    cells[19] = (across + 10) / 2
    inside = inside_of_border(cells)
    assert inside is not None
    assert inside.rows == pytest.approx((19.5 / 256, 1.0))
    assert inside.cells[19] == pytest.approx(across, abs=0.5)


def test_the_cells_given_are_left_as_they_are() -> None:
    cells = cells_of(12.5, 12.5, 12.5, 12.5, 255)
    before = cells.copy()
    inside_of_border(cells)
    assert np.array_equal(cells, before)


def test_a_border_with_writing_on_it_is_no_plain_border() -> None:
    cells = cells_of(30, 0, 0, 0, 255)
    cells[0:20, 100:104] = 0
    assert inside_of_border(cells) is None


def test_bars_of_two_colours_are_both_found() -> None:
    cells = cells_of(30, 30, 20, 20, 255)
    cells[:30] = cells[-30:] = 0
    inside = inside_of_border(cells)
    assert inside is not None
    assert inside.rows == pytest.approx((30 / 256, 226 / 256), abs=0.6 / 256)
    assert inside.columns == pytest.approx((20 / 256, 236 / 256), abs=0.6 / 256)


@pytest.mark.parametrize("width", [104, 127])
def test_where_four_fifths_of_an_axis_would_go_nothing_does(width: int) -> None:
    assert inside_of_border(cells_of(width, width, 0, 0, 0)) is None


def test_a_picture_without_a_border_is_not_trimmed() -> None:
    assert inside_of_border(cells_of(0, 0, 0, 0, 0)) is None
