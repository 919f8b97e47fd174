"""The weekly digest: what was checked, what was not, what waits, how old the lists are.

It leaves the machine by a webhook, so nothing in it is personal: numbers, and the names of lists. An own
bank may be named after anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bridge.alarms.hours import Hours
from bridge.catalogue import MEMORY
from bridge.reserved import SELF_TEST
from bridge.self_test_result import Result
from bridge.spoken import count, counted, duration
from bridge.store.self_tests import last_self_test
from bridge.uploads import DAY_MS
from bridge.verdicts import Verdict

DAYS = 7
MOST_LISTS = 10
LATEST = timedelta(days=1)
"""A digest that is later than that is left out: the bridge was off, and the next one tells."""


@dataclass(frozen=True, slots=True)
class ListAge:
    """A list and how many entries it has; changed at `updated_at`, in milliseconds."""

    name: str
    entries: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days until `until`, milliseconds: `uploads` by verdict, `decided` cases. As of then:
    cases that wait, and those put off, alarms that are raised, entries of one's own, the lists.
    """

    until: int
    uploads: dict[Verdict, int]
    decided: int
    waiting: int
    put_off: int
    actions_failed: int
    alarms: int
    own_entries: int
    lists: tuple[ListAge, ...]
    self_test: Result | None = None

    @property
    def text(self) -> str:
        """A line a sentence; of the lists those that were not changed for longest."""
        checked = sum(self.uploads.values()) - self.uploads[Verdict.NOT_CHECKED]
        lines = [
            f"Checked: {counted(checked, 'upload')}, matched: {count(self.uploads[Verdict.MATCHED])}.",
            f"Not checked: {count(self.uploads[Verdict.NOT_CHECKED])}.",
            f"Could not be hashed: {count(self.uploads[Verdict.UNHASHABLE])}.",
            f"Cases: {count(self.decided)} decided, {count(self.waiting)} waiting,"
            f" {count(self.put_off)} put off.",
            f"Actions that failed: {count(self.actions_failed)}.",
            f"Alarms raised now: {count(self.alarms)}.",
            f"Self-test: {self._tested()}.",
        ]
        for one in self.lists[:MOST_LISTS]:
            age = duration(self.until - one.updated_at)
            lines.append(f"List {one.name}: {counted(one.entries, 'entry', 'entries')}, changed {age} ago.")
        if more := len(self.lists[MOST_LISTS:]):
            lines.append(f"Lists changed since then: {count(more)}.")
        if self.own_entries:
            lines.append(f"Own banks: {counted(self.own_entries, 'entry', 'entries')}.")
        elif not self.lists:
            lines.append("No list is connected: nothing can match.")
        return "\n".join(lines)

    def _tested(self) -> str:
        test = self.self_test
        if test is None:
            return "none yet"
        step = f"failed at its step {test.step.value}" if test.step else "passed"
        return f"{step} {duration(self.until - test.at)} ago"


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
            " count(*) FILTER (WHERE state = 'open' AND later_until <= :now) AS waiting,"
            " count(*) FILTER (WHERE state = 'open' AND later_until > :now) AS put_off FROM cases"
        ),
        {"since": now - DAYS * DAY_MS, "now": now},
    ).one()
    banks = connection.execute(
        text(
            "SELECT name, sum(n) AS n, updated_at, category IN ('own', 'test')"
            "  OR substr(name, 1, length(:memory)) = :memory AS is_own"
            " FROM banks JOIN entry_counts ON bank_id = banks.id WHERE role = 'block' AND n > 0"
            " AND NOT (name = :self_test AND category = 'test')"
            " GROUP BY banks.id ORDER BY updated_at"
        ),
        {"memory": MEMORY, "self_test": SELF_TEST},
    ).all()
    return Week(
        now,
        uploads,
        cases.decided,
        cases.waiting,
        cases.put_off,
        _count(connection, "actions WHERE state = 'failed'"),
        _count(connection, "alarms"),
        sum(row.n for row in banks if row.is_own),
        tuple(ListAge(row.name, row.n, row.updated_at) for row in banks if not row.is_own),
        last_self_test(connection),
    )


def _count(connection: Connection, of: str) -> int:
    return connection.scalar(text(f"SELECT count(*) FROM {of}")) or 0


def due_digest(hours: Hours, now: datetime) -> str:
    """The name of the digest that is due, by the day it is of; empty where none is."""
    back = (now.weekday() - hours.digest_day) % 7
    day = now.date() - timedelta(days=back)
    at = datetime.combine(day, hours.digest_at, now.tzinfo)
    if now < at:
        at -= timedelta(days=7)
    return f"digest.{at.date().isoformat()}" if now - at < LATEST else ""
