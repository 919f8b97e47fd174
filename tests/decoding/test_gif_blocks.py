"""A GIF's frames are counted and measured without being decoded."""

from __future__ import annotations

import pytest
from PIL import Image

from bridge.decoding.gif_blocks import Extent, extent
from tests.hostile import BOMBS, saved


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_frames_are_counted_as_pillow_counts_them(frames: int) -> None:
    pictures = [Image.effect_noise((30, 20), 60 + 10 * at) for at in range(frames)]
    body = saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], comment=b"hello" * 100)
    assert extent(body, 100) == Extent(30, 20, frames)


def test_what_follows_the_end_of_the_file_does_not_count() -> None:
    body = saved(Image.effect_noise((30, 20), 60), "GIF")
    assert extent(body + body[13:] * 3, 100).frames == 1


def test_counting_stops_behind_the_most_that_is_asked_for() -> None:
    assert extent(BOMBS["GIF of 100,000 frames"](), 1_000).frames == 1_001


def test_a_frame_that_reaches_beyond_the_screen_counts_for_the_size() -> None:
    assert extent(BOMBS["GIF that grows"](), 10) == Extent(65_535, 65_535, 2)


@pytest.mark.parametrize("length", range(0, 60))
def test_what_is_cut_off_anywhere_is_read_to_its_end(length: int) -> None:
    body = saved(Image.effect_noise((30, 20), 60), "GIF")
    assert extent(body[:length], 10).frames <= 1
