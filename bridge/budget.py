"""A budget of bytes: who needs memory waits its turn for it, and never for ever.

Turns are first come, first served, so that small needs do not starve a large one. A hold may
grow while its bytes arrive; so that growing holds never wait for each other, as much is kept
free as the oldest one may still need: it can always finish, and then the next one is the oldest.
Used on one event loop; nothing here is for threads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from bridge.errors import NotChecked
from bridge.verdicts import Reason

_RETRY_AFTER = 10
"""Seconds after which one who was turned away may come again."""


class Budget:
    """`total` bytes for all, of which one hold may take up to `largest` (default: all).

    `patience` is how many seconds a need waits before it is turned away.
    """

    def __init__(self, total: int, patience: float, largest: int | None = None) -> None:
        self._free = total
        self._largest = total if largest is None else min(largest, total)
        self._patience = patience
        self._holds: dict[Hold, None] = {}
        self._waiting: deque[_Need] = deque()

    @property
    def free(self) -> int:
        return self._free

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for what others hold."""
        return bool(self._waiting)

    def open(self, claim: int | None = None) -> Hold:
        """A hold of nothing yet, that may grow up to `claim` bytes (default: the largest)."""
        return Hold(self, self._largest if claim is None else min(claim, self._largest))

    async def hold(self, nbytes: int) -> Hold:
        """A hold of `nbytes`, once they are free; they stay held until `release`.

        Raises NotChecked: too_large where they can never be, busy where they were not in time.
        """
        hold = Hold(self, nbytes)
        try:
            await self._grow(hold, nbytes)
        except BaseException:
            hold.release()
            raise
        return hold

    async def _grow(self, hold: Hold, nbytes: int) -> None:
        if hold.nbytes + nbytes > self._largest:
            raise NotChecked(
                Reason.TOO_LARGE,
                f"It needs more memory than the {self._largest >> 20} MB given to one picture here.",
                retry_after=None,
            )
        if self._may(hold, nbytes) and (not self._waiting or self._is_oldest(hold)):
            self._take(hold, nbytes)
            return
        need = _Need(hold, nbytes, asyncio.get_running_loop().create_future())
        self._waiting.append(need)
        try:
            async with asyncio.timeout(self._patience):
                await need.granted
        except TimeoutError:
            raise NotChecked(Reason.BUSY, "Too many pictures at once.", _RETRY_AFTER) from None
        finally:
            if need in self._waiting:
                self._waiting.remove(need)
                self._serve()

    def _is_oldest(self, hold: Hold) -> bool:
        return next(iter(self._holds), hold) is hold

    def _may(self, hold: Hold, nbytes: int) -> bool:
        """Whether the oldest hold can still reach its claim after this one took `nbytes` more."""
        oldest = next(iter(self._holds), hold)
        reserve = 0 if oldest is hold else max(0, oldest.claim - oldest.nbytes)
        return nbytes + reserve <= self._free

    def _take(self, hold: Hold, nbytes: int) -> None:
        self._free -= nbytes
        hold.nbytes += nbytes
        self._holds[hold] = None

    def _give(self, hold: Hold) -> None:
        self._free += hold.nbytes
        hold.nbytes = 0
        self._holds.pop(hold, None)
        self._serve()

    def _serve(self) -> None:
        """Grants what can be granted now: to the oldest hold at once, to the others in turn."""
        for need in tuple(self._waiting):
            if need.granted.done():
                self._waiting.remove(need)
            elif self._may(need.hold, need.nbytes) and (
                need is self._waiting[0] or self._is_oldest(need.hold)
            ):
                self._waiting.remove(need)
                self._take(need.hold, need.nbytes)
                need.granted.set_result(None)


class Hold:
    """Bytes held of a budget, until released; released twice they are given back once."""

    def __init__(self, budget: Budget, claim: int) -> None:
        self.nbytes = 0
        self.claim = claim
        self._budget = budget

    async def grow(self, nbytes: int) -> None:
        """Holds `nbytes` more. Raises NotChecked as `Budget.hold` does."""
        await self._budget._grow(self, nbytes)

    def release(self) -> None:
        self._budget._give(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class _Need:
    def __init__(self, hold: Hold, nbytes: int, granted: asyncio.Future[None]) -> None:
        self.hold = hold
        self.nbytes = nbytes
        self.granted = granted
