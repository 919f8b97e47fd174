"""`hma-console serve` as apps and the operator meet it: a bank of a million hashes, uploads of 1 MB.

The bridge runs in a process of its own, the clients in this one, on the same cores. What Pillow +
pdqhash take for the same pictures, without HTTP and without matching, stands beside it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from benchmarks.hashing import reference
from benchmarks.photographs import of_about
from tests.api.asking import V1, add_hash, ask_hash, make_bank
from tests.serving import Served, serving

ENTRIES = 1_000_000
PIECE = 50_000
UPLOAD = 1_000_000
UPLOADS = 120
CLIENTS = (1, 8)
ADDITIONS = 20

_numbers = count(1)


def run() -> None:
    """Prints a line for each figure, with its goal where it has one."""
    with tempfile.TemporaryDirectory(prefix="hma-") as folder:
        asyncio.run(_figures(Path(folder)))


async def _figures(folder: Path) -> None:
    pictures = of_about(UPLOAD)
    with serving(folder) as served:
        async with served.operator() as operator:
            _print("memory after the start, no entry", _megabytes(served), "under 120 MB")
            await make_bank(operator)
            await add_hash(operator, "own", md5="f0" * 16)
            await _uploads(operator, pictures, 1, 10)
            _print("memory after ten uploads, one entry", _megabytes(served), "under 120 MB")
            _print("import", f"{await _import(operator):,.0f} hashes/s", "at least 50,000 hashes/s")
            begin = time.perf_counter()
            await _answer(operator, _hashes(PIECE, seed=ENTRIES // PIECE - 1)[-1])
            _print("its last hash matchable after", f"{time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    with serving(folder) as served:
        async with served.operator() as operator:
            await _answer(operator, _hashes(PIECE, seed=0)[0])
            _print("start to the first answer", f"{time.perf_counter() - begin:.2f} s", "under 2 s")
            await _uploads(operator, pictures, 1, 10)
            _print(f"memory after ten uploads, {ENTRIES:,} entries", _megabytes(served), "under 250 MB")
            _print("addition to matchable", f"{await _addition(operator) * 1e3:.0f} ms", "under 1 s")
            alone = _alone(pictures)
            _print("Pillow + pdqhash alone, files of 1 MB", f"{1 / alone:.1f} pictures/s")
            for clients in CLIENTS:
                rate, slowest = await _uploads(operator, pictures, clients, UPLOADS)
                _print(
                    f"uploads of the same, {clients} at a time",
                    f"{rate:.1f} requests/s, p99 {slowest * 1e3:.0f} ms",
                    f"{rate * alone:.1f}× Pillow + pdqhash alone",
                )
            _print("memory at most", f"{served.memory('VmHWM') / 1e6:.0f} MB")


async def _import(operator: httpx.AsyncClient) -> float:
    """Hashes read into the bank a second, all of them answered for."""
    begin = time.perf_counter()
    answer = await operator.post(f"{V1}/admin/bank/own/import", content=_list(), timeout=600)
    took = time.perf_counter() - begin
    assert answer.json()["added"] == ENTRIES, answer.text
    return ENTRIES / took


async def _list() -> AsyncIterator[bytes]:
    for number in range(ENTRIES // PIECE):
        yield "".join(f"{value}\n" for value in _hashes(PIECE, seed=number)).encode()


def _hashes(count: int, seed: int) -> list[str]:
    """Random PDQ hashes, the same on every run."""
    digits = np.random.default_rng(seed).bytes(32 * count).hex()
    return [digits[at : at + 64] for at in range(0, len(digits), 64)]


async def _answer(operator: httpx.AsyncClient, value: str) -> None:
    """Returns once this hash of the bank was matched; until the index is open the answer is 503."""
    while not (await ask_hash(operator, value)).json().get("matched"):
        pass


async def _addition(operator: httpx.AsyncClient) -> float:
    """Seconds from sending a new hash to the answer that it matches: the longest of some."""
    taken = []
    for value in _hashes(ADDITIONS, seed=ENTRIES):
        begin = time.perf_counter()
        await add_hash(operator, "own", pdq=value)
        while not (await ask_hash(operator, value)).json()["matched"]:
            pass
        taken.append(time.perf_counter() - begin)
    return max(taken)


async def _uploads(
    operator: httpx.AsyncClient, pictures: list[bytes], clients: int, uploads: int
) -> tuple[float, float]:
    """Requests a second, and seconds that 99 of 100 take at most."""
    waiting = iter(range(uploads))
    taken: list[float] = []

    async def one_after_another() -> None:
        for _ in waiting:
            number = next(_numbers)
            body = pictures[number % len(pictures)] + number.to_bytes(
                8
            )  # new bytes: nothing is known of them
            begin = time.perf_counter()
            answer = await operator.post(f"{V1}/match", content=body)
            taken.append(time.perf_counter() - begin)
            assert answer.status_code == 200, answer.text

    begin = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(clients)))
    return uploads / (time.perf_counter() - begin), float(np.percentile(taken, 99))


def _alone(pictures: list[bytes]) -> float:
    """Seconds that the reference's way takes to hash one of them."""
    taken = []
    for picture in pictures * 4:
        begin = time.perf_counter()
        reference(picture)
        taken.append(time.perf_counter() - begin)
    return median(taken)


def _megabytes(served: Served) -> str:
    return f"{served.memory('VmRSS') / 1e6:.0f} MB, {served.memory('RssAnon') / 1e6:.0f} MB its own"


def _print(what: str, figure: str, goal: str = "") -> None:
    print(f"{what:48}  {figure:36}  {goal}")
