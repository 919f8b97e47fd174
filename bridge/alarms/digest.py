"""The weekly digest: what was checked, what was not, what waits, how old the lists are. Numbers only.

Nothing in it is personal: it leaves the machine by a webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bridge.alarms.hours import Hours
from bridge.spoken import count, counted, duration
from bridge.uploads import DAY_MS
from bridge.verdicts import Verdict

DAYS = 7
LATEST = timedelta(days=1)
"""A digest that is later than that is left out: the bridge was off, and the next one tells."""


@dataclass(frozen=True, slots=True)
class ListAge:
    name: str
    entries: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days; `uploads` by verdict, `decided` cases, those that wait, what was told of lists."""

    until: int
    uploads: dict[Verdict, int]
    decided: int
    waiting: int
    actions_failed: int
    lists: tuple[ListAge, ...]

    @property
    def text(self) -> str:
        """A line a sentence."""
        checked = sum(self.uploads.values()) - self.uploads[Verdict.NOT_CHECKED]
        lines = [
            f"Checked: {counted(checked, 'upload')}, matched: {count(self.uploads[Verdict.MATCHED])}.",
            f"Not checked: {count(self.uploads[Verdict.NOT_CHECKED])}.",
            f"Could not be hashed: {count(self.uploads[Verdict.UNHASHABLE])}.",
            f"Cases: {count(self.decided)} decided, {count(self.waiting)} waiting.",
            f"Actions that failed: {count(self.actions_failed)}.",
        ]
        for one in self.lists:
            age = duration(self.until - one.updated_at)
            lines.append(f"List {one.name}: {counted(one.entries, 'entry', 'entries')}, changed {age} ago.")
        return "\n".join(lines if self.lists else [*lines, "No list is connected: nothing can match."])


def week(connection: Connection, now: int) -> Week:
    uploads = dict.fromkeys(Verdict, 0)
    rows = connection.execute(
        text("SELECT verdict, sum(n) AS n FROM upload_counts WHERE day > :first GROUP BY verdict"),
        {"first": now // DAY_MS - DAYS},
    )
    for row in rows:
        uploads[Verdict(row.verdict)] = row.n
    cases = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE decided_at > :since) AS decided,"
            " count(*) FILTER (WHERE state = 'open') AS waiting FROM cases"
        ),
        {"since": now - DAYS * DAY_MS},
    ).one()
    failed = connection.scalar(text("SELECT count(*) FROM actions WHERE state = 'failed'")) or 0
    lists = connection.execute(
        text(
            "SELECT name, coalesce(sum(n), 0) AS n, updated_at FROM banks"
            " LEFT JOIN entry_counts ON bank_id = banks.id WHERE role = 'block'"
            " GROUP BY banks.id ORDER BY banks.id"
        )
    )
    return Week(
        now,
        uploads,
        cases.decided,
        cases.waiting,
        failed,
        tuple(ListAge(row.name, row.n, row.updated_at) for row in lists),
    )


def due_digest(hours: Hours, now: datetime) -> str:
    """The name of the digest that is due, by the day it is of; empty where none is."""
    back = (now.weekday() - hours.digest_day) % 7
    day = now.date() - timedelta(days=back)
    at = datetime.combine(day, hours.digest_at, now.tzinfo)
    if now < at:
        at -= timedelta(days=7)
    return f"digest.{at.date().isoformat()}" if now - at < LATEST else ""
