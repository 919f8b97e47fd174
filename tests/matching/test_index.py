from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import StoreError
from bridge.matching.codes import NO_CODES, Codes, bytes_of
from bridge.matching.index import PdqIndex
from bridge.matching.segment_writer import write_segment
from tests.matching.planting import (
    correlated_codes,
    flipped,
    planted_queries,
    random_codes,
    triples_of,
    truth,
    within,
)

COUNT = 20_000


def batches(codes: Codes, size: int = 7_000) -> list[Codes]:
    return [codes[start : start + size] for start in range(0, len(codes), size)]


def holds(index: PdqIndex, codes: Codes) -> bool:
    """Whether each of the codes, all distinct, is found, and found once."""
    return len(triples_of(index.search(codes, 0))) == len(codes)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = PdqIndex.open(tmp_path / "index")

    assert len(index) == 0
    assert index.through == 0
    assert len(index.search(random_codes(35, seed=1), 31)) == 0
    assert not index.needs_merge()


def test_no_query_finds_nothing(tmp_path: Path) -> None:
    index = PdqIndex.build(tmp_path, [random_codes(COUNT, seed=1)], through=1)
    index.add(random_codes(10, seed=2), through=2)

    assert len(index.search(NO_CODES, 31)) == 0


@pytest.mark.parametrize(
    "codes", [random_codes(COUNT, 2), correlated_codes(COUNT, 2)], ids=["even", "correlated"]
)
def test_planted_pairs_are_found_at_every_threshold_and_nothing_else(tmp_path: Path, codes: Codes) -> None:
    index = PdqIndex.build(tmp_path, batches(codes), through=1)
    queries = planted_queries(codes, 4, seed=2, farthest=48)
    expected = truth(queries, codes, 48)

    for threshold in (*range(32), 40, 48):
        assert triples_of(index.search(queries, threshold)) == within(expected, threshold)


def test_it_is_the_same_wherever_the_codes_lie(tmp_path: Path) -> None:
    """In the first segment, in one made by a merge, in the side table, and in several at once."""
    codes = random_codes(2 * COUNT, seed=3)
    index = PdqIndex.build(tmp_path, batches(codes[: COUNT + 12_000]), through=1)
    index.add(codes[COUNT + 11_000 : COUNT + 17_000], through=2)
    index.merge()
    index.add(codes[COUNT + 16_000 :], through=3)
    index.add(codes[-100:], through=4)
    queries = planted_queries(codes, 8, seed=3)

    assert triples_of(index.search(queries, 31)) == truth(queries, codes, 31)


def test_a_code_matches_as_soon_as_it_is_added(tmp_path: Path) -> None:
    index = PdqIndex.open(tmp_path)
    codes = random_codes(3_000, seed=4)
    for number in range(len(codes)):
        index.add(codes[number : number + 1], through=number)
        if number % 100 == 0:
            assert holds(index, codes[: number + 1])


def test_thousands_of_nearly_equal_codes_are_all_found(tmp_path: Path) -> None:
    centre = random_codes(1, seed=5)
    distances = np.random.default_rng(5).integers(1, 31, 5_000)
    crowd = np.unique(flipped(centre.repeat(5_000, axis=0), distances, seed=5), axis=0)
    index = PdqIndex.build(tmp_path, [random_codes(COUNT, seed=6), crowd], through=1)
    queries = flipped(centre.repeat(35, axis=0), np.arange(35), seed=7)

    assert triples_of(index.search(queries, 31)) == truth(queries, crowd, 31)


def test_a_code_added_a_thousand_times_is_found_once_and_kept_once(tmp_path: Path) -> None:
    code = random_codes(1, seed=8)
    index = PdqIndex.build(tmp_path, [code.repeat(1000, axis=0)], through=1)
    assert len(index) == 1

    index.add(code.repeat(1000, axis=0), through=2)
    assert triples_of(index.search(code, 31)) == {(0, bytes_of(code)[0], 0)}

    index.merge()
    assert len(index) == 1


def test_the_opposite_of_a_code_is_not_near_it(tmp_path: Path) -> None:
    codes = random_codes(100, seed=9)
    index = PdqIndex.build(tmp_path, [codes], through=1)

    assert len(index.search(~codes, 31)) == 0
    assert len(index.search(~codes, 254)) == len(truth(~codes, codes, 254))


@pytest.mark.parametrize("threshold", [-1, 255])
def test_what_is_no_distance_is_refused(tmp_path: Path, threshold: int) -> None:
    with pytest.raises(ValueError, match="is not a distance"):
        PdqIndex.open(tmp_path).search(random_codes(1, seed=1), threshold)


def test_through_says_what_the_files_contain(tmp_path: Path) -> None:
    """What is in the side table only is read from the store again after a start."""
    codes = random_codes(100, seed=10)
    index = PdqIndex.open(tmp_path)
    index.add(codes[:50], through=50)
    assert index.through == 0

    index.merge()
    index.add(codes[50:], through=100)
    index.close()

    index = PdqIndex.open(tmp_path)
    assert index.through == 50
    assert holds(index, codes[:50])
    assert len(index.search(codes[50:], 31)) == 0


def test_codes_added_little_by_little_end_in_few_segments(tmp_path: Path) -> None:
    codes = random_codes(100_000, seed=11)
    index = PdqIndex.open(tmp_path)
    merges = 0
    for number, batch in enumerate(batches(codes, 2_500)):
        index.add(batch, through=number)
        if index.needs_merge():
            index.merge()
            merges += 1

    assert merges == 10
    assert len(list(tmp_path.glob("*.segment"))) <= 3
    assert len(index) == len(codes)
    assert holds(PdqIndex.open(tmp_path), codes)


def test_searches_and_additions_go_on_during_a_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = random_codes(30_000, seed=14)
    index = PdqIndex.build(tmp_path, batches(codes[:20_000]), through=1)
    index.add(codes[20_000:29_000], through=2)

    def interrupted(path: Path, sources: Sequence[Codes]) -> int:
        index.add(codes[29_000:], through=3)
        assert holds(index, codes)
        return write_segment(path, sources)

    monkeypatch.setattr("bridge.matching.index.write_segment", interrupted)
    index.merge()

    assert holds(index, codes)
    assert index.through == 2


def test_a_merge_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = random_codes(100, seed=16)
    index = PdqIndex.build(tmp_path, [codes[:50]], through=1)
    index.add(codes[50:], through=2)
    before = sorted(tmp_path.iterdir())

    def full(path: Path, sources: Sequence[Codes]) -> int:
        write_segment(path, sources)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.matching.index.write_segment", full)
    with pytest.raises(OSError, match="No space left"):
        index.merge()

    assert sorted(tmp_path.iterdir()) == before
    assert holds(index, codes)
    assert index.through == 1


def test_a_damaged_index_does_not_open_and_is_built_anew(tmp_path: Path) -> None:
    codes = random_codes(COUNT, seed=17)
    PdqIndex.build(tmp_path, batches(codes), through=1).close()
    [segment] = tmp_path.glob("*.segment")
    content = bytearray(segment.read_bytes())
    content[12_345] ^= 1
    segment.write_bytes(content)

    with pytest.raises(StoreError, match="damaged") as raised:
        PdqIndex.open(tmp_path)

    assert "built again" in raised.value.hint
    assert holds(PdqIndex.build(tmp_path, batches(codes), through=1), codes)
    assert holds(PdqIndex.open(tmp_path), codes)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_closed_index_says_so_instead_of_finding_nothing(tmp_path: Path) -> None:
    codes = random_codes(10, seed=18)
    index = PdqIndex.build(tmp_path, [codes], through=1)
    index.close()

    with pytest.raises(StoreError, match="closed"):
        index.search(codes, 31)
    with pytest.raises(StoreError, match="closed"):
        index.add(codes, through=2)
    with pytest.raises(StoreError, match="closed"):
        index.merge()
