"""Writes the demo's pictures anew: `python assets/demo/make_pictures.py`, in a checkout.

What is painted comes from `hma_console/demo/scenes.py`, the photographs from the data folder of
scikit-image, a development dependency. `ORIGINS.md` tells where those come from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import skimage
from PIL import Image

from hma_console.demo.scenes import Scene, paint

FOLDER = Path(__file__).parent
PAINTED_SIZE = (800, 600)
LONGEST_SIDE = 800
JPEG_QUALITY = 88

Box = tuple[int, int, int, int]


def painted(scene: Scene, seed: int) -> Image.Image:
    return paint(scene, seed, PAINTED_SIZE)


def photograph(name: str, box: Box | None = None) -> Image.Image:
    """The part in `box` (left, top, right, bottom) of a photograph, shrunk to LONGEST_SIDE."""
    with Image.open(Path(skimage.__file__).parent / "data" / name) as stored:
        picture = stored.convert("RGB").crop(box)
    picture.info.clear()  # comments and the like would be stored again
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "bank/cat.jpg": partial(photograph, "chelsea.png"),
    "bank/coffee.jpg": partial(photograph, "coffee.png"),
    "bank/deep-field.jpg": partial(photograph, "hubble_deep_field.jpg", (0, 60, 1000, 810)),
    "bank/flowers.jpg": partial(painted, Scene.FLOWERS, 2),
    "bank/mountains.jpg": partial(painted, Scene.LANDSCAPE, 6),
    "bank/rocket.jpg": partial(photograph, "rocket.jpg"),
    "bank/still-life.jpg": partial(painted, Scene.STILL_LIFE, 0),
    "bank/town.jpg": partial(painted, Scene.TOWN, 0),
    "unrelated/brick-wall.jpg": partial(photograph, "brick.png"),
    "unrelated/glass.jpg": partial(painted, Scene.MOSAIC, 3),
    "unrelated/grass.jpg": partial(photograph, "grass.png"),
    "unrelated/gravel.jpg": partial(photograph, "gravel.png"),
    "unrelated/hills.jpg": partial(painted, Scene.LANDSCAPE, 2),
    "unrelated/marble.jpg": partial(painted, Scene.MARBLE, 3),
    "unrelated/meadow.jpg": partial(painted, Scene.FLOWERS, 7),
    "unrelated/retina.jpg": partial(photograph, "retina.jpg", (150, 150, 1260, 1260)),
    "unrelated/skyline.jpg": partial(painted, Scene.TOWN, 5),
    "unrelated/table.jpg": partial(painted, Scene.STILL_LIFE, 6),
}


def main() -> None:
    for name, picture in PICTURES.items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        picture().save(path, "JPEG", quality=JPEG_QUALITY, optimize=True)


if __name__ == "__main__":
    main()
