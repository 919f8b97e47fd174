"""JPEG files of any size that look and weigh like photographs of a camera."""

from __future__ import annotations

from functools import cache

import numpy as np

from tests.pictures import encoded, photograph, resized

NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "retina.jpg", "rocket.jpg")
GRAIN = 4.0
"""Standard deviation of the noise added to an enlarged picture, as a sensor's would be."""


@cache
def jpeg(name: str, width: int, height: int, quality: int = 80) -> bytes:
    """One of scikit-image's photographs at this size, with grain; the same on every run."""
    noise = np.random.default_rng(1).normal(0, GRAIN, (height, width, 1)).astype(np.float32)
    pixels = resized(photograph(name), width, height) + noise
    return encoded(np.clip(pixels, 0, 255).astype(np.uint8), "JPEG", quality=quality)


def jpegs(width: int, height: int) -> list[bytes]:
    return [jpeg(name, width, height) for name in NAMES]


def of_about(size: int, width: int = 2_000, height: int = 2_000) -> list[bytes]:
    """The photographs at this size in pixels, saved so that each weighs about `size` bytes."""
    tries = [[jpeg(name, width, height, quality) for quality in (85, 88, 91, 94, 97)] for name in NAMES]
    return [min(files, key=lambda data: abs(len(data) - size)) for files in tries]
