"""What goes stale: a list that is not updated, a case that nobody decides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.catalogue import MEMORY


def stalest_list(connection: Connection) -> tuple[str, int] | None:
    """Its name, and when it was updated or read last; None where there is no list of somebody else's."""
    row = connection.execute(
        text(
            "SELECT name, max(updated_at, coalesce((SELECT max(succeeded_at) FROM exchange_states"
            "  JOIN exchanges ON exchanges.id = exchange_id WHERE bank_id = banks.id), 0)) AS updated_at"
            " FROM banks WHERE role = 'block' AND mode = 'enforce'"
            " AND category NOT IN ('own', 'test') AND substr(name, 1, length(:memory)) <> :memory"
            " AND EXISTS (SELECT 1 FROM entry_counts WHERE bank_id = banks.id AND n > 0)"
            " ORDER BY 2 LIMIT 1"
        ),
        {"memory": MEMORY},
    ).first()
    return (row.name, row.updated_at) if row else None


def latest_list(connection: Connection) -> tuple[str, int] | None:
    """Of the lists that are kept up to date here the one that was not read for longest, and since when."""
    row = connection.execute(
        text(
            "SELECT name, coalesce(succeeded_at, created_at) AS since FROM exchanges"
            " JOIN exchange_states ON exchange_id = id ORDER BY 2 LIMIT 1"
        )
    ).first()
    return (row.name, row.since) if row else None


@dataclass(frozen=True, slots=True)
class WaitingCases:
    """Since when the longest waiting case waits, and of child safety how many nobody looked at."""

    oldest_at: int | None
    child_safety: int
    child_safety_oldest_at: int | None


def waiting_cases(connection: Connection, now: int) -> WaitingCases:
    """Without what was put off; of child safety without what was escalated."""
    row = connection.execute(
        text(
            "SELECT min(opened_at) AS oldest, count(*) FILTER (WHERE is_urgent) AS urgent,"
            " min(opened_at) FILTER (WHERE is_urgent) AS urgent_oldest"
            " FROM (SELECT opened_at, category = 'child_safety' AND escalated_at = 0 AS is_urgent"
            "  FROM cases WHERE state = 'open' AND later_until <= :now)"
        ),
        {"now": now},
    ).one()
    return WaitingCases(row.oldest, row.urgent, row.urgent_oldest)
