"""Copies that were mirrored, turned, cropped or framed are found, and nothing else is."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from bridge.pdq import ArrayRaster, NeedsFullSize, Pixels, digest, distance
from bridge.signals import (
    MINIMUM_QUALITY,
    PUT_BACK_SHARES,
    TURNED_NAMES,
    UPRIGHT,
    View,
    ViewKind,
    ViewName,
    pack_views,
)
from bridge.views import look
from tests.pictures import (
    PHOTOGRAPHS,
    decoded,
    drawing,
    encoded,
    noise_photograph,
    photograph,
    photographs,
    resaved,
    resized,
)

TURNED = [ViewName(ViewKind.TURNED, number) for number in range(7)]
PUT_BACK = [ViewName(ViewKind.PUT_BACK, number) for number in range(len(PUT_BACK_SHARES))]
FARTHEST = 31
FARTHEST_TURNED, QUALITY_TURNED = 20, 70


def views_of(pixels: Pixels, orientation: int = 1) -> dict[ViewName, View]:
    return {view.name: view for view in look(ArrayRaster(pixels), orientation)}


def upright(pixels: Pixels) -> View:
    return View(UPRIGHT, *digest(ArrayRaster(np.ascontiguousarray(pixels))))


def cropped(pixels: Pixels, left: float, right: float, top: float, bottom: float) -> Pixels:
    height, width, _ = pixels.shape
    rows = slice(int(height * top), height - int(height * bottom))
    return pixels[rows, int(width * left) : width - int(width * right)]


def framed(pixels: Pixels, luma: int, rows: float, columns: float | None = None) -> Pixels:
    """With a plain border of a share of the picture's size on each side."""
    high, wide = int(len(pixels) * rows), int(len(pixels[0]) * (rows if columns is None else columns))
    return np.pad(pixels, ((high, high), (wide, wide), (0, 0)), constant_values=luma)


def found(kind: ViewKind, change: Callable[[Pixels], Pixels]) -> int:
    """Of the 21 photographs, how many a changed copy, saved as JPEG, finds in a view of the kind."""
    count = 0
    for original in photographs():
        listed = upright(original).pdq
        copy = look(ArrayRaster(resaved(change(original), quality=80)))
        distances = [distance(view.pdq, listed) for view in copy if view.name.kind == kind]
        count += min(distances, default=256) <= FARTHEST
    return count


def test_views_come_in_order_and_pack_into_little() -> None:
    names = [view.name for view in look(ArrayRaster(framed(photograph("coffee.png"), 0, 0.1)))]
    assert names == [UPRIGHT, *TURNED, ViewName(ViewKind.TRIMMED), *PUT_BACK]
    assert len(pack_views(look(ArrayRaster(framed(photograph("coffee.png"), 0, 0.1))))) < 1200


def test_the_first_view_is_the_references() -> None:
    for pixels in (*photographs()[:6], drawing(3), np.full((50, 70, 3), 8, np.uint8)):
        assert look(ArrayRaster(pixels))[0] == upright(pixels)


def test_a_picture_below_five_pixels_a_side_has_one_view() -> None:
    assert look(ArrayRaster(noise_photograph(1, 4, 300))) == (View(UPRIGHT, bytes(32), 0),)


def test_a_picture_longer_than_any_jpeg_has_one_view() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 65_536, 3), np.uint8)
    assert look(ArrayRaster(pixels)) == (upright(pixels),)


@pytest.mark.parametrize("number", range(7), ids=TURNED_NAMES)
def test_turned_views_are_the_hashes_of_the_turned_picture(number: int) -> None:
    for pixels in (*photographs(), noise_photograph(2, 129, 77), drawing(5, 64, 300)):
        turned = upright(
            np.rot90(pixels[:, ::-1], number - 3) if number >= 3 else np.rot90(pixels, number + 1)
        )
        view = views_of(pixels)[TURNED[number]]
        assert distance(view.pdq, turned.pdq) <= 2
        assert abs(view.quality - turned.quality) <= 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_oriented_view_is_how_the_picture_is_meant_to_be_seen(orientation: int) -> None:
    pixels = photograph("chelsea.png")
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", exif=exif)
    with Image.open(buffer) as picture:
        shown = upright(np.array(ImageOps.exif_transpose(picture)))

    views = list(views_of(pixels, orientation).values())

    assert views[1].name == ViewName(ViewKind.ORIENTED)
    assert distance(views[1].pdq, shown.pdq) <= 2
    turned = [view.name for view in views if view.name.kind == ViewKind.TURNED]
    assert len(turned) == 6
    assert turned == sorted(turned)
    assert views[1].pdq == views_of(pixels)[(set(TURNED) - set(turned)).pop()].pdq


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_no_orientation_means_no_oriented_view(orientation: int) -> None:
    assert ViewName(ViewKind.ORIENTED) not in views_of(photograph("moon.png"), orientation)


@pytest.mark.parametrize(
    "pixels",
    [photograph("chelsea.png"), resized(photograph("coffee.png"), 200, 180), drawing(4, 900, 700)],
    ids=["photograph", "small photograph", "drawing"],
)
def test_put_back_views_are_near_the_hashes_of_the_picture_with_its_edge_repeated(pixels: Pixels) -> None:
    height, width, _ = pixels.shape
    views = views_of(pixels)
    for name, (left, right, top, bottom) in zip(PUT_BACK, PUT_BACK_SHARES, strict=True):
        rows = (round(height * top), round(height * bottom))
        columns = (round(width * left), round(width * right))
        padded = upright(np.pad(pixels, (rows, columns, (0, 0)), mode="edge"))
        assert distance(views[name].pdq, padded.pdq) <= 10, name.words


def test_put_back_views_carry_the_quality_of_the_reference() -> None:
    views = views_of(photograph("moon.png")[:217, :171])
    assert {views[name].quality for name in PUT_BACK} == {views[UPRIGHT].quality}


def test_copies_cropped_by_two_percent_a_side_are_found() -> None:
    assert found(ViewKind.PUT_BACK, lambda pixels: cropped(pixels, 0.02, 0.02, 0.02, 0.02)) >= 18


@pytest.mark.parametrize(
    ("shares", "least"),
    [((0.04, 0.04, 0.04, 0.04), 12), ((0.05, 0, 0, 0), 15), ((0, 0, 0.05, 0.05), 15), ((0, 0, 0, 0.08), 11)],
    ids=["4 % all round", "5 % left", "5 % top and bottom", "8 % bottom"],
)
def test_most_copies_cropped_by_more_are_found(shares: tuple[float, float, float, float], least: int) -> None:
    assert found(ViewKind.PUT_BACK, lambda pixels: cropped(pixels, *shares)) >= least


@pytest.mark.parametrize(
    ("luma", "rows", "columns"),
    [
        (255, 0.05, 0.05),
        (0, 0.10, 0.10),
        (255, 0.20, 0.20),
        (128, 0.07, 0.07),
        (0, 0.15, 0.0),
        (0, 0.0, 0.15),
    ],
    ids=["white 5 %", "black 10 %", "white 20 %", "grey 7 %", "letterbox", "bars at the sides"],
)
def test_framed_copies_are_found(luma: int, rows: float, columns: float) -> None:
    assert found(ViewKind.TRIMMED, lambda pixels: framed(pixels, luma, rows, columns)) >= 18


def test_copies_with_a_blank_caption_bar_are_found() -> None:
    def captioned(pixels: Pixels) -> Pixels:
        return np.pad(pixels, ((len(pixels) * 18 // 100, 0), (0, 0), (0, 0)), constant_values=255)

    assert found(ViewKind.TRIMMED, captioned) >= 16


@pytest.mark.parametrize("pixels", [noise_photograph(4), np.full((200, 300, 3), 255, np.uint8)])
def test_without_a_border_or_without_anything_else_nothing_is_trimmed(pixels: Pixels) -> None:
    assert ViewName(ViewKind.TRIMMED) not in views_of(pixels)


def test_nothing_is_trimmed_where_nearly_everything_would_go() -> None:
    speck = resized(photograph("coffee.png"), 60, 40)
    assert ViewName(ViewKind.TRIMMED) not in views_of(framed(speck, 0, 2.1))
    assert ViewName(ViewKind.TRIMMED) in views_of(framed(speck, 0, 1.5))


class Halved:
    """A picture decoded at half its size."""

    scale = 2

    def __init__(self, pixels: Pixels) -> None:
        self.height, self.width = len(pixels), len(pixels[0])
        with Image.open(io.BytesIO(encoded(pixels, "JPEG", quality=90))) as picture:
            picture.draft("RGB", (self.width // 2, self.height // 2))
            self.pixels = np.array(picture.convert("RGB"))

    def rows(self, top: int, bottom: int) -> Pixels:
        return self.pixels[top:bottom]


def test_views_of_a_scaled_picture_are_those_of_the_full_one() -> None:
    pixels = framed(resized(photograph("rocket.jpg"), 1281, 1021), 0, 0.1)
    full = views_of(decoded(encoded(pixels, "JPEG", quality=90)))
    scaled = {view.name: view for view in look(Halved(pixels))}
    assert full.keys() == scaled.keys()
    assert max(distance(scaled[name].pdq, full[name].pdq) for name in full) <= 6


def test_a_scaled_picture_whose_bits_are_in_doubt_asks_for_full_size() -> None:
    with pytest.raises(NeedsFullSize):
        look(Halved(np.full((1200, 1600, 3), 90, np.uint8)))


def unrelated_pictures() -> list[Pixels]:
    """326 pictures of different things: ninths of photographs, noise, drawings."""
    ninths = []
    for name in (*PHOTOGRAPHS, "brick.png", "grass.png", "gravel.png"):
        pixels = photograph(name)
        high, wide = len(pixels) // 3, len(pixels[0]) // 3
        tiles = [(row * high, column * wide) for row in range(3) for column in range(3)]
        ninths += [pixels[top : top + high, left : left + wide] for top, left in tiles]
    seeds = range(100)
    return [*ninths, *map(noise_photograph, seeds), *map(drawing, seeds)]


def false_matches(pictures: list[Pixels]) -> list[tuple[int, int, str]]:
    """Pairs whose view of the one lies within its kind's threshold of the other's reference view."""
    looks = [look(ArrayRaster(pixels)) for pixels in pictures]
    listed = [number for number, views in enumerate(looks) if views[0].quality >= MINIMUM_QUALITY]
    references = np.array([np.frombuffer(looks[number][0].pdq, np.uint8) for number in listed])
    false = []
    for number, views in enumerate(looks):
        for view in views:
            turned = view.name.kind == ViewKind.TURNED
            if view.quality < (QUALITY_TURNED if turned else MINIMUM_QUALITY):
                continue
            off = np.bitwise_count(references ^ np.frombuffer(view.pdq, np.uint8)).sum(axis=1)
            near = np.flatnonzero(off <= (FARTHEST_TURNED if turned else FARTHEST))
            false += [(number, listed[at], view.name.words) for at in near if listed[at] != number]
    return false


def test_unrelated_pictures_do_not_match() -> None:
    assert false_matches(unrelated_pictures()[::4]) == []


@pytest.mark.trial
def test_among_a_hundred_thousand_pairs_of_unrelated_pictures_none_match() -> None:
    pictures = unrelated_pictures()
    assert len(pictures) * (len(pictures) - 1) > 100_000
    assert false_matches(pictures) == []
