"""Benign pictures for tests: noise that looks like a photograph, drawings, and real photographs.

All are (rows, columns, 3) arrays of uint8, RGB, and the same on every run. The photographs are
those shipped in scikit-image's `data` folder, which anyone may use.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import skimage
from PIL import Image, ImageDraw

from bridge.pdq import Pixels

PHOTOGRAPHS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
"""Pictures of different things: no two of them are copies of each other."""

_PARTS = (
    ("astronaut.png", (0, 0, 320, 300)),
    ("chelsea.png", (120, 20, 400, 260)),
    ("coffee.png", (150, 0, 520, 330)),
    ("hubble_deep_field.jpg", (0, 0, 500, 430)),
    ("hubble_deep_field.jpg", (500, 440, 1000, 870)),
    ("motorcycle_left.png", (0, 0, 380, 300)),
    ("motorcycle_left.png", (360, 200, 740, 500)),
    ("retina.jpg", (200, 200, 800, 700)),
    ("retina.jpg", (700, 600, 1300, 1200)),
    ("rocket.jpg", (200, 0, 640, 300)),
)


@cache
def photograph(name: str) -> Pixels:
    """One of scikit-image's pictures as RGB, read-only."""
    path = Path(skimage.__file__).parent / "data" / name
    with Image.open(path) as picture:
        pixels = np.array(picture.convert("RGB"))
    pixels.setflags(write=False)
    return pixels


@cache
def photographs() -> tuple[Pixels, ...]:
    """21 photographs: the 11 whole ones, then 10 parts of them that look different."""
    whole = [photograph(name) for name in PHOTOGRAPHS]
    parts = [photograph(name)[top:bottom, left:right] for name, (left, top, right, bottom) in _PARTS]
    return tuple(whole + parts)


def noise_photograph(seed: int, width: int = 320, height: int = 240) -> Pixels:
    """Colour noise that weakens towards fine detail, as natural pictures do: hashes of high quality."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cells in (2, 4, 8, 16, 32):
        octave = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        total += resized(octave, width, height).astype(np.float32) / cells**0.5
    low, high = total.min(), total.max()
    return np.asarray((total - low) * (255 / (high - low)), np.uint8)


def drawing(seed: int, width: int = 320, height: int = 240) -> Pixels:
    """Flat rectangles, ellipses and lines on a flat ground: hard edges, few colours."""
    random = np.random.default_rng(seed)

    def colour() -> tuple[int, int, int]:
        red, green, blue = random.integers(0, 256, 3).tolist()
        return red, green, blue

    picture = Image.new("RGB", (width, height), colour())
    pen = ImageDraw.Draw(picture)
    for number in range(12):
        left, right = sorted(random.integers(0, width + 1, 2).tolist())
        top, bottom = sorted(random.integers(0, height + 1, 2).tolist())
        box = (left, top, right, bottom)
        if number % 3 == 0:
            pen.rectangle(box, fill=colour())
        elif number % 3 == 1:
            pen.ellipse(box, fill=colour())
        else:
            pen.line(box, fill=colour(), width=1 + number // 3)
    return np.array(picture)


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def encoded(pixels: Pixels, form: str = "PNG", **options: int | bool | str) -> bytes:
    """The bytes of the picture as a file: `encoded(pixels, "JPEG", quality=80)`."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


def resaved(pixels: Pixels, quality: int = 80) -> Pixels:
    """The picture after a trip through a JPEG file."""
    return decoded(encoded(pixels, "JPEG", quality=quality))
