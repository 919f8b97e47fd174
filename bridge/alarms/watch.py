"""The watch: judges again and again how things are, logs what is raised and cleared, and has it told.

Nobody sits before the screen. An alarm goes to the operator's webhook once, through the outbox; in
quiet hours only the worst does, the rest when they have ended. What comes and goes within minutes is
one alarm, not many; and a restart raises nothing anew. Where the store takes nothing down (its log is
damaged, its disk is full) the worst is told past the outbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bridge.alarm import Alarm, Kind, Level
from bridge.alarms.digest import due_digest, week
from bridge.alarms.facts import Facts
from bridge.alarms.hours import Hours
from bridge.alarms.raising import Change, changes
from bridge.alarms.rules import alarms
from bridge.errors import StoreError
from bridge.events import Event
from bridge.receivers import Receivers
from bridge.settings import Settings
from bridge.store.alarms import put_alarm, raised_alarms, remove_alarm
from bridge.store.store import Store
from bridge.telling import plan_notice
from bridge.uploads import now_ms

SECONDS = 15.0
LEAST_SECONDS = 5.0
"""Between two looks: a flood of uploads is one piece of news."""

Cry = Callable[[str, str], Awaitable[bool]]
"""Tells the operator a notice's kind and text at once, past the store. Whether it was heard."""

log = logging.getLogger(__name__)


class AlarmWatch:
    """`run` is the owner task."""

    def __init__(
        self,
        store: Store,
        look: Callable[[], Awaitable[Facts]],
        receivers: Receivers,
        hours: Hours,
        cry: Cry,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._store = store
        self._look = look
        self._receivers = receivers
        self._hours = hours
        self._cry = cry
        self._clock = clock
        self._cried: set[Kind] = set()
        self._digest = ""

    def follow(self, now: Settings) -> None:
        """Other hours hold from now on."""
        self._hours = Hours.of(now.alarms)

    async def run(self) -> None:
        """Ends when cancelled. A start has its time: keys are opened, the index is read."""
        await asyncio.sleep(SECONDS)
        while True:
            seq = self._store.seq
            try:
                await self.look_once()
            except StoreError as error:
                log.warning("Alarms and digests wait: %s", error.message)
            await asyncio.sleep(LEAST_SECONDS)
            await self._store.wait_for_news(seq, SECONDS - LEAST_SECONDS)

    async def look_once(self) -> None:
        """Raises StoreError."""
        now = self._clock()
        found = [alarm for alarm in alarms(await self._look(), now) if not alarm.kind.passes_by_itself]
        try:
            await self._settle(found, now)
            await self._send_digest(now)
        except StoreError:
            await self._cry_out(found)
            raise
        self._cried.clear()

    async def _settle(self, found: Sequence[Alarm], now: int) -> None:
        """Brings what is raised in the store to what was found. Nobody else changes it."""
        known, quiet_until = await self._store.read(raised_alarms), self._hours.quiet_until(_local(now))
        tells, until = self._receivers.tells_operator, _ms(quiet_until) if quiet_until else 0
        if to_do := changes(known, found, now, tells=tells, quiet_until=until):
            await self._store.write(lambda c: [event for each in to_do for event in _make(c, each)], list)

    async def _send_digest(self, now: int) -> None:
        """Once, across restarts too: the key is the day it is of."""
        key = due_digest(self._hours, _local(now))
        if not key or key == self._digest or not self._receivers.tells_operator:
            return
        text = await self._store.read(lambda connection: week(connection, now).text)
        await self._store.write(lambda c: plan_notice(c, "digest", text, key=key), list)
        self._digest = key

    async def _cry_out(self, found: Sequence[Alarm]) -> None:
        """Nothing can be remembered now, but by us: once until it can, or a restart."""
        worst = [alarm for alarm in found if alarm.level is Level.ALARM]
        for alarm in worst:
            said = f"alarm.{alarm.kind.value}", f"{alarm.words} Do: {alarm.do}"
            if alarm.kind not in self._cried and await self._cry(*said):
                self._cried.add(alarm.kind)


def _make(connection: Connection, change: Change) -> list[Event]:
    if change.after is None:
        remove_alarm(connection, change.kind)
    else:
        put_alarm(connection, change.after)
    if not change.says:
        return list(change.events)
    kind, until = f"alarm.{change.kind.value}", change.wait_until
    told = plan_notice(connection, kind, change.says, key=change.key, wait_until=until)
    return [*change.events, *told]


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
