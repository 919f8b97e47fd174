import numpy as np
import pytest

from bridge.matching.codes import (
    NO_CODES,
    bytes_of,
    codes_of,
    distances,
    gather,
    near,
    scan,
    scatter,
    sort_codes,
)
from tests.matching.planting import planted_queries, random_codes, truth


def test_hashes_become_codes_and_come_back() -> None:
    values = [bytes(range(32)), bytes(32), b"\xff" * 32]

    assert bytes_of(codes_of(values)) == values
    assert bytes_of(codes_of(b"".join(values))) == values


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        codes_of([b"\x00" * 40])


@pytest.mark.parametrize("count", [0, 1, 35, 255, 256, 40_000])
def test_scattered_bits_are_gathered_again_and_stay_as_far_apart(count: int) -> None:
    codes = random_codes(count, seed=1)
    scattered = scatter(codes)

    assert np.array_equal(gather(scattered), codes)
    assert np.array_equal(distances(scattered[1:], scattered[:-1]), distances(codes[1:], codes[:-1]))


def test_few_codes_are_scattered_as_many_are() -> None:
    codes = random_codes(1000, seed=2)

    assert np.array_equal(scatter(codes)[:10], scatter(codes[:10]))


def test_scattering_is_the_same_in_every_version() -> None:
    """Files written by one version are read by the next: this value may never change."""
    assert bytes_of(scatter(codes_of(bytes(range(32)))))[0].hex() == (
        "1092106c0a0205cb8380c0411df248c568454405001516d10116074052212261"
    )


def test_a_distance_counts_the_bits_that_differ() -> None:
    zero, all_set = codes_of(bytes(32)), codes_of(b"\xff" * 32)

    assert distances(zero, zero).tolist() == [0]
    assert distances(zero, all_set).tolist() == [256]
    assert distances(zero, codes_of(b"\x01" * 32)).tolist() == [32]


@pytest.mark.parametrize("threshold", [0, 31, 48, 254])
def test_near_is_up_to_the_threshold_and_not_beyond(threshold: int) -> None:
    counts = np.arange(257)
    differing = np.packbits(np.arange(256) < counts[:, None], axis=1).view(np.uint64)

    assert near(differing, threshold).tolist() == list(range(threshold + 1))


def test_reading_through_finds_what_counting_bits_finds() -> None:
    codes = random_codes(20_000, seed=3)
    queries = planted_queries(codes, 2, seed=3, farthest=60)

    askers, numbers = scan(codes, queries, 60)

    values = bytes_of(codes[numbers])
    apart = distances(queries[askers], codes[numbers]).tolist()
    assert set(zip(askers.tolist(), values, apart, strict=True)) == truth(queries, codes, 60)


def test_reading_through_nothing_finds_nothing() -> None:
    some = random_codes(3, seed=4)

    assert [len(column) for column in scan(NO_CODES, some, 31)] == [0, 0]
    assert [len(column) for column in scan(some, NO_CODES, 31)] == [0, 0]


def test_sorting_keeps_every_distinct_code_once_also_where_the_first_words_are_equal() -> None:
    codes = random_codes(500, seed=5) & np.uint64(1)

    rows = [tuple(row) for row in sort_codes(codes).tolist()]

    assert rows == sorted({tuple(row) for row in codes.tolist()})
    assert len(rows) == 16
