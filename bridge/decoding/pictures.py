"""Pictures' bytes → rasters, by Pillow, and by nothing else of Pillow than seven formats.

The header is read first and says what decoding costs; whoever decodes holds a budget for that.
The colours are those of Pillow's plain `convert("RGB")`, as the reference takes them: colour
profiles are ignored and transparency is dropped, so that what lies under it is hashed as stored.
Only 16-bit greys are scaled here, which Pillow would clip to white.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from types import TracebackType
from typing import Self

import numpy as np
from PIL import AvifImagePlugin, ExifTags, Image, PngImagePlugin, TiffImagePlugin

from bridge.decoding.cost import decode_cost, jpeg_cost
from bridge.decoding.gif_blocks import extent
from bridge.errors import NotChecked, Unhashable
from bridge.pdq import Pixels
from bridge.verdicts import Reason

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
_WITHOUT_RANGE = ("I", "F")
"""Modes of 32-bit samples: which value is white, only their makers know."""
_SCALED_SIDE = 512
"""The shorter side of a scaled decode keeps at least so many pixels: PDQ samples 64 of them."""

_STRIP_PIXELS = 1 << 19

_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow's parsers raise over damaged bytes; MemoryError and the rest are faults of ours."""

# Decoding is bounded by a budget of bytes, which a limit on pixels would only contradict.
Image.MAX_IMAGE_PIXELS = None
LONGEST_SIDE = 65_535

# Packed texts are unpacked while the header is read, before their size is known.
PngImagePlugin.MAX_TEXT_MEMORY = 4 << 20
# Each of our own threads decodes one picture; more would only take more memory.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# What is odd in a stranger's metadata is no news, and standard error may be somebody's screen.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Decoded:
    """A decoded frame, given in strips of RGB; see `bridge.pdq.Raster`."""

    def __init__(self, image: Image.Image, size: tuple[int, int], scale: int = 1) -> None:
        self.width, self.height = size
        self.scale = scale
        self._image = image
        self._step = max(1, _STRIP_PIXELS // image.width)
        self._top = 0
        self._strip = _rgb(image.crop((0, 0, image.width, 0)))

    def rows(self, top: int, bottom: int) -> Pixels:
        """Rows `top` to `bottom` - 1 of the stored pixels, shape (rows, columns, 3).

        Neighbouring strips overlap and are small, so a larger one is kept to cut them from.
        """
        if not self._top <= top <= bottom <= self._top + len(self._strip):
            end = min(max(bottom, top + self._step), self._image.height)
            self._top, self._strip = top, _rgb(self._image.crop((0, top, self._image.width, end)))
        return self._strip[top - self._top : bottom - self._top]


class Picture:
    """An opened picture: its header is read, nothing is decoded. Close it by leaving `with`.

    `frames` are those of an animation or the pages of a document. Raises Unhashable where no
    header can be read, NotChecked (too_large) where it has more than `most_frames`.
    """

    def __init__(self, body: bytes, media_type: str, most_frames: int) -> None:
        self._name = _FORMATS[media_type]
        self._body = body
        with self._faults():
            self._image = Image.open(BytesIO(body), formats=[self._name])
        self.width, self.height = self._image.size
        self._full_cost = 0
        self.frames = self._survey(most_frames)
        if self.frames > most_frames:
            raise NotChecked(
                Reason.TOO_LARGE, f"More than the {most_frames} frames looked at here.", retry_after=None
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._image.close()
        del self._image

    @property
    def scale(self) -> int:
        """Of the scaled decode: each stored pixel is the mean of so many in each direction."""
        if self._name != "JPEG" or self._image.mode not in ("L", "RGB"):
            return 1
        fits = min(self.width, self.height) // _SCALED_SIDE
        return next(n for n in (8, 4, 2, 1) if n <= max(fits, 1))

    def cost(self, scale: int) -> int:
        """Bytes that decoding takes at most, all frames in turn included."""
        return self._full_cost if scale == 1 else jpeg_cost(self._image, self._body, scale)

    def first(self, scale: int) -> Decoded:
        """The first frame. Raises Unhashable where it is damaged or of unknown range."""
        with self._faults():
            if scale > 1:
                self._image.draft("RGB", (self.width // scale, self.height // scale))
            self._image.load()
            if scale == 1:
                self.width, self.height = self._image.size
        return Decoded(self._image, (self.width, self.height), scale)

    @property
    def orientation(self) -> int:
        """EXIF orientation of the first frame, 1 to 8, once it is decoded; 1 where it says none.

        Pillow turns TIFF pictures itself, so theirs is always 1.
        """
        try:
            value = self._image.getexif().get(ExifTags.Base.Orientation, 1)
        except _FAULTS:
            return 1
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    def later(self, go_on: Callable[[], None]) -> Iterator[tuple[int, Decoded]]:
        """The middle frame (0) and the last (1), where there are any beside the first.

        Frames build on those before them, so all are decoded; `go_on` is called between them and
        may raise. Raises Unhashable where one is damaged.
        """
        middle, last = (self.frames - 1) // 2, self.frames - 1
        for at in range(1, self.frames):
            if self._name == "TIFF" and at not in (middle, last):
                continue
            go_on()
            with self._faults():
                self._image.seek(at)
                self._image.load()
            if at in (middle, last):
                yield int(at == last), Decoded(self._image, self._image.size)

    def _survey(self, most: int) -> int:
        if self._name == "GIF":
            return self._survey_gif(most)
        if isinstance(self._image, TiffImagePlugin.TiffImageFile):
            return self._survey_pages(self._image, most)
        frames = getattr(self._image, "n_frames", 1) if self._name != "JPEG" else 1
        _check_sides(self._image)
        self._full_cost = decode_cost(self._image, self._body, self._image.size, frames)
        return frames

    def _survey_gif(self, most: int) -> int:
        canvas = extent(self._body, most)
        size = canvas.width, canvas.height
        self._full_cost = decode_cost(self._image, self._body, size, canvas.frames)
        return max(canvas.frames, 1)

    def _survey_pages(self, image: TiffImagePlugin.TiffImageFile, most: int) -> int:
        pages = 0
        while pages <= most and self._has(pages):
            _check_sides(image)
            self._full_cost = max(self._full_cost, decode_cost(image, self._body, image.size, 1))
            pages += 1
        self._has(0)
        return pages

    def _has(self, page: int) -> bool:
        """Goes to a page of a TIFF; False where there is none."""
        with self._faults():
            try:
                self._image.seek(page)
            except EOFError:
                return False
        return True

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as fault:
            raise Unhashable(f"broken {self._name}: {_words(fault)}") from fault


def _check_sides(image: Image.Image) -> None:
    """JPEG, GIF and WebP have no longer side; of a picture that long, nothing but its area is small."""
    if max(image.size) > LONGEST_SIDE:
        what = f"A side longer than the {LONGEST_SIDE} pixels looked at here."
        raise NotChecked(Reason.TOO_LARGE, what, retry_after=None)


def _rgb(strip: Image.Image) -> Pixels:
    """Raises Unhashable for samples that have no one meaning as RGB."""
    if strip.mode in _WITHOUT_RANGE:
        raise Unhashable("its samples have 32 bits, of which nothing says what is white")
    if strip.mode.startswith("I;16"):
        grey = (np.asarray(strip) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    # Else Pillow warns that a palette's transparency gets lost.
    strip.info.pop("transparency", None)
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))


def _words(fault: Exception) -> str:
    text = str(fault)
    if "truncated" in text or "Truncated" in text or isinstance(fault, EOFError):
        return "it ends too early"
    if "cannot identify" in text:
        return "its header cannot be read"
    return "its data are damaged"
