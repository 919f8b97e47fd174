"""The index among 200,000 hashes: nothing missed, nothing invented, whatever happens to it."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.matching.codes import Codes
from bridge.matching.index import PdqIndex
from bridge.matching.segment import IndexDamaged
from tests.matching.merge_until_killed import NEW, OLD
from tests.matching.planting import (
    correlated_codes,
    planted_queries,
    random_codes,
    triples_of,
    truth,
    within,
)

pytestmark = [pytest.mark.trial, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
COUNT = 200_000
EACH = 20
KILLS = 60
FLIPS = 300


def batches(codes: Codes) -> list[Codes]:
    return [codes[start : start + 9_000] for start in range(0, len(codes), 9_000)]


def found_in_views(index: PdqIndex, queries: Codes, threshold: int) -> set[tuple[int, bytes, int]]:
    """As one search, but asked as uploads do: 35 at a time."""
    return {
        (start + query, code, distance)
        for start in range(0, len(queries), 35)
        for query, code, distance in triples_of(index.search(queries[start : start + 35], threshold))
    }


@pytest.mark.parametrize("make", [random_codes, correlated_codes])
def test_planted_pairs_at_every_distance_are_found_at_every_threshold(
    tmp_path: Path, make: Callable[[int, int], Codes]
) -> None:
    codes = make(COUNT, 1)
    index = PdqIndex.build(tmp_path, batches(codes), through=1)
    queries = planted_queries(codes, EACH, seed=1)
    expected = truth(queries, codes, 48)

    for threshold in (*range(32), 48):
        assert triples_of(index.search(queries, threshold)) == within(expected, threshold)
    assert found_in_views(index, queries, 31) == within(expected, 31)


def test_they_are_found_after_additions_and_merges(tmp_path: Path) -> None:
    codes = random_codes(COUNT, seed=2)
    index = PdqIndex.build(tmp_path, batches(codes[:80_000]), through=0)
    merges = 0
    for number, batch in enumerate(batches(codes[80_000:])):
        index.add(batch, through=number)
        if index.needs_merge():
            index.merge()
            merges += 1
    index.merge()
    queries = planted_queries(codes, EACH, seed=2)

    assert merges > 10
    for opened in (index, PdqIndex.open(tmp_path)):
        assert triples_of(opened.search(queries, 31)) == truth(queries, codes, 31)


def test_a_kill_at_any_moment_of_a_merge_loses_nothing(tmp_path: Path) -> None:
    codes = random_codes(OLD + NEW, seed=1)
    command = [sys.executable, "-m", "tests.matching.merge_until_killed"]
    outcomes = []
    for size in np.random.default_rng(3).integers(0, 9_000_000, KILLS).tolist():
        folder = tmp_path / str(size)
        PdqIndex.build(folder, [codes[:OLD]], through=1).close()
        with subprocess.Popen([*command, str(folder), "-1"], cwd=ROOT) as process:
            while process.poll() is None and not _reached(folder, size):
                pass
            process.kill()
        index = PdqIndex.open(folder)
        contained = codes[: OLD + NEW if index.through == 2 else OLD]

        assert process.returncode in (0, -signal.SIGKILL)
        assert len(index) == len(index.search(contained, 0)) == len(contained)
        assert len(list(folder.iterdir())) == 2
        outcomes.append((index.through, process.returncode))

    assert outcomes.count((1, -signal.SIGKILL)) > KILLS // 2


def _reached(folder: Path, size: int) -> bool:
    """Whether the segment being written has grown to so many bytes."""
    for path in folder.glob("*.segment.new"):
        try:
            return path.stat().st_size >= size
        except FileNotFoundError:
            return True
    return False


def test_a_flipped_byte_in_any_file_is_noticed(tmp_path: Path) -> None:
    PdqIndex.build(tmp_path, batches(random_codes(COUNT, seed=4)), through=1).close()
    generator = np.random.default_rng(4)
    for path in sorted(tmp_path.iterdir()):
        for place in generator.integers(0, path.stat().st_size, FLIPS).tolist():
            flip = int(generator.integers(1, 256))
            _flip(path, place, flip)
            with pytest.raises(IndexDamaged):
                PdqIndex.open(tmp_path)
            _flip(path, place, flip)

    assert len(PdqIndex.open(tmp_path)) == COUNT


def _flip(path: Path, place: int, bits: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        [byte] = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ bits]))
