import zlib
from pathlib import Path

import numpy as np
import pytest

from bridge.matching.codes import NO_CODES, Codes, sort_codes
from bridge.matching.segment import TRAILER, IndexDamaged, Segment, unpaired
from bridge.matching.segment_writer import PART, merged, write_segment
from tests.matching.planting import planted_queries, random_codes

SMALL, BANDED = 500, 20_000


def written(path: Path, *sources: Codes) -> Segment:
    return Segment(path, write_segment(path, [sort_codes(codes) for codes in sources]))


@pytest.mark.parametrize("count", [SMALL, BANDED])
def test_a_segment_holds_the_distinct_codes_of_its_sources(tmp_path: Path, count: int) -> None:
    codes = random_codes(count, seed=1)

    segment = written(tmp_path / "a", codes[: count // 2], codes[count // 3 :], codes[:10])

    assert (segment.bands is not None) == (count == BANDED)
    assert np.array_equal(segment.codes, sort_codes(codes))


@pytest.mark.parametrize("threshold", [0, 5, 15, 16, 31, 40, 48, 100])
def test_looking_up_finds_what_reading_through_finds(tmp_path: Path, threshold: int) -> None:
    codes = random_codes(BANDED, seed=2)
    queries = planted_queries(codes, 2, seed=2, farthest=48)
    banded = written(tmp_path / "banded", codes)
    parts = [written(tmp_path / str(at), codes[at : at + 10_000]) for at in (0, 10_000)]

    found = {
        (asker, *banded.codes[number].tolist())
        for asker, number in zip(*unpaired(banded.search(queries, threshold)), strict=True)
    }

    assert found == {
        (asker, *part.codes[number].tolist())
        for part in parts
        for asker, number in zip(*unpaired(part.search(queries, threshold)), strict=True)
    }


def test_each_of_more_codes_than_are_worked_on_at_once_is_found_by_its_own_query(tmp_path: Path) -> None:
    codes = random_codes(PART + 20_000, seed=10)
    segment = written(tmp_path / "a", codes)

    for threshold, count in ((0, len(codes)), (31, 1_000)):
        askers, numbers = unpaired(segment.search(codes[:count], threshold))
        assert np.array_equal(askers, np.arange(count))
        assert np.array_equal(segment.codes[numbers], codes[:count])


def test_a_segment_of_nothing_finds_nothing(tmp_path: Path) -> None:
    segment = written(tmp_path / "a", NO_CODES)

    assert len(segment) == 0
    assert len(segment.search(random_codes(3, seed=4), 31)) == 0


def test_sources_of_all_sizes_are_merged_part_by_part() -> None:
    codes = random_codes(3 * PART, seed=5)
    codes[:, 0] >>= np.uint64(46)
    sources = [sort_codes(codes[:100]), NO_CODES, sort_codes(codes[50:]), sort_codes(codes[:PART])]

    parts = list(merged(sources))

    assert len(parts) > 3
    assert max(map(len, parts)) < 2 * PART
    assert np.array_equal(np.concatenate(parts), sort_codes(codes))


def test_the_file_may_be_unlinked_under_a_reader(tmp_path: Path) -> None:
    codes = random_codes(BANDED, seed=6)
    segment = written(tmp_path / "a", codes)
    segment.path.unlink()

    assert len(segment.search(codes[:10], 31)) == 10


@pytest.mark.parametrize("count", [SMALL, BANDED])
def test_a_flipped_byte_anywhere_is_noticed(tmp_path: Path, count: int) -> None:
    segment = written(tmp_path / "a", random_codes(count, seed=7))
    content = segment.path.read_bytes()
    places = np.random.default_rng(7).integers(0, len(content), 20).tolist()
    for place in (0, len(content) - TRAILER, len(content) - 1, *places):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        (tmp_path / "b").write_bytes(damaged)
        with pytest.raises(IndexDamaged, match="its checksum is wrong"):
            Segment(tmp_path / "b", segment.checksum)


@pytest.mark.parametrize("size", [0, 10, 1000, -1])
def test_a_file_cut_short_is_noticed(tmp_path: Path, size: int) -> None:
    segment = written(tmp_path / "a", random_codes(SMALL, seed=8))
    segment.path.write_bytes(segment.path.read_bytes()[:size])

    with pytest.raises(IndexDamaged):
        Segment(segment.path, segment.checksum)


def test_a_missing_file_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="cannot be read: No such file"):
        Segment(tmp_path / "a", 0)


@pytest.mark.parametrize("word", [0, 1])
def test_a_file_of_another_machine_or_version_is_noticed(tmp_path: Path, word: int) -> None:
    segment = written(tmp_path / "a", random_codes(SMALL, seed=9))
    content = bytearray(segment.path.read_bytes())
    content[len(content) - TRAILER + word * 8] += 1
    segment.path.write_bytes(content)

    with pytest.raises(IndexDamaged, match="another version"):
        Segment(segment.path, zlib.crc32(content))
