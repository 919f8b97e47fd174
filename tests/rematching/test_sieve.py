"""The sieve finds every pair within its distance, and no other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bridge.matching.codes import Codes, bytes_of, gather
from bridge.rematching.sieve import Sieve
from tests.matching.planting import (
    Triples,
    correlated_codes,
    flipped,
    planted_queries,
    random_codes,
    truth,
    within,
)


def triples(sieve: Sieve, views: Codes) -> Triples:
    near = sieve.search(views)
    values = bytes_of(gather(sieve.codes[near.codes]))
    found = set(zip(near.views.tolist(), values, near.distances.tolist(), strict=True))
    assert len(found) == len(near.views), "each pair once"
    assert near.views.tolist() == sorted(near.views.tolist())
    return found


@pytest.mark.parametrize("make", [random_codes, correlated_codes])
@pytest.mark.parametrize("count", [200, 5_000, 40_000])  # read through, in short rows, in long ones
def test_planted_pairs_at_every_distance_are_found_at_every_threshold(
    make: Callable[[int, int], Codes], count: int
) -> None:
    codes = make(count, 1)
    views = planted_queries(codes, 6, seed=1)
    expected = truth(views, codes, 31)
    for threshold in (31, 30, 24, 20, 10, 7, 0):
        assert triples(Sieve(codes, threshold), views) == within(expected, threshold)


def test_a_pair_that_differs_as_evenly_as_it_can_is_found() -> None:
    """Two bits in every half but one, which is the least that one word and one half can be told by."""
    codes = random_codes(1_000, seed=2)
    differing = np.zeros((16, 16), np.uint16)
    for half in range(16):
        differing[half] = 0b11
        differing[half, half] = 0b1
    sieve = Sieve(codes, 31)
    views = gather(sieve.codes[:16] ^ differing.view(np.uint64))
    near = sieve.search(views)
    assert [(view, code) for view, code in zip(near.views, near.codes, strict=True) if view == code] == [
        (number, number) for number in range(16)
    ]


def test_thousands_of_entries_that_are_nearly_the_same_are_told_apart() -> None:
    one = random_codes(1, seed=3).repeat(3_000, axis=0)
    codes = flipped(one, np.arange(3_000) % 9, seed=3)
    views = planted_queries(codes, 2, seed=3)
    assert triples(Sieve(codes, 31), views) == truth(views, np.unique(codes, axis=0), 31)


def test_a_distance_beyond_its_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Sieve(random_codes(1, seed=4), 32)
