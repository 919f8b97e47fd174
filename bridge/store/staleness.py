"""Of listed block banks, the one that was not updated for longest."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.catalogue import MEMORY


def stalest_list(connection: Connection) -> tuple[str, int] | None:
    """Its name, and when it was updated last; None where there is no list of somebody else's."""
    row = connection.execute(
        text(
            "SELECT name, updated_at FROM banks WHERE role = 'block' AND mode = 'enforce'"
            " AND category NOT IN ('own', 'test') AND substr(name, 1, length(:memory)) <> :memory"
            " AND EXISTS (SELECT 1 FROM entry_counts WHERE bank_id = banks.id AND n > 0)"
            " ORDER BY updated_at LIMIT 1"
        ),
        {"memory": MEMORY},
    ).first()
    return (row.name, row.updated_at) if row else None


def oldest_waiting(connection: Connection, now: int) -> tuple[int | None, int | None]:
    """Since when the longest waiting case waits, and the longest waiting one of child safety."""
    row = connection.execute(
        text(
            "SELECT min(opened_at) AS oldest,"
            " min(opened_at) FILTER (WHERE category = 'child_safety') AS urgent"
            " FROM cases WHERE state = 'open' AND later_until <= :now"
        ),
        {"now": now},
    ).one()
    return row.oldest, row.urgent
