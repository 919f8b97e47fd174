from itertools import pairwise

import numpy as np
import pytest

from bridge.matching.bands import Bands, bands_by_count, bands_for
from tests.matching.planting import flipped, random_codes

LAYOUTS = [bands for bands in map(bands_for, (1 << 14, 3 << 19, 1 << 24)) if bands]


def test_there_is_a_layout_for_each_size() -> None:
    assert [bands.count for bands in LAYOUTS] == [16, 13, 12]
    assert bands_for(1000) is None
    assert [bands_by_count(bands.count) for bands in LAYOUTS] == LAYOUTS
    assert bands_by_count(0) is None


@pytest.mark.parametrize("bands", LAYOUTS, ids=lambda bands: str(bands.count))
def test_bands_cover_every_bit_once_and_their_slots_follow_each_other(bands: Bands) -> None:
    assert sum(band.width for band in bands.bands) == 256
    for band, following in pairwise(bands.bands):
        assert following.start == band.start + band.width
        assert following.base == band.base + (1 << band.width)
        assert following.base % (1 << following.width) == 0


@pytest.mark.parametrize("bands", LAYOUTS, ids=lambda bands: str(bands.count))
def test_the_look_up_without_a_flip_is_the_slot_of_the_code_itself(bands: Bands) -> None:
    codes = random_codes(50, seed=1)
    slots = bands.look_ups(codes, bands.probes(bands.count - 1))

    for number, band in enumerate(bands.bands):
        assert np.array_equal(slots[:, number], band.base + band.keys(codes).astype(np.intp))


@pytest.mark.parametrize("bands", LAYOUTS, ids=lambda bands: str(bands.count))
@pytest.mark.parametrize("threshold", [*range(32), 40, 48])
def test_two_codes_within_the_threshold_meet_in_a_slot(bands: Bands, threshold: int) -> None:
    codes = random_codes(40, seed=2)
    others = flipped(codes, np.full(40, threshold), seed=threshold)

    looked_up = bands.look_ups(others, bands.probes(threshold))

    for row, code in zip(looked_up, codes, strict=True):
        own = [band.base + int(band.keys(code[None])[0]) for band in bands.bands]
        assert np.isin(own, row).any()


@pytest.mark.parametrize("bands", LAYOUTS, ids=lambda bands: str(bands.count))
def test_the_cost_counts_the_look_ups(bands: Bands) -> None:
    assert bands.cost(31, codes=0) == len(bands.probes(31).flip)
    assert bands.cost(31, codes=1 << 20) > bands.cost(31, codes=1 << 10)
