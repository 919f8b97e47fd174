"""Every kind of file gives the pixels people see; what is damaged or too large says so first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from bridge.decoding.media_types import HEAD, media_type
from bridge.decoding.pictures import Decoded, Picture
from bridge.errors import NotChecked, Unhashable
from bridge.pdq import ArrayRaster, Pixels, digest, distance
from bridge.verdicts import Reason
from tests.hostile import BOMBS, png, saved
from tests.pictures import photograph

_PHOTOGRAPHS = ("astronaut.png", "coffee.png", "rocket.jpg")


def _opened(body: bytes, most_frames: int = 100) -> Picture:
    return Picture(body, media_type(body[:HEAD]), most_frames)


def _pixels(raster: Decoded) -> Pixels:
    """The whole raster, read in uneven strips."""
    stored = -(-raster.height // raster.scale)
    edges = [*range(0, stored, 37), stored]
    return np.concatenate([raster.rows(*pair) for pair in pairwise(edges)])


def _go_on() -> None:
    pass


def _grey16(picture: Image.Image) -> Image.Image:
    grey = np.asarray(picture.convert("L")).astype(np.uint16)
    return Image.fromarray(grey << 8 | np.random.default_rng(1).integers(0, 256, grey.shape, dtype=np.uint16))


_WAYS: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda p: saved(p, "JPEG"),
    "progressive JPEG": lambda p: saved(p, "JPEG", progressive=True),
    "CMYK JPEG": lambda p: saved(p.convert("CMYK"), "JPEG"),
    "grey JPEG": lambda p: saved(p.convert("L"), "JPEG"),
    "PNG": lambda p: saved(p, "PNG"),
    "palette PNG": lambda p: saved(p.quantize(256), "PNG"),
    "see-through palette PNG": lambda p: saved(p.quantize(200), "PNG", transparency=bytes(range(200))),
    "1-bit PNG": lambda p: saved(p.convert("1"), "PNG"),
    "16-bit grey PNG": lambda p: saved(_grey16(p), "PNG"),
    "PNG with alpha": lambda p: saved(p.convert("RGBA"), "PNG"),
    "grey PNG with alpha": lambda p: saved(p.convert("LA"), "PNG"),
    "GIF": lambda p: saved(p, "GIF"),
    "WebP": lambda p: saved(p, "WEBP"),
    "WebP with alpha": lambda p: saved(p.convert("RGBA"), "WEBP"),
    "AVIF": lambda p: saved(p, "AVIF", speed=10),
    "BMP": lambda p: saved(p, "BMP"),
    "palette BMP": lambda p: saved(p.quantize(256), "BMP"),
    "TIFF": lambda p: saved(p, "TIFF"),
    "packed TIFF": lambda p: saved(p, "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": lambda p: saved(p.convert("YCbCr"), "TIFF", compression="jpeg"),
    "CMYK TIFF": lambda p: saved(p.convert("CMYK"), "TIFF"),
    "16-bit grey TIFF": lambda p: saved(_grey16(p), "TIFF"),
}


@pytest.mark.parametrize("name", _PHOTOGRAPHS)
@pytest.mark.parametrize("way", _WAYS)
def test_every_kind_of_file_hashes_as_its_rgb_version(way: str, name: str) -> None:
    pixels = photograph(name)
    expected = digest(ArrayRaster(pixels))
    with _opened(_WAYS[way](Image.fromarray(pixels))) as picture:
        found = digest(picture.first(1))
    assert distance(found.bits, expected.bits) <= 10


def test_16_bit_colours_hash_as_their_8_bit_version() -> None:
    pixels = photograph("astronaut.png")
    rows = np.insert(np.repeat(pixels, 2, axis=2).reshape(len(pixels), -1), 0, 0, axis=1)
    with _opened(png(pixels.shape[1], len(pixels), depth=16, rows=rows.tobytes())) as picture:
        assert np.array_equal(_pixels(picture.first(1)), pixels)


@pytest.mark.parametrize("way", ["PNG", "BMP", "TIFF", "packed TIFF", "PNG with alpha", "WebP with alpha"])
def test_strips_put_together_are_the_picture(way: str) -> None:
    source = Image.fromarray(photograph("coffee.png"))
    body = _WAYS[way](source) if way != "WebP with alpha" else saved(source, "WEBP", lossless=True)
    with _opened(body) as picture:
        assert np.array_equal(_pixels(picture.first(1)), photograph("coffee.png"))


def test_what_lies_under_transparency_is_hashed_as_stored() -> None:
    source = Image.fromarray(photograph("coffee.png"))
    source.putalpha(Image.new("L", source.size, 0))
    with _opened(saved(source, "PNG")) as picture:
        assert np.array_equal(_pixels(picture.first(1)), photograph("coffee.png"))


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_large_jpeg_is_decoded_at_a_scale_that_keeps_512_pixels(options: dict[str, bool]) -> None:
    source = Image.fromarray(photograph("retina.jpg")).resize((2051, 1537))
    with _opened(saved(source, "JPEG", **options)) as picture:
        assert picture.scale == 2
        first = picture.first(picture.scale)
        assert (first.width, first.height, first.scale) == (2051, 1537, 2)
        assert _pixels(first).shape == (769, 1026, 3)


@pytest.mark.parametrize(("side", "scale"), [(1023, 1), (1024, 2), (2047, 2), (2048, 4), (4096, 8)])
def test_the_scale_grows_with_the_shorter_side(side: int, scale: int) -> None:
    with _opened(saved(Image.new("L", (side + 100, side)), "JPEG")) as picture:
        assert picture.scale == scale
        assert _pixels(picture.first(scale)).shape[0] == -(-side // scale)


def test_only_jpegs_of_light_are_decoded_at_a_scale() -> None:
    large = Image.new("RGB", (2000, 2000))
    for body in (saved(large, "PNG"), saved(large.convert("CMYK"), "JPEG")):
        with _opened(body) as picture:
            assert picture.scale == 1


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_the_orientation_is_told_and_the_pixels_stay_as_stored(format_name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    with _opened(saved(Image.new("RGB", (60, 40)), format_name, exif=exif)) as picture:
        first = picture.first(1)
        assert (first.width, first.height) == (60, 40)
        assert picture.orientation == orientation


def test_a_tiff_is_turned_by_its_decoder() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with _opened(saved(Image.new("RGB", (60, 40)), "TIFF", exif=exif)) as picture:
        first = picture.first(1)
        assert (first.width, first.height, picture.orientation) == (40, 60, 1)
        assert _pixels(first).shape == (60, 40, 3)


@pytest.mark.parametrize(
    ("format_name", "options"),
    [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("AVIF", {"speed": 10}), ("TIFF", {})],
)
@pytest.mark.parametrize(("frames", "middle"), [(2, None), (3, 1), (6, 2)])
def test_the_middle_and_the_last_frame_are_found(
    format_name: str, options: dict[str, bool | int], frames: int, middle: int | None
) -> None:
    shades = [Image.new("RGB", (64, 48), (40 * at, 40 * at, 40 * at)) for at in range(frames)]
    body = saved(shades[0], format_name, save_all=True, append_images=shades[1:], **options)
    with _opened(body) as picture:
        assert picture.frames == frames
        seen = {0: picture.first(1).rows(0, 48)}
        for number, frame in picture.later(_go_on):
            seen[(middle or 0, frames - 1)[number]] = frame.rows(0, 48)
    expected = {0, frames - 1} if middle is None else {0, middle, frames - 1}
    assert set(seen) == expected
    for at, pixels in seen.items():
        assert abs(int(pixels.astype(int).mean()) - 40 * at) <= 3


def test_whoever_waits_is_asked_between_frames() -> None:
    frames = [Image.new("L", (20, 20), 9 * at) for at in range(9)]

    class Late(Exception):
        pass

    def stop() -> None:
        raise Late

    with _opened(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])) as picture:
        picture.first(1)
        with pytest.raises(Late):
            list(picture.later(stop))


@pytest.mark.parametrize("bomb", ["GIF of 100,000 frames", "TIFF of 20,000 pages"])
def test_too_many_frames_are_too_large(bomb: str) -> None:
    with pytest.raises(NotChecked) as refused:
        _opened(BOMBS[bomb]())
    assert refused.value.reason == Reason.TOO_LARGE


@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.parametrize("way", ["JPEG", "progressive JPEG", "PNG", "GIF", "WebP", "BMP", "packed TIFF"])
def test_a_picture_that_is_cut_off_is_unhashable_in_plain_words(way: str) -> None:
    body = _WAYS[way](Image.fromarray(photograph("coffee.png")))
    with pytest.raises(Unhashable) as fault, _opened(body[: len(body) * 2 // 3]) as picture:
        picture.first(1)
    assert fault.value.message.startswith("broken ")
    assert "0x" not in fault.value.message


def test_samples_without_a_known_white_are_unhashable() -> None:
    body = saved(Image.new("F", (20, 20), 0.5), "TIFF")
    with _opened(body) as picture, pytest.raises(Unhashable, match="32 bits"):
        picture.first(1)


@pytest.mark.parametrize("format_name", ["PPM", "PDF", "EPS", "TGA", "ICO", "PCX"])
def test_other_formats_are_not_even_opened(format_name: str) -> None:
    body = saved(Image.new("RGB", (32, 32)), format_name)
    for kind in ("image/jpeg", "image/tiff", "image/bmp"):
        with pytest.raises(Unhashable, match="header"):
            Picture(body, kind, 10)


@pytest.mark.parametrize("size", [(65_536, 8), (8, 65_536)])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_side_longer_than_any_camera_makes_is_too_large(size: tuple[int, int], form: str) -> None:
    with pytest.raises(NotChecked, match="65535 pixels") as caught:
        _opened(saved(Image.new("L", size), form))
    assert caught.value.reason is Reason.TOO_LARGE
    assert caught.value.retry_after is None
