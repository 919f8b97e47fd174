"""A watched list of a million hashes: how long it takes to be read, and what matching is like meanwhile.

The bridge runs in a process of its own, the client in this one, on the same cores. Then again, with the
bridge killed in the middle, and once more with a tenth of the list changed.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.photographs import of_about
from tests.api.asking import V1, add_hash, make_bank
from tests.serving import Served, serving

ENTRIES = 1_000_000
UPLOADS_BEFORE = 40
KILLED_AT = 400_000
EVERY = 0.25


def run() -> None:
    """Prints a line for each figure, with its goal where it has one."""
    with tempfile.TemporaryDirectory(prefix="hma-") as folder:
        source = Path(folder) / "list.txt"
        _write(source, 0)
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        whole.mkdir()
        killed.mkdir()
        asyncio.run(_read_whole(whole, source))
        _write(source, 0)
        asyncio.run(_killed(killed, source))


async def _read_whole(folder: Path, source: Path) -> None:
    pictures = of_about(1_000_000)
    with serving(folder) as served:
        async with served.operator() as operator:
            await make_bank(operator)
            await add_hash(operator, "own", md5="f0" * 16)
            before = await _uploads(operator, pictures, asyncio.Event(), UPLOADS_BEFORE)
            took, during = await _while_reading(operator, pictures, lambda: _connect(operator, source))
            _print(f"{ENTRIES:,} entries read", f"{took:.1f} s", "under 60 s")
            _print("uploads of 1 MB before", _pace(before))
            _print("uploads of 1 MB meanwhile", _pace(during))
            _print("memory at most", _most(served), "under 300 MB")
            _write(source, ENTRIES // 10)
            took, _ = await _while_reading(operator, pictures, lambda: operator.post(f"{_LIST}/sync"))
            _print("again, a tenth of it others", f"{took:.1f} s")
            _print("memory at most", _most(served), "under 300 MB")


async def _killed(folder: Path, source: Path) -> None:
    with serving(folder) as served:
        async with served.operator() as operator:
            await _connect(operator, source)
            while (await _state(operator))["entries"] < KILLED_AT:
                await asyncio.sleep(EVERY)
            served.kill()
    begin = time.perf_counter()
    with serving(folder) as served:
        async with served.operator() as operator:
            resumed_at = (await _state(operator))["entries"]
            state = await _read(operator)
            took = time.perf_counter() - begin
            _print(
                f"killed after {resumed_at:,}, read to the end",
                f"{took:.1f} s",
                f"{state['entries']:,} entries",
            )
            _print("  of which were read again", f"{state['changes_read'] - (ENTRIES - resumed_at):,}", "0")


async def _while_reading(
    operator: httpx.AsyncClient, pictures: list[bytes], begin: Any
) -> tuple[float, list[float]]:
    """Seconds until the list was read, and those that each upload took meanwhile."""
    ended = asyncio.Event()
    began = time.perf_counter()
    await begin()
    uploads = asyncio.create_task(_uploads(operator, pictures, ended))
    await _read(operator)
    took = time.perf_counter() - began
    ended.set()
    return took, await uploads


_numbers = iter(range(1_000_000_000))


async def _uploads(
    operator: httpx.AsyncClient, pictures: list[bytes], ended: asyncio.Event, most: int = 1_000_000
) -> list[float]:
    taken: list[float] = []
    while not ended.is_set() and len(taken) < most:
        number = next(_numbers)
        begin = time.perf_counter()
        answer = await operator.post(
            f"{V1}/match", content=pictures[number % len(pictures)] + number.to_bytes(8)
        )
        taken.append(time.perf_counter() - begin)
        assert answer.status_code == 200, answer.text
    return taken


_LIST = f"{V1}/exchanges/list"


async def _connect(operator: httpx.AsyncClient, source: Path) -> None:
    wanted = {"name": "list", "kind": "watched", "settings": {"source": str(source)}, "category": "ncii"}
    answer = await operator.post(f"{V1}/exchanges", json=wanted)
    assert answer.status_code == 201, answer.text


async def _state(operator: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await operator.get(_LIST)).json())


async def _read(operator: httpx.AsyncClient) -> dict[str, Any]:
    """How the list is once it was read to its end."""
    while True:
        state = await _state(operator)
        assert not state["fault"], state["fault"]
        if state["state"] == "current":
            return state
        await asyncio.sleep(EVERY)


def _write(source: Path, others: int) -> None:
    """Random PDQ hashes, the same on every run but for so many of them."""
    new = np.random.default_rng(1).bytes(32 * others) + np.random.default_rng(0).bytes(32 * ENTRIES)
    digits = new[: 32 * ENTRIES].hex()
    beside = source.with_suffix(".new")
    beside.write_text("".join(f"{digits[at : at + 64]}\n" for at in range(0, len(digits), 64)))
    beside.replace(source)


def _pace(taken: list[float]) -> str:
    return f"{len(taken) / sum(taken):.1f} requests/s, p99 {float(np.percentile(taken, 99)) * 1e3:.0f} ms"


def _most(served: Served) -> str:
    return f"{served.memory('VmHWM') / 1e6:.0f} MB"


def _print(what: str, figure: str, goal: str = "") -> None:
    print(f"{what:48}  {figure:36}  {goal}")
