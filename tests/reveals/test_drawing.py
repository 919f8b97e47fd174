"""What is drawn: blurred more or less, grey unless asked, upright, within the size, the whole or a part."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from bridge.errors import NotChecked, Unhashable
from bridge.hashing import Hasher
from bridge.limits import Limits
from bridge.receiving import content_of
from bridge.reveals.drawing import Drawing, Drawn, Step
from tests.hostile import BOMBS
from tests.pictures import encoded, noise_photograph
from tests.reveals.looking import opened, photo


async def drawn(
    body: bytes, step: Step = Step.CLEAR, width: int = 400, height: int = 400, **more: bool
) -> Drawn:
    drawing = Drawing(step, width, height, **more)
    hasher = Hasher()
    try:
        return await hasher.with_picture(content_of(body), drawing.cost, drawing.of)
    finally:
        hasher.close()


def detail(png: bytes) -> float:
    """How much neighbouring pixels differ."""
    pixels = np.asarray(opened(png).convert("L"), np.float32)
    return float(np.abs(np.diff(pixels, axis=0)).mean())


async def test_each_step_shows_more_than_the_one_before() -> None:
    body = encoded(noise_photograph(7, 800, 600))
    details = [detail((await drawn(body, step)).png) for step in Step]
    assert details == sorted(details)
    assert details[0] < details[3] / 3


async def test_it_is_grey_unless_colour_is_asked_for() -> None:
    assert opened((await drawn(photo())).png).mode == "L"
    coloured = opened((await drawn(photo(), colour=True)).png)
    red, _, blue = coloured.getpixel((20, 100))  # type: ignore[misc]
    assert red > blue + 80


async def test_it_fits_and_is_never_enlarged() -> None:
    assert opened((await drawn(photo(), width=100, height=30)).png).size == (48, 30)
    assert opened((await drawn(photo(64, 40))).png).size == (64, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_it_stands_as_exif_asks(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = photo(exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(body)))
    shown = opened((await drawn(body, width=200, height=200, colour=True)).png)
    small = wanted.resize(shown.size)
    assert shown.size == (wanted.width * 200 // max(wanted.size), wanted.height * 200 // max(wanted.size))
    assert np.abs(np.asarray(shown, int) - np.asarray(small.convert("RGB"), int)).mean() < 12


@pytest.mark.parametrize(
    ("size", "asked", "whole"),
    [((640, 400), 320, True), ((640, 400), 319, False), ((200, 100), 400, True), ((200, 100), 100, False)],
)
async def test_a_part_is_what_is_too_small_to_be_seen_whole(
    size: tuple[int, int], asked: int, whole: bool
) -> None:
    assert (await drawn(photo(*size), width=asked, height=asked)).whole is whole


async def test_one_frame_of_several_is_a_part() -> None:
    frames = [Image.fromarray(noise_photograph(seed)) for seed in (1, 2)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert not (await drawn(out.getvalue())).whole


async def test_long_thin_pictures_are_drawn_too() -> None:
    for size in ((9_000, 3), (3, 9_000)):
        assert max(opened((await drawn(encoded(noise_photograph(1, *size)))).png).size) == 400


async def test_what_needs_more_memory_than_there_is_is_not_drawn() -> None:
    hasher = Hasher(Limits(all_decodes=20 << 20))
    drawing = Drawing(Step.CLEAR, 400, 400)
    with pytest.raises(NotChecked, match="needs more memory"):
        await hasher.with_picture(content_of(photo()), drawing.cost, drawing.of)
    assert hasher.decode_bytes_free == 20 << 20
    hasher.close()


@pytest.mark.parametrize(
    "name",
    [
        "empty",
        "text",
        "PNG of 4 gigapixels",
        "PNG of 16 bits",
        "JPEG of 4 gigapixels",
        "TIFF in one huge tile",
    ],
)
async def test_hostile_files_are_drawn_or_refused_by_name(name: str) -> None:
    with contextlib.suppress(Unhashable, NotChecked):
        assert max(opened((await drawn(BOMBS[name](), Step.BLURRED)).png).size) <= 400
