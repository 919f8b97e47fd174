"""The demo's pictures: free to ship, small, made by their script, and apart from each other."""

from __future__ import annotations

import importlib.util
import re
from random import Random
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from bridge.catalogue import Category
from bridge.pdq import ArrayRaster, Pixels, digest, distance
from bridge.policy import reach
from bridge.signals import MINIMUM_QUALITY, View
from bridge.views import look
from hma_console.demo.live import BANK
from hma_console.demo.pictures import (
    Painted,
    Picture,
    PictureFile,
    assets_folder,
    bank_pictures,
    unrelated_pictures,
)
from hma_console.demo.scenes import Scene
from hma_console.demo.transformations import Transformation, transform

FOLDER = assets_folder()
SHIPPED = (*bank_pictures(), *unrelated_pictures())
MOST_BYTES, LONGEST_SIDE = 2_500_000, 900
FAR = 60
"""Bits: twice what any bank matches at."""


def pixels_of(file: PictureFile) -> Pixels:
    return np.array(file.decoded())


def views_of(file: PictureFile) -> tuple[View, ...]:
    return look(ArrayRaster(pixels_of(file)))


def is_found(copy: PictureFile, entry: View) -> bool:
    return any(
        distance(view.pdq, entry.pdq) <= reach(BANK, view.name, min(view.quality, entry.quality))
        for view in views_of(copy)
    )


def found(transformation: Transformation, seeds: range) -> list[bool]:
    """Of copies of each of the bank's pictures so made, which the bank would match."""
    return [
        is_found(transform(file, transformation, Random(seed)), views_of(file)[0])
        for file in (picture.file() for picture in bank_pictures())
        for seed in seeds
    ]


def nearest(picture: Picture, entries: list[View]) -> int:
    """The least distance, in bits, of any view of the picture from any entry."""
    return min(distance(view.pdq, entry.pdq) for view in views_of(picture.file()) for entry in entries)


@pytest.fixture(scope="module")
def entries() -> list[View]:
    return [views_of(picture.file())[0] for picture in bank_pictures()]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", FOLDER / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names_in_the_folder() -> list[str]:
    return sorted(str(picture.path.relative_to(FOLDER)) for picture in SHIPPED)


def test_the_origin_and_the_licence_of_every_picture_are_told() -> None:
    rows = re.findall(r"^\| `(.+?)` \| .+ \| (.+?) \|$", (FOLDER / "ORIGINS.md").read_text(), re.MULTILINE)
    assert sorted(name for name, _ in rows) == names_in_the_folder()
    assert all(re.search("CC0|public domain", licence) for _, licence in rows)


def test_nothing_lies_beside_the_pictures() -> None:
    files = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.*") if path.suffix != ".pyc")
    assert files == names_in_the_folder()


def test_the_pictures_are_small_and_carry_nothing_but_pixels() -> None:
    assert sum(picture.path.stat().st_size for picture in SHIPPED) <= MOST_BYTES
    for picture in SHIPPED:
        with Image.open(picture.path) as opened:
            assert max(opened.size) <= LONGEST_SIDE
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_script_makes_every_picture_that_ships(script: ModuleType) -> None:
    assert sorted(script.PICTURES) == names_in_the_folder()
    for picture in SHIPPED:
        made = script.PICTURES[str(picture.path.relative_to(FOLDER))]()
        shipped = pixels_of(picture.file())
        assert made.size == shipped.shape[1::-1]
        assert distance(digest(ArrayRaster(np.array(made))).bits, digest(ArrayRaster(shipped)).bits) <= 4
        assert np.abs(np.array(made).astype(int) - shipped).mean() < 8


def test_the_bank_takes_every_one_of_its_pictures(entries: list[View]) -> None:
    assert BANK.check().category is Category.TEST
    assert min(entry.quality for entry in entries) >= MINIMUM_QUALITY


@pytest.mark.parametrize("transformation", Transformation)
def test_every_copy_of_a_bank_picture_is_found(transformation: Transformation) -> None:
    assert all(found(transformation, seeds=range(1)))


@pytest.mark.trial
@pytest.mark.parametrize("transformation", Transformation)
def test_every_copy_is_found_whatever_its_sizes_qualities_and_borders(transformation: Transformation) -> None:
    assert all(found(transformation, seeds=range(1, 13)))


def test_unrelated_pictures_are_far_from_every_bank_picture(entries: list[View]) -> None:
    painted = [Painted(scene, seed) for scene in Scene for seed in range(1000, 1002)]
    pictures: list[Picture] = [*unrelated_pictures(), *painted]
    assert min(nearest(picture, entries) for picture in pictures) >= FAR


def test_the_banks_pictures_are_far_from_each_other(entries: list[View]) -> None:
    for number, picture in enumerate(bank_pictures()):
        assert nearest(picture, entries[:number] + entries[number + 1 :]) >= FAR


@pytest.mark.trial
def test_six_hundred_painted_pictures_are_far_from_every_bank_picture(entries: list[View]) -> None:
    painted = (Painted(scene, seed) for scene in Scene for seed in range(1000, 1100))
    assert min(nearest(picture, entries) for picture in painted) >= FAR
