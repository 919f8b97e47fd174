"""A process that appends until it is killed, and what must be true of its log afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.compliance.logs import open_keychain
from tests.stores import new_log

ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.compliance.logs import logged_store
from bridge.events import Event, EventType

async def main(folder, count):
    async with logged_store(Path(folder)) as logged:
        keep = asyncio.create_task(logged.log.outside.keep())
        async def say(number):
            facts = {"bank": number, "entries": 1}
            case = "abcdefghabcdefgh" if number % 3 else ""
            event = Event(EventType.ENTRIES_ADDED, "x", "user:ana", facts, {"bank": "secret"}, case)
            await logged.store.write(lambda _: None, [event])
            sys.stdout.write(f"{logged.log.state.size}\\n")
            sys.stdout.flush()
        sys.stdout.write("0\\n"); sys.stdout.flush()
        number = 0
        while number < count:
            await asyncio.gather(*(say(number + at) for at in range(4)))
            number += 4
        keep.cancel()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def start_writer(folder: Path, count: int = 1 << 40, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Writes entries into the log in `folder`; prints the log's size after each that it was answered."""
    open_keychain(folder)
    return subprocess.Popen(
        [*before, sys.executable, "-c", WRITER, str(folder), str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def answered(output: str) -> int:
    """The largest size that the writer was told of; a line that was cut counts for nothing."""
    lines = output.split("\n")[:-1]
    return max((int(line) for line in lines if line), default=0)


def check_survivor(folder: Path, acknowledged: int) -> None:
    """The log verifies against itself and its outside copy, and no acknowledged entry is missing."""
    from bridge.compliance.check import check_whole

    checked = check_whole(folder / "store.db", new_log(folder).outside)
    assert not checked.problems, checked.problems
    assert checked.entries >= acknowledged
    assert checked.signed >= acknowledged
