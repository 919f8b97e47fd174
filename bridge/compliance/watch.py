"""Silence is attested too: that the bridge started, stopped, was alive each day, and its clock jumped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from bridge.compliance.leaf import time_text
from bridge.compliance.log import ComplianceLog
from bridge.errors import StoreError
from bridge.events import Event, EventType
from bridge.store.store import Store
from bridge.uploads import DAY_MS, now_ms
from bridge.version import VERSION

SECONDS = 10.0
LARGEST_DRIFT_MS = 2000

log = logging.getLogger(__name__)


class LogWatch:
    """`run` is the owner task. The two clocks are given by tests; else they are the system's."""

    def __init__(
        self,
        store: Store,
        compliance: ComplianceLog,
        wall_ms: Callable[[], int] = now_ms,
        steady_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self._store = store
        self._compliance = compliance
        self._wall_ms = wall_ms
        self._steady_ms = steady_ms
        self._ahead = wall_ms() - steady_ms()
        self._beat_day = -1
        self.step_ms = 0
        """By how much the clock was set last, `stepped_at` that time; ahead where it is positive."""
        self.stepped_at: int | None = None

    async def run(self) -> None:
        """Ends when cancelled."""
        await self._say(Event(EventType.BRIDGE_STARTED, "bridge", facts={"tool": VERSION}))
        while True:
            await self.look_once()
            await asyncio.sleep(SECONDS)

    async def look_once(self) -> None:
        """Logs a step of the clock, and the day's heartbeat."""
        ahead = self._wall_ms() - self._steady_ms()
        step, self._ahead = ahead - self._ahead, ahead
        if abs(step) > LARGEST_DRIFT_MS:
            self.step_ms, self.stepped_at = step, self._wall_ms()
            log.warning("The clock was set by %.1f s, to %s", step / 1000, time_text(self._wall_ms()))
            await self._say(Event(EventType.CLOCK_STEPPED, "clock", facts={"by_ms": step}))
        day = self._wall_ms() // DAY_MS
        if day != self._beat_day:
            entries = self._compliance.state.size
            if await self._say(Event(EventType.HEARTBEAT, "bridge", facts={"entries": entries})):
                self._beat_day = day

    async def stopped(self) -> None:
        """The last entry of an orderly end; after a crash it is missing."""
        await self._say(Event(EventType.BRIDGE_STOPPED, "bridge"))

    async def _say(self, event: Event) -> bool:
        try:
            await self._store.write(lambda _: None, [event])
        except StoreError as error:
            log.warning("The log could not be written: %s", error.message)
            return False
        return True
