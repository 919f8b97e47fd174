"""Events read back, in order: what a stream of news is made of."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.events import EventType


def events_after(connection: Connection, seq: int, limit: int) -> list[tuple[int, EventType, str]]:
    """The number, type and subject of the next events above `seq`."""
    rows = connection.execute(
        text("SELECT seq, type, subject FROM events WHERE seq > :seq ORDER BY seq LIMIT :limit"),
        {"seq": seq, "limit": limit},
    )
    return [(row.seq, EventType(row.type), row.subject) for row in rows]
