"""The Queue over 10,000 open cases: how fast it opens, scrolls and decides, and what the console holds.

The bridge runs in a process of its own, the console with an 80×24 screen in this one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from textual.pilot import Pilot

from bridge.settings import load
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from tests.many_cases import fill
from tests.serving import serving

CASES = 10_000
FLOOD = 2_000
OPENINGS = 5


def run() -> None:
    """Prints a line for each figure, with its goal where it has one."""
    for flood in (0, FLOOD):
        with tempfile.TemporaryDirectory(prefix="hma-") as folder:
            asyncio.run(_figures(Path(folder), flood))


async def _figures(folder: Path, flood: int) -> None:
    print(f"{CASES:,} open cases" + (f", {flood:,} of them close to one entry" if flood else ""))
    fill(load(folder).store_path, CASES, flood=flood)
    with serving(folder) as served:
        async with served.operator() as http:
            await _pages(http)
            await _console(http)


async def _pages(http: httpx.AsyncClient) -> None:
    took = []
    for offset in range(0, CASES, CASES // 20):
        began = time.perf_counter()
        await http.get("/api/v1/cases", params={"state": "waiting", "limit": 200, "offset": offset})
        took.append((time.perf_counter() - began) * 1000)
    print(f"  a page of 200 cases from the bridge: median {median(took):.0f} ms, most {max(took):.0f} ms")


async def _console(http: httpx.AsyncClient) -> None:
    app = ConsoleApp(BridgeClient(http))
    async with app.run_test(size=(80, 24)) as pilot:

        def words() -> str:
            return "\n".join(row.text for row in app.screen._compositor.render_strips())

        await _seen(pilot, lambda: "cases wait" in words())
        before = _resident()
        opened = []
        for _ in range(OPENINGS):
            began = time.perf_counter()
            await pilot.press("2")
            await _seen(pilot, lambda: "most pressing first" in words() and "▸" in words())
            opened.append((time.perf_counter() - began) * 1000)
            await pilot.press("1")
        print(f"  the Queue opens: first {opened[0]:.0f} ms (goal 300), again {median(opened[1:]):.0f} ms")
        await pilot.press("2")
        await _seen(pilot, lambda: "▸" in words())
        keys = []
        while app.screen.cases.has_more:  # type: ignore[attr-defined]
            began = time.perf_counter()
            await pilot.press("end")
            keys.append((time.perf_counter() - began) * 1000)
            await pilot.pause(0.02)
        print(f"  End, until all were read: {len(keys)} keys, the slowest {max(keys):.0f} ms")
        began = time.perf_counter()
        await pilot.press("pageup")
        print(f"  a page up among {CASES:,}: {(time.perf_counter() - began) * 1000:.0f} ms (goal 100)")
        held = _resident()
        print(f"  the console holds {held:.0f} MB (goal 150), {held - before:.0f} of them for the cases")


async def _seen(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    while not condition():
        await pilot.pause(0.002)


def _resident() -> float:
    """Megabytes of this process in RAM."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
