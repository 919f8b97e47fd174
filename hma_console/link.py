"""The one live connection to the bridge: its events, gathered, and its status, kept fresh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, Protocol

from bridge.errors import BridgeError, Unreachable
from hma_console.answers import UploadRow
from hma_console.client import BridgeClient, Event
from hma_console.status import Status

RETRIES = (1, 2, 5, 10)
"""Seconds until the bridge is tried again; the last goes on for ever."""
GATHERING = 0.2
"""Seconds within which arrivals are handed on together: five drawings a second are smooth."""
_STATUS_EVERY, _STATUS_AT_MOST, _STATUS_OF_A_JOB = 10.0, 1.0, 0.5


class Ear(Protocol):
    """Whoever is told what the link hears; nothing here may block."""

    def status_read(self, status: Status) -> None: ...

    def link_up(self) -> None:
        """The event stream stands: what is shown may be read anew."""

    def link_lost(self, since: int, retry_in: int, fault: BridgeError) -> None:
        """The bridge does not answer since `since`, ms; it is tried again in `retry_in` seconds."""

    def uploads_arrived(self, uploads: tuple[UploadRow, ...]) -> None:
        """What came within one gathering, oldest first."""

    def cases_changed(self) -> None: ...

    def banks_changed(self) -> None: ...

    def policy_changed(self) -> None: ...

    def actions_changed(self) -> None: ...

    def settings_changed(self) -> None: ...


class Link:
    """Follows a bridge for as long as `keep` runs, telling `ear` what it hears."""

    def __init__(
        self,
        client: BridgeClient,
        clock: Callable[[], int],
        ear: Ear,
    ) -> None:
        self._client = client
        self._clock = clock
        self._ear = ear
        self._last: int | None = None
        self._was_up = False
        self._gathered: list[UploadRow] = []
        self._kinds: set[str] = set()
        self._heard = asyncio.Event()
        self._stale = asyncio.Event()
        self._retry_now = asyncio.Event()

    def ask_anew(self) -> None:
        """Reads the status again now, and tries a lost bridge again now."""
        self._stale.set()
        self._retry_now.set()

    async def keep(self) -> NoReturn:
        """Follows, and begins again whenever the bridge was lost. Ends only by being cancelled."""
        lost_at, tries = None, 0
        while True:
            fault: BridgeError | None = None
            try:
                await self._follow()
            except* BridgeError as group:
                fault = _first(group)
            if self._was_up:
                lost_at, tries = None, 0
            lost_at = lost_at or self._clock()
            retry_in = RETRIES[min(tries, len(RETRIES) - 1)]
            self._ear.link_lost(lost_at, retry_in, fault or Unreachable("The bridge closed the stream."))
            tries += 1
            self._retry_now.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(retry_in):
                    await self._retry_now.wait()

    async def _follow(self) -> None:
        self._was_up = False
        status = await self._client.status()
        if self._last is None or status.seq < self._last:
            self._last = status.seq
        async with self._client.events(self._last) as events:
            self._was_up = True
            self._ear.status_read(status)
            self._ear.link_up()
            async with asyncio.TaskGroup() as together:
                helpers = (
                    together.create_task(self._hand_on()),
                    together.create_task(self._keep_status(bool(status.jobs))),
                )
                async for event in events:
                    self._hear(event)
                for helper in helpers:
                    helper.cancel()

    def _hear(self, event: Event) -> None:
        if event.id is not None:
            self._last = event.id
        if event.upload:
            self._gathered.append(event.upload)
        self._kinds.add(event.type.partition(".")[0] or event.kind)
        self._heard.set()
        self._stale.set()

    async def _hand_on(self) -> None:
        while True:
            await self._heard.wait()
            await asyncio.sleep(GATHERING)
            self._heard.clear()
            gathered, kinds = tuple(self._gathered), self._kinds
            self._gathered, self._kinds = [], set()
            if gathered:
                self._ear.uploads_arrived(gathered)
            if "case" in kinds:
                self._ear.cases_changed()
            if "bank" in kinds:
                self._ear.banks_changed()
            if "policy" in kinds:
                self._ear.policy_changed()
            if "action" in kinds:
                self._ear.actions_changed()
            if "setting" in kinds:
                self._ear.settings_changed()

    async def _keep_status(self, job_runs: bool) -> None:
        while True:
            await asyncio.sleep(_STATUS_OF_A_JOB if job_runs else _STATUS_AT_MOST)
            if not job_runs:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_STATUS_EVERY - _STATUS_AT_MOST):
                        await self._stale.wait()
            self._stale.clear()
            status = await self._client.status()
            job_runs = bool(status.jobs)
            self._ear.status_read(status)


def _first(group: BaseExceptionGroup[BridgeError]) -> BridgeError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
