"""Pictures with known PDQ hashes: made by integer arithmetic alone, or lossless photographs.

`tests/golden/pdq.txt` has a line for each: the picture's name, the reference's hash, its quality.
`python -m tests.golden_pictures` writes it anew; it needs `pdqhash`, the tests do not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bridge.pdq import Pixels
from tests.pictures import photograph

GOLDEN = Path(__file__).parent / "golden" / "pdq.txt"

_Plane = npt.NDArray[np.int64]

_RECIPES: dict[str, Callable[[_Plane, _Plane, int], _Plane]] = {
    "flat": lambda x, y, tone: 0 * x + 0 * y + 37 * tone,
    "slope": lambda x, y, tone: x * (2 + tone) // 3 + y * (5 - tone) // 4,
    "chessboard": lambda x, y, tone: ((x // (3 + tone) + y // (3 + tone)) % 2) * 255,
    "stripes": lambda x, y, tone: (x // (2 + tone) % 2) * 200 + 0 * y,
    "rings": lambda x, y, tone: (x * x + y * y) // (40 + 100 * tone),
    "weave": lambda x, y, tone: x * y // (3 + tone) + (x ^ y),
    "grain": lambda x, y, tone: (x * 7919 + y * 104729 + tone) ** 2 // 1009,
    "blocks": lambda x, y, tone: ((x // 29) * 73 + (y // 23) * 151 + tone * 17) ** 2 // 7,
    "mirror": lambda x, y, tone: abs(2 * x - x.max()) * (1 + tone) // 2 + (y * 5) // 3,
}
_SIZES = (
    (1, 1),
    (4, 90),
    (5, 5),
    (7, 3000),
    (3000, 6),
    (63, 65),
    (64, 64),
    (128, 127),
    (129, 256),
    (400, 300),
    (641, 997),
    (1500, 1100),
)
_PHOTOGRAPHS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "moon.png",
)
_PARTS = ("moon.png 171x217", "moon.png 166x343", "moon.png 388x346", "camera.png 250x80")
"""Upper left parts whose quality depends on how the reference rounds."""


class Golden(NamedTuple):
    name: str
    hash: str
    quality: int


def names() -> list[str]:
    sizes = [f"{width}x{height}" for width, height in _SIZES]
    return [f"{kind} {size}" for kind in _RECIPES for size in sizes] + [*_PHOTOGRAPHS, *_PARTS]


def picture(name: str) -> Pixels:
    """The picture of that name, such as `rings 400x300`, `coffee.png` or `moon.png 171x217`."""
    if name in _PHOTOGRAPHS:
        return photograph(name)
    kind, size = name.split()
    width, height = map(int, size.split("x"))
    if kind in _PHOTOGRAPHS:
        return photograph(kind)[:height, :width]
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    colours = [_RECIPES[kind](x, y, tone) % 256 for tone in (1, 2, 3)]
    return np.stack(colours, axis=2).astype(np.uint8)


def read() -> list[Golden]:
    lines = [line.split(";") for line in GOLDEN.read_text(encoding="ascii").splitlines()]
    return [Golden(name, digits, int(quality)) for name, digits, quality in lines]


def reference(pixels: Pixels) -> tuple[str, int]:
    """What `pdqhash` says of the picture: its hash in hexadecimal and its quality."""
    import pdqhash

    vector, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return np.packbits(vector).tobytes().hex(), quality


def main() -> None:
    lines = [";".join((name, *map(str, reference(picture(name))))) for name in names()]
    GOLDEN.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
