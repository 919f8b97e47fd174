"""JPEG bytes → PDQ and quality, against Pillow + pdqhash: the way of threatexchange and HMA.

All ways take turns on the same pictures in one thread; each figure is the median.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.photographs import jpegs
from bridge.decoding.pictures import Picture
from bridge.hashing import Hasher
from bridge.pdq import Digest, NeedsFullSize, digest
from bridge.receiving import content_of
from bridge.views import look

SIZES = ((400, 300), (1024, 768), (2000, 2000), (4000, 3000))
ROUNDS = 7
PICTURES_AT_ONCE = 4
PICTURES = 60
TICK = 0.001

Way = Callable[[bytes], object]


def run() -> None:
    """Prints a line for each size, the cost of all views, and how the event loop stands still."""
    for size in SIZES:
        _warm_up(jpegs(*size)[0])
    print("                        Pillow + pdqhash     ours, exact          ours, guarded scaled decode")
    for width, height in SIZES:
        theirs, exact, guarded = _medians((reference, _exact, _guarded), jpegs(width, height))
        print(
            f"{width:5} × {height:<5}  {theirs * 1e3:17.1f} ms"
            f"  {exact * 1e3:9.1f} ms {theirs / exact:5.1f}×"
            f"  {guarded * 1e3:18.1f} ms {theirs / guarded:5.1f}×"
        )
    plain, looked = _medians((_guarded, _views), jpegs(2000, 2000))
    more = looked - plain
    print(f"\nall views at 2000 × 2000: {looked * 1e3:.1f} ms, {more * 1e3:.1f} ms more than the hash alone")
    print("\nevent loop late by, while two threads hash 2000 × 2000:      p50       p99     p99.9       most")
    for name, lateness in asyncio.run(_stalls()).items():
        shares = (*np.percentile(lateness, (50, 99, 99.9)), max(lateness))
        print(f"{name:52}", *(f"{share * 1e3:6.1f} ms" for share in shares))


def reference(data: bytes) -> object:
    """The hash by Pillow and pdqhash."""
    import pdqhash

    with Image.open(io.BytesIO(data)) as image:
        return pdqhash.compute(np.array(image.convert("RGB")))


def _exact(data: bytes) -> Digest:
    with Picture(data, "image/jpeg", 1) as picture:
        return digest(picture.first(1))


def _guarded(data: bytes) -> Digest:
    with Picture(data, "image/jpeg", 1) as picture:
        try:
            return digest(picture.first(picture.scale))
        except NeedsFullSize:
            return _exact(data)


def _views(data: bytes) -> object:
    with Picture(data, "image/jpeg", 1) as picture:
        try:
            return look(picture.first(picture.scale))
        except NeedsFullSize:
            with Picture(data, "image/jpeg", 1) as again:
                return look(again.first(1))


def _warm_up(data: bytes) -> None:
    """Weights are computed once a size, which is no part of a picture's cost."""
    for way in (reference, _exact, _guarded, _views):
        way(data)


def _medians(ways: tuple[Way, ...], pictures: list[bytes]) -> list[float]:
    """Seconds that each way takes."""
    taken: list[list[float]] = [[] for _ in ways]
    for data in islice(cycle(pictures), ROUNDS * len(pictures)):
        for way, times in zip(ways, taken, strict=True):
            begin = time.perf_counter()
            way(data)
            times.append(time.perf_counter() - begin)
    return [median(times) for times in taken]


async def _stalls() -> dict[str, list[float]]:
    """How late the loop wakes, in seconds, by what works beside it."""
    pictures = jpegs(2000, 2000)
    contents = [content_of(data) for data in pictures]
    hasher, threads = Hasher(), ThreadPoolExecutor(2)
    loop = asyncio.get_running_loop()

    async def ours(number: int) -> None:
        await hasher.hash(contents[number % len(contents)])

    async def theirs(number: int) -> None:
        await loop.run_in_executor(threads, reference, pictures[number % len(pictures)])

    async def nothing(_: int) -> None:
        await asyncio.sleep(0.02)

    found = {
        "nothing": await _lateness(nothing),
        "ours, all views": await _lateness(ours),
        "Pillow + pdqhash": await _lateness(theirs),
    }
    hasher.close()
    threads.shutdown()
    return found


async def _lateness(work: Callable[[int], Awaitable[None]]) -> list[float]:
    late: list[float] = []

    async def tick() -> None:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - begin - TICK)

    ticking = asyncio.create_task(tick())
    numbers = iter(range(PICTURES))

    async def one_after_another() -> None:
        for number in numbers:
            await work(number)

    await asyncio.gather(*(one_after_another() for _ in range(PICTURES_AT_ONCE)))
    ticking.cancel()
    return late
