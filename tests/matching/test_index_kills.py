"""A kill -9 at any step of a merge leaves the index before it or the one after it, whole."""

import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

from bridge.matching.index import PdqIndex
from tests.matching.merge_until_killed import NEW, OLD
from tests.matching.planting import random_codes

ROOT = Path(__file__).parents[2]


def merge_until(folder: Path, last_step: int) -> int:
    command = [sys.executable, "-m", "tests.matching.merge_until_killed", str(folder), str(last_step)]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode


def test_a_kill_at_any_step_of_a_merge_loses_nothing(tmp_path: Path) -> None:
    codes = random_codes(OLD + NEW, seed=1)
    outcomes = []
    for step in count():
        folder = tmp_path / str(step)
        PdqIndex.build(folder, [codes[:OLD]], through=1).close()
        killed = merge_until(folder, step)
        index = PdqIndex.open(folder)
        contained = codes[: OLD + NEW if index.through == 2 else OLD]

        assert len(index) == len(index.search(contained, 0)) == len(contained)
        assert len(list(folder.iterdir())) == 2
        outcomes.append(index.through)
        if killed == 0:
            break
        assert killed == -signal.SIGKILL

        index.add(codes[OLD:], through=2)
        index.merge()
        assert len(PdqIndex.open(folder).search(codes, 0)) == len(codes)

    assert outcomes == sorted(outcomes)
    assert outcomes.count(1) >= 5
    assert outcomes.count(2) >= 3
