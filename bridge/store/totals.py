"""What the store holds, counted for the status line and Home."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.catalogue import Category
from bridge.records import Totals
from bridge.reserved import SELF_TEST
from bridge.uploads import DAY_MS, now_ms
from bridge.verdicts import Verdict

DAYS = 14


_COUNTED = f"NOT (name = '{SELF_TEST}' AND category = '{Category.TEST.value}')"
_ENTRIES = f"SELECT sum(n) FROM entry_counts JOIN banks ON banks.id = bank_id WHERE {_COUNTED}"


def totals(connection: Connection) -> Totals:
    uploads = dict.fromkeys(Verdict, 0)
    for row in connection.execute(text("SELECT verdict, sum(n) AS n FROM upload_counts GROUP BY verdict")):
        uploads[Verdict(row.verdict)] = row.n
    unchecked = connection.execute(
        text(
            "SELECT count(retry_at) AS waiting, count(*) - count(retry_at) AS for_good,"
            " min(received_at) AS oldest FROM retries JOIN uploads ON uploads.id = upload_id"
            " WHERE verdict <> 'no_match'"
        )
    ).one()
    cases = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE later_until <= :now) AS waiting,"
            " count(*) FILTER (WHERE later_until > :now) AS later,"
            " min(opened_at) AS oldest, (SELECT max(opened_at) FROM cases) AS last"
            " FROM cases WHERE state = 'open'"
        ),
        {"now": now_ms()},
    ).one()
    banks = connection.execute(
        text(
            "SELECT count(*) AS n, min(updated_at) AS oldest, coalesce(sum(role = 'block' AND EXISTS"
            " (SELECT 1 FROM entry_counts WHERE bank_id = banks.id AND n > 0)), 0) AS lists FROM banks"
            f" WHERE {_COUNTED}"
        )
    ).one()
    actions = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE state IN ('planned', 'running')) AS planned,"
            " count(*) FILTER (WHERE state = 'failed') AS failed FROM actions WHERE type <> 'preserve'"
        )
    ).one()
    return Totals(
        uploads=uploads,
        last_upload_at=connection.scalar(text("SELECT received_at FROM uploads ORDER BY seq DESC LIMIT 1")),
        waiting_unchecked=unchecked.waiting,
        unchecked_for_good=unchecked.for_good,
        oldest_unchecked_at=unchecked.oldest,
        upload_days=_by_day(connection, ""),
        match_days=_by_day(connection, "AND verdict = 'matched'"),
        open_cases=cases.waiting,
        later_cases=cases.later,
        oldest_case_at=cases.oldest,
        last_case_at=cases.last,
        last_decided_at=connection.scalar(text("SELECT max(at) FROM decisions")),
        banks=banks.n,
        block_lists=banks.lists,
        entries=connection.scalar(text(_ENTRIES)) or 0,
        own_entries=connection.scalar(text(f"{_ENTRIES} AND category IN ('own', 'test')")) or 0,
        oldest_bank_update_at=banks.oldest,
        actions_planned=actions.planned,
        actions_failed=actions.failed,
    )


def _by_day(connection: Connection, condition: str) -> tuple[int, ...]:
    """Counts of the last days by UTC, oldest first; the last one is today."""
    today = now_ms() // DAY_MS
    rows = connection.execute(
        text(f"SELECT day, sum(n) AS n FROM upload_counts WHERE day > :first {condition} GROUP BY day"),
        {"first": today - DAYS},
    )
    counts = {row.day: row.n for row in rows}
    return tuple(counts.get(day, 0) for day in range(today - DAYS + 1, today + 1))
