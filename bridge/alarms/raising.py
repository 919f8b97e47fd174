"""What becomes of the alarms that are raised, by what was found now: raised, worse, better, cleared. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.alarm import MINUTE_MS, Alarm, Kind, Level
from bridge.events import Event, EventType
from bridge.store.alarms import Raised, notice_key

CLEAR_MS = 5 * MINUTE_MS
"""For which it must be gone, or better, before it counts as that: what flaps is one alarm, not many."""


@dataclass(frozen=True, slots=True)
class Change:
    """One alarm's next state, None where it is cleared, and the events that say so.

    `says` is what the operator is told, empty where that is nothing; `key` names it once and for all.
    Before `wait_until` it is not told.
    """

    kind: Kind
    after: Raised | None
    events: tuple[Event, ...] = ()
    says: str = ""
    key: str = ""
    wait_until: int = 0


def changes(
    known: Mapping[Kind, Raised], found: Sequence[Alarm], now: int, *, tells: bool, quiet_until: int = 0
) -> list[Change]:
    """In quiet hours, which last until `quiet_until`, only alarms are told. Without `tells` nothing is."""
    made = [_found(known.get(alarm.kind), alarm, now, tells, quiet_until) for alarm in found]
    present = {alarm.kind for alarm in found}
    gone = [before for kind, before in known.items() if kind not in present]
    return [
        *(each for each in made if each.after != known.get(each.kind)),
        *_gone(gone, now, tells, quiet_until),
    ]


def _found(before: Raised | None, alarm: Alarm, now: int, tells: bool, quiet_until: int) -> Change:
    after = _raised(before, alarm, now)
    is_news = before is None or after.level is not before.level
    events = (_said(EventType.ALARM_RAISED, after),) if is_news else ()
    if not tells or after.told_at is not None or (quiet_until and after.level is Level.LOOK):
        return Change(alarm.kind, after, events)
    says = f"{alarm.words} Do: {alarm.do}"
    return Change(alarm.kind, replace(after, told_at=now), events, says, notice_key(alarm.kind, now))


def _raised(before: Raised | None, alarm: Alarm, now: int) -> Raised:
    """One that got worse is told anew; one that got better is not."""
    if before is None:
        return Raised(alarm.kind, alarm.level, now, None, None)
    if alarm.level is before.level:
        return replace(before, absent_since=None)
    if alarm.level is Level.ALARM:
        return replace(before, level=Level.ALARM, told_at=None, absent_since=None)
    if before.absent_since is None:
        return replace(before, absent_since=now)
    if now - before.absent_since < CLEAR_MS:
        return before
    return replace(before, level=Level.LOOK, absent_since=None)


def _gone(gone: Sequence[Raised], now: int, tells: bool, quiet_until: int) -> Iterator[Change]:
    for before in gone:
        if before.absent_since is None:
            yield Change(before.kind, replace(before, absent_since=now))
        elif now - before.absent_since >= CLEAR_MS:
            events = (_said(EventType.ALARM_CLEARED, before),)
            if tells and before.told_at is not None:
                says = f"No longer so: {before.kind.value.replace('_', ' ')}."
                wait_until = quiet_until if before.level is Level.LOOK else 0
                yield Change(before.kind, None, events, says, notice_key(before.kind, now), wait_until)
            else:
                yield Change(before.kind, None, events)


def _said(type_: EventType, raised: Raised) -> Event:
    return Event(type_, raised.kind.value, facts={"alarm": raised.kind.value, "level": raised.level.value})
