"""The compliance log: signed durable appends beside bare fdatasync; a million entries checked, exported."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from bridge.compliance.export import ExportRequest, Scope, ScopeKind, plan, write_bundle
from bridge.compliance.leaf import Leaf
from bridge.compliance.log import ComplianceLog
from bridge.compliance.reading import reading
from bridge.events import Event, EventType
from bridge.store.database import writer_engine
from tests.compliance.logs import LoggedStore, logged_store, open_keychain
from tests.stores import new_log

ENTRIES = 1_000_000
EXPORTED = 10_000
APPENDS = 400
BATCH = 5_000


def run() -> None:
    """Prints a line for each figure, with its goal where it has one."""
    with tempfile.TemporaryDirectory(prefix="hma-") as folder:
        asyncio.run(_appends(Path(folder)))
    with tempfile.TemporaryDirectory(prefix="hma-") as folder:
        asyncio.run(_large(Path(folder)))


async def _appends(folder: Path) -> None:
    async with logged_store(folder) as logged:
        took, bare = [], []
        with (folder / "bare").open("wb") as file:
            for _ in range(APPENDS):
                took.append(await _timed(logged))
                began = time.perf_counter()
                file.write(bytes(4096))
                file.flush()
                os.fdatasync(file.fileno())
                bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        await asyncio.gather(*(logged.say(_event(number)) for number in range(2000)))
        together = 2000 / (time.perf_counter() - began)
    stored = (folder / "store.db").stat().st_size / (APPENDS + 2000)
    goal = 3 * median(bare) * 1000 + 5
    print(f"append, signed and durable: median {median(took) * 1000:.2f} ms (goal {goal:.2f})")
    print(f"  p95 {sorted(took)[int(APPENDS * 0.95)] * 1000:.2f} ms, fdatasync {median(bare) * 1000:.2f} ms")
    print(f"  {1 / median(took):,.0f} a second one by one (goal 100), {together:,.0f} waiting together")
    print(f"  {stored:.0f} bytes an entry with what opens it, news and all (goal 600)")


async def _timed(logged: LoggedStore) -> float:
    began = time.perf_counter()
    await logged.say(_event(1))
    return time.perf_counter() - began


def _event(number: int) -> Event:
    """With a commitment and what opens it: the larger kind of entry."""
    facts: dict[str, str | int] = {"bank": number, "entries": 1}
    return Event(EventType.ENTRIES_ADDED, "x", "user:ana", facts, {"bank": "a list of somebody's"})


async def _large(folder: Path) -> None:
    async with logged_store(folder) as logged:
        await logged.say(_event(0))
    _timed_line(f"{ENTRIES:,} entries written", lambda: _fill(folder))
    size = (folder / "store.db").stat().st_size
    print(f"bytes an entry: {size / ENTRIES:.0f} (goal 600)")
    program = (
        "import sys; from pathlib import Path; from tests.stores import new_log;"
        "from bridge.compliance.check import check_whole;"
        "f = Path(sys.argv[1]); c = check_whole(f / 'store.db', new_log(f).outside);"
        "status = Path('/proc/self/status').read_text();"
        "most = int(status.split('VmHWM:')[1].split()[0]);"
        "print(c.took_ms / 1000, most // 1024, c.is_whole)"
    )
    seconds, megabytes, whole = _run(sys.executable, "-c", program, str(folder)).split()
    print(f"full check: {float(seconds):.1f} s (goal 10), {megabytes} MB in all (goal 64), whole: {whole}")
    _timed_line("check at the start (goal 0.5 s)", lambda: _start(folder))
    _export(folder)


def _fill(folder: Path) -> None:
    """Through the log itself, in large commits on one connection."""
    log = new_log(folder, open_keychain(folder))
    engine = writer_engine(folder / "store.db", lambda *_: 0)
    with closing(engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert driver is not None
        log.open(driver)
        for start in range(0, ENTRIES, BATCH):
            driver.execute("BEGIN IMMEDIATE")
            log.append(driver, [Event(EventType.HEARTBEAT, "x", facts={"entries": start})] * BATCH)
            driver.execute("COMMIT")
            log.committed()
    engine.dispose()
    log.outside.flush()


def _start(folder: Path) -> None:
    log: ComplianceLog = new_log(folder, open_keychain(folder))
    engine = writer_engine(folder / "store.db", lambda *_: 0)
    with closing(engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert driver is not None
        log.open(driver)
    engine.dispose()
    assert log.trouble is None


def _export(folder: Path) -> None:
    """Ten thousand entries in the middle; the export's own entry is the log's last already."""
    keychain = open_keychain(folder)
    with reading(folder / "store.db") as reader:
        first, last = (Leaf.of_bytes(reader.leaf(idx)).at for idx in (ENTRIES // 2, ENTRIES // 2 + EXPORTED))
        request = ExportRequest(Scope(ScopeKind.RANGE, since=first, until=last + 1), folder / "out")
    began = time.perf_counter()
    with reading(folder / "store.db") as reader:
        planned = plan(reader, request)
    entry = _log_it(folder, planned.facts)
    with reading(folder / "store.db") as reader:
        made = write_bundle(reader, planned, entry, keychain, lambda *_: None)
    print(f"export of {made.entries:,} entries, checked: {time.perf_counter() - began:.1f} s (goal 10)")
    _timed_line(
        "verify.py on it (goal 10 s)",
        lambda: subprocess.run(
            [sys.executable, str(made.path / "verify.py")], check=True, capture_output=True
        ),
    )
    proof = next((made.path / "log/proofs").iterdir()).stat().st_size
    print(f"a proof: {proof:,} bytes (goal 2,000 at 10 M)")


def _log_it(folder: Path, facts: dict[str, str | int]) -> int:
    log = new_log(folder, open_keychain(folder))
    engine = writer_engine(folder / "store.db", lambda *_: 0)
    with closing(engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert driver is not None
        log.open(driver)
        driver.execute("BEGIN IMMEDIATE")
        [entry] = log.append(driver, [Event(EventType.LOG_EXPORTED, "log", facts=facts)])
        driver.execute("COMMIT")
    engine.dispose()
    return entry


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _timed_line(what: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - began:.2f} s")
