"""The policy: another threshold tried on 10,000 stored matches of one bank, and what it reads."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from bridge.simulation import simulate
from bridge.store.database import reader_engine
from bridge.store.simulation import seen
from tests.pasts import BANKS, write_past

MATCHES = 10_000
TIMES = 9


def run() -> None:
    """Prints the median of nine tries, and beside it what reading alone takes."""
    with TemporaryDirectory(prefix="hma-") as folder:
        path = Path(folder) / "store.db"
        write_past(path, MATCHES * len(BANKS), 1)
        engine = reader_engine(path)
        with engine.connect() as connection:
            reading, whole = zip(*(_timed(connection) for _ in range(TIMES)), strict=True)
        engine.dispose()
    print(f"a try on {MATCHES:,} matches of a bank: median {median(whole) * 1000:.0f} ms (goal 1,000)")
    print(f"  reading them with their cases alone: {median(reading) * 1000:.0f} ms")


def _timed(connection: Connection) -> tuple[float, float]:
    """Seconds until all was read, and until it was simulated."""
    bank, began = BANKS[0], time.perf_counter()
    whole = seen(connection, bank.id)
    read = time.perf_counter() - began
    simulate(bank, replace(bank, threshold=20), BANKS, whole)
    return read, time.perf_counter() - began
