"""The log as a screen reads it: page by page from its newest entry on, and a job until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.errors import BridgeError
from hma_console.client import BridgeClient
from hma_console.log_answers import LogJob, LogPage, LogRow

JOB_EVERY = 0.3
"""Seconds after which the progress of a check or an export is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: those whose type begins so, of one case, of one day in UTC; empty for any."""

    type: str = ""
    case_id: str = ""
    day: str = ""


class LogPages:
    """The entries read so far for what was `asked` last, newest first."""

    def __init__(self, client: Callable[[], BridgeClient]) -> None:
        self._client = client
        self._following: int | None = None
        self.asked = Asked()
        self.rows: tuple[LogRow, ...] = ()

    @property
    def has_more(self) -> bool:
        return self._following is not None

    async def read(self, asked: Asked) -> tuple[LogRow, ...]:
        """The newest; what was read below them stays, where nothing lies between. Raises BridgeError."""
        if asked != self.asked:
            self.asked, self.rows, self._following = asked, (), None
        page = await self._page(None)
        kept: tuple[LogRow, ...] = ()
        if page.rows and self.rows and self.rows[0].index >= page.rows[-1].index:
            kept = tuple(row for row in self.rows if row.index < page.rows[-1].index)
        if not kept:
            self._following = page.following
        self.rows = (*page.rows, *kept)
        return self.rows

    async def read_more(self) -> tuple[LogRow, ...]:
        """With a page of older ones. Raises BridgeError."""
        below = self._following
        page = await self._page(below)
        if self._following == below:  # nothing else was read meanwhile that ends elsewhere
            self._following = page.following
            self.rows = (*self.rows, *page.rows)
        return self.rows

    async def _page(self, before: int | None) -> LogPage:
        asked = self.asked
        return await self._client().log_entries(
            type_=asked.type, case_id=asked.case_id, day=asked.day, before=before
        )


async def ended(
    client: BridgeClient, start: Callable[[], Awaitable[LogJob]], tell: Callable[[LogJob], None]
) -> LogJob:
    """Starts a job and follows it until it has ended well or was stopped. Raises BridgeError."""
    job = await start()
    while job.is_running:
        tell(job)
        await asyncio.sleep(JOB_EVERY)
        job = await client.log_job(job.id)
    if job.error:
        raise BridgeError(job.error)
    return job
