"""What the demo uploads, in which order, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle
from random import Random

from hma_console.demo.pictures import Painted, Picture, PictureFile, bank_pictures, unrelated_pictures
from hma_console.demo.scenes import Scene
from hma_console.demo.transformations import Transformation, transform

SEED = 7
FIRST_PAINTED_SEED = 1000
"""Far from the seeds of the painted pictures that ship."""

AUTHORS = tuple(
    f"did:plc:demo{'2' * 16}{name}"
    for name in ("fern", "moss", "lark", "wren", "sage", "reed", "dove", "iris", "clay", "mint")
)
"""Nobody's: well-formed, and told apart by their last letters, which screens show."""


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    """One upload to be made. It is `planted` where it is a copy of what the bank holds."""

    number: int
    picture: Picture
    transformation: Transformation
    planted: bool
    author: str
    seed: int

    def prepare(self) -> PictureFile:
        """The file to send, the same every time. Takes tens of milliseconds of CPU."""
        return transform(self.picture.file(), self.transformation, Random(self.seed))


def plan(seed: int = SEED) -> Iterator[PlannedUpload]:
    """Uploads without end. In each twenty, every transformation is made of a picture of the bank and
    of an unrelated one, in random order. Raises NotFound where the pictures are missing."""
    random = Random(seed)
    bank, unrelated = _shuffled(bank_pictures(), random), _unrelated(random)
    numbers = count(1)
    while True:
        round_ = [(change, planted) for change in Transformation for planted in (True, False)]
        random.shuffle(round_)
        for transformation, planted in round_:
            yield PlannedUpload(
                next(numbers),
                next(bank if planted else unrelated),
                transformation,
                planted,
                random.choice(AUTHORS),
                random.getrandbits(32),
            )


def _shuffled(pictures: tuple[Picture, ...], random: Random) -> Iterator[Picture]:
    return cycle(random.sample(pictures, len(pictures)))


def _unrelated(random: Random) -> Iterator[Picture]:
    """By turns one that ships and one painted for the occasion."""
    shipped = _shuffled(unrelated_pictures(), random)
    for seed, scene in zip(count(FIRST_PAINTED_SEED), cycle(Scene), strict=False):
        yield next(shipped)
        yield Painted(scene, seed)
