"""One sitting in plain mode: reads commands and answers them until somebody leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from bridge.errors import BridgeError
from bridge.uploads import now_ms
from hma_console.client import BridgeClient
from hma_console.link import Link
from hma_console.options import ConsoleOptions
from hma_console.plain.commands import LEAVE, find
from hma_console.plain.deciding import undo_line
from hma_console.plain.desk import Desk
from hma_console.plain.news import News
from hma_console.plain.talk import Ended, Talk
from hma_console.plain.undoing import UndoClock
from hma_console.status import Status
from hma_console.words import safe

T = TypeVar("T")
_ENDS = "Bridge: it runs inside this console and ends with it."


class Session:
    """A client of one bridge that speaks through `talk`. `clock` gives milliseconds since 1970."""

    def __init__(
        self,
        client: BridgeClient,
        talk: Talk,
        options: ConsoleOptions,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._talk, self._options = talk, options
        self._undo_clock = UndoClock(clock, self._tell_undo)
        news = News(talk.tell, clock, self._status_came)
        self._desk = Desk(client, talk, clock, news, self._undo_clock)
        self._link = Link(client, clock, news)
        self._under_way: asyncio.Task[object] | None = None
        self._stops = False

    async def run(self) -> None:
        """Until it is left, stopped or cancelled."""
        async with asyncio.TaskGroup() as together:
            helpers = (
                together.create_task(self._link.keep()),
                together.create_task(self._undo_clock.keep()),
            )
            await self._converse()
            for helper in helpers:
                helper.cancel()

    def interrupt(self) -> None:
        """Ctrl+C: what is under way ends, and it is asked whether to leave."""
        if self._under_way is not None:
            self._under_way.cancel()

    def stop(self) -> None:
        """Leaves without asking."""
        self._stops = True
        self.interrupt()

    async def _converse(self) -> None:
        self._begin()
        await self._interruptible(self._do("home"))
        while not self._stops:
            leaves = await self._interruptible(self._turn())
            if (leaves is None or leaves) and await self._may_leave():
                return

    def _begin(self) -> None:
        self._talk.say("HMA Console, plain mode. help tells what can be typed.")
        if self._options.is_demo:
            self._talk.say("Demo: harmless pictures, in a place of its own.")
        elif self._options.own_bridge and self._options.host:
            self._talk.say(f"Bridge: one was started at {safe(self._options.host)}; it ends with us.")

    async def _interruptible(self, work: Coroutine[object, object, T]) -> T | None:
        """What it came to; None where it was interrupted, or nobody types any more."""
        task = self._under_way = asyncio.create_task(work)
        try:
            await asyncio.wait({task})
        finally:
            self._under_way = None
            task.cancel()
        try:
            return task.result()
        except (asyncio.CancelledError, Ended):
            return None

    async def _turn(self) -> bool:
        """One command. Whether it was the one to leave."""
        typed = await self._talk.ask(self._desk.prompt, hears_news=True)
        if typed.removeprefix(":").strip() in LEAVE:
            return True
        if typed:
            await self._do(typed)
        return False

    async def _do(self, typed: str) -> None:
        found = find(typed, self._desk.place)
        if found is None:
            self._talk.say(f"Unknown here: {safe(typed[:30])}. Do: type help.")
            return
        command, rest = found
        try:
            await command.run(self._desk, rest)
        except BridgeError as error:
            self._talk.say(f"{error.message} Do: {error.hint or 'try again, or type help.'}")

    async def _may_leave(self) -> bool:
        """A service goes on without us; a bridge of our own ends, so that is asked where somebody is."""
        if self._stops or not self._options.own_bridge or not self._talk.is_spoken_to:
            return True
        self._talk.say(_ENDS, "Bridge: no upload is checked until it runs again.")
        answer = await self._interruptible(self._talk.ask("Leave? Enter stays, q leaves:"))
        return answer is None or answer in (*LEAVE, "yes", "y")

    def _status_came(self, status: Status) -> None:
        self._desk.undo = status.undo
        self._undo_clock.watch(status.undo.until if status.undo else None)

    def _tell_undo(self, left: int) -> None:
        if self._desk.undo is not None:
            self._talk.tell(undo_line(self._desk.undo, left))
