"""The watch: judges again and again how things are, logs what is raised and cleared, and has it told.

Nobody sits before the screen. An alarm goes to the operator's webhook once, through the outbox; in
quiet hours only the worst does, the rest when they have ended. What comes and goes within minutes is
one alarm, not many; and a restart raises nothing anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bridge.alarm import Alarm, Kind, Level
from bridge.alarms.digest import due_digest, week
from bridge.alarms.facts import Facts
from bridge.alarms.hours import Hours
from bridge.alarms.rules import alarms
from bridge.errors import StoreError
from bridge.events import Event, EventType
from bridge.receivers import Receivers
from bridge.settings import Settings
from bridge.store.alarms import Raised, put_alarm, raised_alarms, remove_alarm
from bridge.store.store import Store
from bridge.telling import plan_notice
from bridge.uploads import now_ms

SECONDS = 15.0
CLEAR_MS = 5 * 60_000
"""For which it must be gone before it counts as cleared."""

log = logging.getLogger(__name__)


class AlarmWatch:
    """`run` is the owner task; `now` are the alarms as they were judged last, the worst first."""

    def __init__(
        self,
        store: Store,
        look: Callable[[], Awaitable[Facts]],
        receivers: Receivers,
        hours: Hours,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._store = store
        self._look = look
        self._receivers = receivers
        self._hours = hours
        self._clock = clock
        self.now: tuple[Alarm, ...] = ()

    def follow(self, now: Settings) -> None:
        """Other hours hold from now on."""
        self._hours = Hours.of(now.alarms)

    async def run(self) -> None:
        """Ends when cancelled. A start has its time: keys are opened, the index is read."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await self.look_once()
            except StoreError as error:
                log.warning("The alarms could not be judged: %s", error.message)

    async def look_once(self) -> None:
        """Raises StoreError."""
        now = self._clock()
        self.now = alarms(await self._look(), now)
        found = [alarm for alarm in self.now if not alarm.kind.passes_by_itself]
        known = await self._store.read(raised_alarms)
        if found or known:
            await self._store.write(lambda c: self._settle(c, found, now), list)
        if self._receivers.tells_operator and (key := due_digest(self._hours, _local(now))):
            text = await self._store.read(lambda connection: week(connection, now).text)
            await self._store.write(lambda c: plan_notice(c, "digest", text, key=key), list)

    def _settle(self, connection: Connection, found: Sequence[Alarm], now: int) -> list[Event]:
        """Brings what is raised in the store to what was found."""
        known, events = raised_alarms(connection), []
        for alarm in found:
            before = known.pop(alarm.kind, None)
            after = _raised(before, alarm, now)
            if before is None or before.level is not alarm.level:
                events.append(_said(EventType.ALARM_RAISED, alarm.kind, alarm.level))
            if after.told_at is None and self._may_tell(alarm.level, now):
                after = replace(after, told_at=now)
                words = f"{alarm.words} Do: {alarm.do}"
                events += self._tell(connection, alarm.kind, alarm.level.value, after.raised_at, words)
            if after != before:
                put_alarm(connection, after)
        for gone in known.values():
            events += self._maybe_clear(connection, gone, now)
        return events

    def _maybe_clear(self, connection: Connection, gone: Raised, now: int) -> list[Event]:
        if gone.absent_since is None:
            put_alarm(connection, replace(gone, absent_since=now))
            return []
        if now - gone.absent_since < CLEAR_MS:
            return []
        remove_alarm(connection, gone.kind)
        events = [_said(EventType.ALARM_CLEARED, gone.kind, gone.level)]
        if gone.told_at is not None:
            words = f"No longer so: {gone.kind.value.replace('_', ' ')}."
            events += self._tell(connection, gone.kind, "cleared", gone.raised_at, words)
        return events

    def _may_tell(self, level: Level, now: int) -> bool:
        return level is Level.ALARM or not self._hours.is_quiet(_local(now))

    def _tell(self, connection: Connection, kind: Kind, what: str, raised_at: int, words: str) -> list[Event]:
        """Once for each time it was raised and each level it had."""
        if not self._receivers.tells_operator:
            return []
        return plan_notice(
            connection, f"alarm.{kind.value}", words, key=f"alarm.{kind.value}.{what}.{raised_at}"
        )


def _raised(before: Raised | None, alarm: Alarm, now: int) -> Raised:
    """One that got worse is told anew."""
    if before is None:
        return Raised(alarm.kind, alarm.level, now, None, None)
    told = before.told_at if before.level is alarm.level or alarm.level is Level.LOOK else None
    return replace(before, level=alarm.level, told_at=told, absent_since=None)


def _said(type_: EventType, kind: Kind, level: Level) -> Event:
    return Event(type_, kind.value, facts={"alarm": kind.value, "level": level.value})


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()
