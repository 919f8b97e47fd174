"""Run by the tests as a process of its own: merges, and dies by SIGKILL at one of its steps.

A step is anything that Python's audit events tell of the index's folder: a file opened (also to
be synced), renamed or deleted.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path

from bridge.matching.index import PdqIndex
from tests.matching.planting import random_codes

OLD, NEW = 30_000, 9_000


def main(folder: Path, last_step: int) -> None:
    index = PdqIndex.open(folder)
    index.add(random_codes(OLD + NEW, seed=1)[OLD:], through=2)
    steps = count()

    def die_in_time(event: str, arguments: tuple[object, ...]) -> None:
        is_step = event in ("open", "os.rename", "os.remove") and str(folder) in str(arguments[0])
        if is_step and next(steps) == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die_in_time)
    index.merge()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
