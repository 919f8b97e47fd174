"""What happens to a picture on its way around the network: copies as people and programs make them."""

from __future__ import annotations

import io
from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePath
from random import Random

from PIL import Image, ImageOps

from hma_console.demo.pictures import PictureFile

CROPPED_SHARE = 0.02
"""Of the picture's size, at each of its four sides."""


class Transformation(StrEnum):
    ORIGINAL = "original"
    RECOMPRESSED = "re-compressed"
    RESIZED = "resized"
    CROPPED = "cropped"
    BORDERED = "bordered"
    MIRRORED = "mirrored"
    TURNED = "turned"
    PALETTE = "palette"
    GREYSCALE = "greyscale"
    WEBP = "WebP"


def transform(original: PictureFile, transformation: Transformation, random: Random) -> PictureFile:
    """A copy of the picture; `random` chooses sizes, qualities, colours and turns."""
    if transformation is Transformation.ORIGINAL:
        return original
    changed = _CHANGES.get(transformation, _unchanged)(original.decoded(), random)
    match transformation:
        case Transformation.PALETTE:
            form, options = random.choice(("GIF", "PNG")), {}
        case Transformation.WEBP:
            form, options = "WEBP", {"quality": random.randint(60, 85)}
        case Transformation.RECOMPRESSED:
            form, options = "JPEG", {"quality": random.randint(35, 65)}
        case _:
            form, options = "JPEG", {"quality": random.randint(75, 90)}
    buffer = io.BytesIO()
    changed.save(buffer, form, **options)
    name = PurePath(original.name).with_suffix(f".{'jpg' if form == 'JPEG' else form.lower()}").name
    return PictureFile(name, f"image/{form.lower()}", buffer.getvalue())


def _unchanged(picture: Image.Image, _random: Random) -> Image.Image:
    return picture


def _resized(picture: Image.Image, random: Random) -> Image.Image:
    share = random.choice((0.4, 0.5, 0.7, 1.5))
    return picture.resize((round(picture.width * share), round(picture.height * share)))


def _cropped(picture: Image.Image, _random: Random) -> Image.Image:
    across, down = round(picture.width * CROPPED_SHARE), round(picture.height * CROPPED_SHARE)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _bordered(picture: Image.Image, random: Random) -> Image.Image:
    width = round(min(picture.size) * random.uniform(0.05, 0.15))
    return ImageOps.expand(picture, width, fill=random.choice(("white", "black", "grey")))


def _mirrored(picture: Image.Image, _random: Random) -> Image.Image:
    return ImageOps.mirror(picture)


def _turned(picture: Image.Image, random: Random) -> Image.Image:
    quarter = Image.Transpose
    return picture.transpose(random.choice((quarter.ROTATE_90, quarter.ROTATE_180, quarter.ROTATE_270)))


def _palette(picture: Image.Image, random: Random) -> Image.Image:
    return picture.quantize(random.choice((64, 256)), Image.Quantize.FASTOCTREE)


def _greyscale(picture: Image.Image, _random: Random) -> Image.Image:
    return ImageOps.grayscale(picture)


_CHANGES: dict[Transformation, Callable[[Image.Image, Random], Image.Image]] = {
    Transformation.RESIZED: _resized,
    Transformation.CROPPED: _cropped,
    Transformation.BORDERED: _bordered,
    Transformation.MIRRORED: _mirrored,
    Transformation.TURNED: _turned,
    Transformation.PALETTE: _palette,
    Transformation.GREYSCALE: _greyscale,
}
"""What changes the pixels themselves; the others only change the form they are stored in."""
