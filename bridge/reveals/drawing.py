"""A picture drawn small for a person: blurred, half, slight or clear; grey unless colour was asked for.

Run in a decoder's thread, within the budget of all decodes; nothing of it is kept. What is drawn is what
is hashed: colour profiles are ignored and transparency is dropped (`bridge/decoding/pictures.py`). Only
the orientation that EXIF asks for is followed, so that a face stands upright.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO

from PIL import Image, ImageFilter

from bridge.decoding.pictures import Decoded, Picture

LARGEST_SIDE = 1024
"""Pixels; no terminal shows more, and it bounds what a drawing costs."""
WHOLE_SIDE = 320
"""Pixels of the longer side from which a drawing counts as the whole picture, unless it has fewer itself."""

_STRIP_PIXELS = 1 << 21
_STRIPS_COST, _PIXEL_COST = 16 << 20, 24
"""Bytes: the strips that are read, and what each pixel of a drawing takes on its way."""

_UPRIGHT: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of each EXIF orientation stand upright."""


class Step(IntEnum):
    """How sharp it is drawn."""

    BLURRED = 1
    HALF = 2
    SLIGHT = 3
    CLEAR = 4


_BLURS = {Step.BLURRED: 16, Step.HALF: 32, Step.SLIGHT: 64}
"""The part of the longer side that the blur's radius is: the same look in a pane and on a whole screen."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PNG. `whole` says that all of the picture is in it, large enough to be seen: no frame of several."""

    png: bytes
    width: int
    height: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """How to draw a picture: into so many pixels at most, from 1 to LARGEST_SIDE each, never enlarged."""

    step: Step
    width: int
    height: int
    colour: bool = False

    @property
    def cost(self) -> int:
        """Bytes it takes at most, beside the decoded picture."""
        return _STRIPS_COST + _PIXEL_COST * self.width * self.height

    def of(self, picture: Picture) -> Drawn:
        """Raises Unhashable where the picture is damaged."""
        raster = picture.first(picture.scale)
        orientation = picture.orientation
        turned = orientation >= 5
        wide, high = (raster.height, raster.width) if turned else (raster.width, raster.height)
        share = min(self.width / wide, self.height / high, 1.0)
        width, height = max(1, round(wide * share)), max(1, round(high * share))
        image = _shrunk(raster, *((height, width) if turned else (width, height)))
        if (turn := _UPRIGHT.get(orientation)) is not None:
            image = image.transpose(turn)
        if not self.colour:
            image = image.convert("L")
        if part := _BLURS.get(self.step):
            image = image.filter(ImageFilter.GaussianBlur(max(width, height) / part))
        file = BytesIO()
        image.save(file, "PNG")
        is_large = max(width, height) >= min(WHOLE_SIDE, max(wide, high))
        return Drawn(file.getvalue(), width, height, whole=is_large and picture.frames == 1)


def _shrunk(raster: Decoded, width: int, height: int) -> Image.Image:
    """The stored pixels at that size: means of whole squares strip by strip, then what is left by Lanczos."""
    stored_width, stored_height = -(-raster.width // raster.scale), -(-raster.height // raster.scale)
    most = max(1, _STRIP_PIXELS // stored_width)
    square = min(max(1, min(stored_width // width, stored_height // height)), most)
    means = Image.new("RGB", (-(-stored_width // square), -(-stored_height // square)))
    step = most // square * square
    for top in range(0, stored_height, step):
        strip = Image.fromarray(raster.rows(top, min(top + step, stored_height)))
        means.paste(strip.reduce(square), (0, top // square))
    return means.resize((width, height), Image.Resampling.LANCZOS)
