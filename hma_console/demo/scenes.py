"""Pictures nobody ever took: landscapes, still lifes and the like, painted from a seed.

The same seed gives the same picture, another seed one that is no copy of it. All of them carry
structure at every size, as photographs do, so that PDQ hashes them with high quality.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]
Size = tuple[int, int]
"""Width and height in pixels."""

DEFAULT_SIZE: Size = (480, 360)


class Scene(StrEnum):
    LANDSCAPE = "landscape"
    STILL_LIFE = "still life"
    TOWN = "town"
    FLOWERS = "flowers"
    MOSAIC = "mosaic"
    MARBLE = "marble"


def paint(scene: Scene, seed: int, size: Size = DEFAULT_SIZE) -> Image.Image:
    """The picture (RGB) of that scene and seed."""
    random = np.random.default_rng((seed, *scene.encode()))
    canvas = _PAINTERS[scene](random, size)
    grain = random.normal(0, 0.012, canvas.shape).astype(np.float32)
    return Image.fromarray((np.clip(canvas + grain, 0, 1) * 255).astype(np.uint8))


def _landscape(random: np.random.Generator, size: Size) -> Floats:
    """Clouds and a sun over ridges that grow darker towards the viewer."""
    across, down = _grid(size)
    horizon = random.uniform(0.2, 0.6)
    canvas = _blend(_colour(random, 0.6), _colour(random, 0.9), (down / horizon).clip(0, 1))
    clouds = (_noise(random, size) * 2.2 - random.uniform(0.5, 1.2)).clip(0, 1)
    canvas = _blend(canvas, _colour(random, 0.95, 0.2), clouds)
    sun = _disc(across, down, random.uniform(0.1, 0.9), random.uniform(0.05, 0.4), random.uniform(0.03, 0.09))
    canvas = _blend(canvas, _colour(random, 1.0, 0.3), sun)
    rock, ridges = _colour(random, 0.7), int(random.integers(3, 6))
    for number in range(ridges):
        foot = horizon + (1 - horizon) * number / ridges
        crest = foot - _line(random, size[0]) * random.uniform(0.1, 0.45)
        shade = rock * (0.9 - 0.75 * number / ridges) + (_noise(random, size)[..., None] - 0.5) * 0.5
        canvas = _blend(canvas, shade, _step((down - crest) * size[1]))
    return canvas


def _still_life(random: np.random.Generator, size: Size) -> Floats:
    """Balls and bottles on a table, each lit from one side and throwing a shadow."""
    across, down = _grid(size)
    wall = _blend(_colour(random, 0.8), _colour(random, 0.4), across * 0.6 + _noise(random, size) * 0.4)
    table = _colour(random, 0.6) * (0.6 + 0.6 * _grain(random, size))[..., None]
    edge = random.uniform(0.35, 0.75)
    canvas = _blend(wall, table, _step((down - edge + random.uniform(-0.2, 0.2) * across) * size[1]))
    light = random.uniform(-0.8, 0.8)
    for _ in range(int(random.integers(4, 8))):
        x, radius = random.uniform(0.05, 1.2), random.uniform(0.06, 0.2)
        y, tall = random.uniform(edge, 0.95) - radius, random.choice((1.0, 1.0, 2.2))
        shadow = _disc(across, down / 0.35, x - light * radius, (y + radius) / 0.35, radius)
        canvas = _blend(canvas, canvas * 0.3, shadow)
        right, below = (across - x) / radius, (down - y - radius * (1 - tall)) / (radius * tall)
        lit = (0.55 + 0.5 * (right * light - below * 0.6)).clip(0.08, 1.1)
        body = _step((1 - np.hypot(right, below)) * radius * size[1])
        canvas = _blend(canvas, _colour(random, 0.9) * lit[..., None], body)
    return canvas


def _town(random: np.random.Generator, size: Size) -> Floats:
    """Rows of houses with windows, some of them lit, before an evening sky."""
    across, down = _grid(size)
    canvas = _blend(_colour(random, 0.3), _colour(random, 0.9), down * 0.8 + _noise(random, size) * 0.4)
    for row in range(3):
        left = random.uniform(-0.1, 0.0)
        while left < across[0, -1]:
            breadth, top = random.uniform(0.1, 0.32), random.uniform(0.1, 0.6) + 0.15 * row
            ends = np.searchsorted(across[0], (left, left + breadth))
            house = np.s_[np.searchsorted(down[:, 0], top) :, ends[0] : ends[1]]
            canvas[house] = _front(random, (across[house] - left) / breadth, down[house] - top)
            left += breadth
    return canvas


def _front(random: np.random.Generator, across: Floats, down: Floats) -> Floats:
    """A house's front (rows, columns, 3); `across` runs from 0 to 1, `down` from 0 in heights."""
    wall = _colour(random, random.uniform(0.25, 0.8)) * (1 - 0.4 * down)[..., None]
    floors, windows = down / random.uniform(0.05, 0.1), across * random.integers(2, 6)
    pane = (abs(windows % 1 - 0.5) < 0.28) & (abs(floors % 1 - 0.5) < 0.3)
    lit = random.random((20, 6))[floors.astype(int), windows.astype(int)] < 0.45
    light = np.where(lit[..., None], _colour(random, 1.0, 0.4), wall * 0.35)
    return np.where(pane[..., None], light, wall)


def _flowers(random: np.random.Generator, size: Size) -> Floats:
    """Blossoms of all sizes on a meadow."""
    across, down = _grid(size)
    canvas = _blend(_colour(random, 0.2), _colour(random, 0.6), _grain(random, size))
    for _ in range(int(random.integers(7, 16))):
        x, y, radius = random.uniform(0, 1.33), random.uniform(0, 1), random.uniform(0.06, 0.3)
        petals, turn = int(random.integers(4, 10)), random.uniform(0, 6.3)
        away, angle = np.hypot(across - x, down - y) / radius, np.arctan2(down - y, across - x)
        outline = 0.7 + 0.3 * np.cos(petals * angle + turn)
        colour = _colour(random, 0.95) * (0.55 + 0.45 * away / outline)[..., None]
        canvas = _blend(canvas, colour, _step((outline - away) * radius * size[1]))
        canvas = _blend(canvas, _colour(random, 0.8), _disc(across, down, x, y, radius * 0.22))
    return canvas


def _mosaic(random: np.random.Generator, size: Size) -> Floats:
    """Leaded glass: every pane of another colour, lighter towards one corner."""
    across, down = _grid(size)
    count = int(random.integers(14, 40))
    centres = random.random((count, 2)).astype(np.float32) * (size[0] / size[1], 1)
    away = np.stack([np.hypot(across - x, down - y) for x, y in centres])
    pane = away.argmin(axis=0)
    glass = random.uniform(0.1, 1, (count, 3)).astype(np.float32)[pane]
    light = 0.5 + 0.6 * _noise(random, size)
    lead = (pane != np.roll(pane, 3, axis=0)) | (pane != np.roll(pane, 3, axis=1))
    return np.where(lead[..., None], np.float32(0.05), glass * light[..., None])


def _marble(random: np.random.Generator, size: Size) -> Floats:
    """Polished stone: veins along bent lines, through three colours."""
    across, down = _grid(size)
    turn, bend = random.uniform(0, 3.2), random.uniform(2, 5)
    along = across * np.cos(turn) + down * np.sin(turn) + _noise(random, size) * bend
    veins = 0.5 + 0.5 * np.sin(along * random.uniform(3, 8))
    ground = _blend(_colour(random, 0.3), _colour(random, 0.9), _noise(random, size))
    return _blend(ground, _colour(random, random.choice((0.05, 1.0))), veins**3)


_PAINTERS: dict[Scene, Callable[[np.random.Generator, Size], Floats]] = {
    Scene.LANDSCAPE: _landscape,
    Scene.STILL_LIFE: _still_life,
    Scene.TOWN: _town,
    Scene.FLOWERS: _flowers,
    Scene.MOSAIC: _mosaic,
    Scene.MARBLE: _marble,
}


def _grid(size: Size) -> tuple[Floats, Floats]:
    """Each pixel's place across and down, in heights of the picture (rows, columns)."""
    width, height = size
    down, across = np.mgrid[:height, :width].astype(np.float32) / height
    return across, down


def _colour(random: np.random.Generator, light: float, depth: float = 0.7) -> Floats:
    """A random colour (3,) of that brightest channel; `depth` 0 is grey."""
    colour = light * (1 - depth * random.random(3))
    return np.asarray(colour, np.float32)


def _noise(random: np.random.Generator, size: Size, cells: tuple[int, ...] = (3, 6, 12, 24, 48)) -> Floats:
    """Noise (rows, columns) from 0 to 1 that weakens towards fine detail, as nature's does."""
    total = np.zeros((size[1], size[0]), np.float32)
    for count in cells:
        octave = Image.fromarray(random.random((count, count), np.float32))
        total += np.asarray(octave.resize(size, Image.Resampling.BICUBIC)) / np.float32(count**0.8)
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low), np.float32)


_grain = partial(_noise, cells=(8, 16, 32, 64, 128))


def _line(random: np.random.Generator, length: int) -> Floats:
    """A jagged line (length,) from 0 to 1: one row of noise."""
    line = _noise(random, (length, 8))[4]
    return np.asarray((line - line.min()) / (line.max() - line.min()), np.float32)


def _disc(across: Floats, down: Floats, x: float, y: float, radius: float) -> Floats:
    return _step((radius - np.hypot(across - x, down - y)) * len(down))


def _step(pixels: Floats) -> Floats:
    """0 outside, 1 inside, soft over one pixel; `pixels` is how far inside."""
    return np.asarray(np.clip(pixels + 0.5, 0, 1), np.float32)


def _blend(under: Floats, over: Floats, share: Floats) -> Floats:
    """`over` laid on `under`, each (3,) or (rows, columns, 3), by its share (rows, columns)."""
    weight = share[..., None]
    return np.asarray(under * (1 - weight) + over * weight, np.float32)
