"""100,000 new entries: nothing missed, nothing invented; and a run that is killed again and again."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bridge.catalogue import Bank, Category
from bridge.events import Event, EventType
from bridge.matching.codes import Codes, bytes_of, gather
from bridge.outcomes import Outcome
from bridge.rematching.sieve import Sieve
from bridge.signals import UPRIGHT, Signal, Signals, SignalType, View
from bridge.store.entries import add_entries
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict
from tests.houses import House
from tests.matching.planting import (
    correlated_codes,
    flipped,
    planted_queries,
    random_codes,
    truth,
    within,
)
from tests.stores import open_store

pytestmark = [pytest.mark.trial, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
COUNT, EACH = 100_000, 20
UPLOADS, KILLS = 400, 12


@pytest.mark.parametrize("make", [random_codes, correlated_codes])
def test_planted_pairs_at_every_distance_are_found(make: Callable[[int, int], Codes]) -> None:
    codes = make(COUNT, 1)
    views = planted_queries(codes, EACH, seed=1)
    expected = truth(views, codes, 31)
    for threshold in (31, 24, 20, 4):
        sieve = Sieve(codes, threshold)
        near = sieve.search(views)
        values = bytes_of(gather(sieve.codes[near.codes]))
        found = set(zip(near.views.tolist(), values, near.distances.tolist(), strict=True))
        assert found == within(expected, threshold)


def test_kills_at_any_moment_lose_nothing_and_find_nothing_twice(tmp_path: Path) -> None:
    asyncio.run(_past_and_list(tmp_path))
    killed = 0
    for number in range(1, KILLS + 1):
        killed += _killed_at(tmp_path, number * UPLOADS // (KILLS + 1))
    assert killed > KILLS // 2
    subprocess.run(_command(tmp_path), cwd=ROOT, check=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db")) as store:
        (found,) = store.execute("SELECT found FROM rematch WHERE through = target").fetchone()
        matches = "SELECT count(*), count(DISTINCT upload_id), min(retroactive) FROM matches"
        counted = store.execute(matches).fetchone()
        cases = store.execute("SELECT count(*) FROM cases").fetchone()
    assert found == UPLOADS
    assert counted == (UPLOADS, UPLOADS, 1)
    assert cases == (UPLOADS,)


def _killed_at(folder: Path, found: int) -> bool:
    """Whether it was killed when it had found so many, before it ended by itself."""
    with subprocess.Popen(_command(folder), cwd=ROOT) as process:
        while process.poll() is None and _found(folder) < found:
            pass
        process.kill()
    return process.returncode != 0


def _found(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "store.db", timeout=30)) as store:
        return int(store.execute("SELECT found FROM rematch").fetchone()[0])


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.rematching.grow_until_killed", str(folder)]


async def _past_and_list(folder: Path) -> None:
    """Uploads that matched nothing, and then a list with something near each of them."""
    house = House(await open_store(folder / "store.db"), folder / "index")
    codes = random_codes(UPLOADS, seed=2)
    await _past(house, flipped(codes, codes[:, 0].astype(np.intp) % 12, seed=2))
    bank = await house.banks.create(Bank("list", Category.TERRORISM, threshold=31), "test")
    signals = [Signal(SignalType.PDQ, value, 90) for value in bytes_of(codes)]
    said = Event(EventType.ENTRIES_ADDED, "list")
    await house.store.write(partial(add_entries, bank=bank, signals=signals), [said])
    house.hasher.close()
    await house.store.close()


async def _past(house: House, codes: Codes) -> None:
    """One upload of an author of its own for each code."""
    outcomes = []
    for number, value in enumerate(bytes_of(codes)):
        name = number.to_bytes(4)
        view = View(UPRIGHT, value, 90)
        signals = Signals(name * 8, name * 5, name * 4, 1, "image/png", views=(view,))
        upload = Upload(Source.API, "key:app", claimed_author=f"author {number}")
        outcomes.append(Outcome(upload, signals, Verdict.NO_MATCH, (), (), None))
    await asyncio.gather(*(house.pipeline.record(outcome) for outcome in outcomes))
