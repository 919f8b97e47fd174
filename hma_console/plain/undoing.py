"""How long the newest decision can still be undone: told at 60, 30 and 10 s."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

MARKS = (60, 30, 10)
"""Seconds left at which a line is told."""


class UndoClock:
    """Tells `tell` how many seconds are left, for as long as `keep` runs. `clock` gives milliseconds."""

    def __init__(self, clock: Callable[[], int], tell: Callable[[int], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._until = 0
        self._known = 0
        """The last window there was: a status older than a decision does not begin it anew."""
        self._told: int | None = None
        self._changed = asyncio.Event()

    def watch(self, until: int | None) -> None:
        """The window that is open now, by its end; None where none is. The same again changes nothing."""
        if (until or 0) == self._until:
            return
        if until and until != self._known:
            self._known, self._told = until, None
        self._until = until or 0
        self._changed.set()

    def due(self) -> int | None:
        """The mark that was reached and not told; one passed before the window was known is skipped."""
        left = self._until - self._clock()
        reached = [mark for mark in MARKS if left <= mark * 1000]
        if left <= 0 or not reached or (self._told is not None and self._told <= reached[-1]):
            return None
        self._told = reached[-1]
        return -(-left // 1000)

    def pause(self) -> float | None:
        """Seconds until the next mark; None while there is none to wait for."""
        left = self._until - self._clock()
        ahead = [left - mark * 1000 for mark in MARKS if left > mark * 1000]
        return min(ahead) / 1000 if ahead else None

    async def keep(self) -> NoReturn:
        while True:
            if (left := self.due()) is not None:
                self._tell(left)
            self._changed.clear()
            try:
                async with asyncio.timeout(self.pause()):
                    await self._changed.wait()
            except TimeoutError:
                continue
