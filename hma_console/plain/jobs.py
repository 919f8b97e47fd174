"""Long things told as they go: a line each 10 % or 10 s, and how they ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bridge.errors import BridgeError
from hma_console.log_answers import LogJob
from hma_console.log_reading import JOB_EVERY, ended
from hma_console.plain.desk import Desk
from hma_console.plain.lines import told
from hma_console.plain.progress import Progress
from hma_console.status import Imported
from hma_console.words import safe


async def log_job(desk: Desk, subject: str, start: Callable[[], Awaitable[LogJob]]) -> LogJob:
    """A check or an export, told until it has ended. Raises BridgeError."""
    progress = Progress(desk.clock())

    def tell(job: LogJob) -> None:
        if progress.is_due(job.percent, desk.clock()):
            desk.talk.say(told(subject, [f"{job.percent} %", safe(job.step).replace("_", " ")]))

    return await ended(desk.client, start, tell)


async def import_job(desk: Desk, bank: str, reading: Awaitable[Imported]) -> Imported:
    """An import, told from the bridge's status until it has ended. Raises BridgeError."""
    task, progress = asyncio.ensure_future(reading), Progress(desk.clock())
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=JOB_EVERY)
            with suppress(BridgeError):  # the import itself says what is wrong
                await _tell_import(desk, bank, progress)
    finally:
        task.cancel()
    return task.result()


async def _tell_import(desk: Desk, bank: str, progress: Progress) -> None:
    for job in (await desk.client.status()).jobs:
        percent = round(100 * (job.share or 0))
        if job.bank == bank and progress.is_due(percent, desk.clock()):
            done = [f"{percent} %"] if job.share is not None else []
            counts = [f"{job.added:,} added", f"{job.already:,} there already", f"{job.bad_count:,} not read"]
            desk.talk.say(told("Import", [*done, *counts]))
