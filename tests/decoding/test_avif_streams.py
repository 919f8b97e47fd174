"""An AVIF's own streams tell how large it is, not its container."""

from __future__ import annotations

import struct
from random import Random

import pytest
from PIL import Image

from bridge.decoding.avif_streams import UNBOUNDED, largest_coded
from tests.hostile import saved


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("size", [(24, 16), (101, 75), (2_100, 40)])
def test_a_still_is_as_large_as_it_says(size: tuple[int, int], mode: str) -> None:
    body = saved(Image.new(mode, size, 9 if mode == "L" else (90, 120, 40)), "AVIF", speed=10)
    assert largest_coded(body, 10) == size[0] * size[1]


def test_a_moving_one_may_be_as_large_as_the_bits_of_its_sides_allow() -> None:
    frames = [Image.effect_noise((300, 200), 30 + at).convert("RGB") for at in range(4)]
    body = saved(frames[0], "AVIF", save_all=True, append_images=frames[1:], speed=10)
    assert largest_coded(body, 10) == 512 * 256


def test_a_container_that_lies_changes_nothing() -> None:
    body = bytearray(saved(Image.new("RGB", (400, 300)), "AVIF", speed=10))
    at = body.index(b"ispe") + 8
    body[at : at + 8] = struct.pack(">II", 1, 1)
    assert largest_coded(bytes(body), 10) == 400 * 300


def test_a_file_of_endless_empty_boxes_is_not_read_to_its_end() -> None:
    assert largest_coded(struct.pack(">I4s", 8, b"free") * 200_000, 10) == UNBOUNDED


def test_boxes_nested_for_ever_are_not_followed() -> None:
    nested = b"".join(struct.pack(">I4s", 8 * (9_000 - at), b"moov") for at in range(9_000))
    assert largest_coded(nested, 10) == 0


@pytest.mark.parametrize("seed", range(80))
def test_any_damage_still_gets_an_answer(seed: int) -> None:
    random = Random(seed)
    body = bytearray(saved(Image.new("RGB", (60, 40)), "AVIF", speed=10))
    for _ in range(6):
        body[random.randrange(len(body))] = random.randrange(256)
    assert largest_coded(bytes(body[: random.randrange(len(body))]), 10) >= 0
