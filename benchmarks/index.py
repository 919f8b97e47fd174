"""One PDQ hash against many: the index against threatexchange's `PDQIndex`, hash by hash in turn.

Random hashes, distance 31. Ours is built, and opened for the first answer, in a process of its
own, whose own (anonymous) memory is what is printed; mapped files come on top, as page cache.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bridge.matching.codes import Codes, bytes_of, codes_of
from bridge.matching.index import PdqIndex

if TYPE_CHECKING:
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex

T = TypeVar("T")

SIZES = (100_000, 1_000_000, 10_000_000)
THRESHOLD = 31
VIEWS = 35
QUERIES = VIEWS * 20
BATCH = 50_000


def run() -> None:
    """Prints one line for each of `SIZES`."""
    print(
        "              one hash                     35 views of an upload   ours: file to   ours: own memory"
    )
    print("   hashes   PDQIndex      ours   times    a view   times   first answer   building   searching")
    for count in SIZES:
        with TemporaryDirectory() as name:
            folder = Path(name)
            building = _alone(_build, folder, count)
            opening, searching = _alone(_open, folder, count)
            other, one, many = _compared(PdqIndex.open(folder), _reference(count))
        print(
            f"{count:9,}  {other * 1e6:6.0f} µs  {one * 1e6:5.0f} µs  {other / one:5.1f}×"
            f"  {many * 1e6:5.0f} µs  {other / many:5.1f}×  {opening * 1e3:10.0f} ms"
            f"  {building:6.0f} MB   {searching:6.0f} MB"
        )


def _reference(count: int) -> PDQIndex[None]:
    """The index HMA uses. Imported here: what ours takes is measured in processes without it."""
    import faiss
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex

    faiss.omp_set_num_threads(1)
    theirs = PDQIndex[None]()
    for codes in _batches(count):
        theirs.add_all((code.hex(), None) for code in bytes_of(codes))
    return theirs


def _compared(ours: PdqIndex, theirs: PDQIndex[None]) -> tuple[float, float, float]:
    """Median seconds a hash: theirs, ours one by one, ours in batches; one thread each, warm."""
    for code in bytes_of(_random(QUERIES, seed=3)):
        theirs.query(code.hex())
        ours.search(codes_of(code), THRESHOLD)
    queries = _random(QUERIES, seed=2)
    other, one, many = [], [], []
    for number, code in enumerate(bytes_of(queries)):
        begin = time.perf_counter()
        theirs.query(code.hex())
        turn = time.perf_counter()
        ours.search(queries[number : number + 1], THRESHOLD)
        other.append(turn - begin)
        one.append(time.perf_counter() - turn)
    for start in range(0, QUERIES, VIEWS):
        begin = time.perf_counter()
        ours.search(queries[start : start + VIEWS], THRESHOLD)
        many.append((time.perf_counter() - begin) / VIEWS)
    return median(other), median(one), median(many)


def _build(folder: Path, count: int) -> float:
    """The most memory of its own that building takes, in MB."""
    with watched_memory() as memory:
        PdqIndex.build(folder, _batches(count), through=count).close()
    return memory.peak


@dataclass(slots=True)
class Memory:
    """The most memory of its own that a process had, in MB."""

    peak: float = 0.0


@contextmanager
def watched_memory() -> Iterator[Memory]:
    memory, done = Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            memory.peak = max(memory.peak, _own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def _open(folder: Path, count: int) -> tuple[float, float]:
    """Seconds from opening to the first answer; memory of its own after some more, in MB."""
    queries = _random(QUERIES, seed=2)
    begin = time.perf_counter()
    index = PdqIndex.open(folder)
    index.search(queries[:1], THRESHOLD)
    seconds = time.perf_counter() - begin
    for start in range(0, len(queries), VIEWS):
        index.search(queries[start : start + VIEWS], THRESHOLD)
    return seconds, _own_memory()


def _alone(work: Callable[[Path, int], T], folder: Path, count: int) -> T:
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, folder, count).result()


def _own_memory() -> float:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def _batches(count: int) -> Iterator[Codes]:
    for start in range(0, count, BATCH):
        yield _random(min(BATCH, count - start), seed=start)


def _random(count: int, seed: int) -> Codes:
    return np.random.default_rng([1, seed]).integers(0, 1 << 64, (count, 4), np.uint64)
