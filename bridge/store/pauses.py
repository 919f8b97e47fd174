"""The pause in the store: it outlives the process, and the outbox and the caps read it where they decide."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.uploads import now_ms


@dataclass(frozen=True, slots=True)
class Paused:
    """Since when, in milliseconds, by whom, and why, which may be empty."""

    since: int
    actor: str
    reason: str


def find_pause(connection: Connection) -> Paused | None:
    """None where the bridge is not paused."""
    row = connection.execute(text("SELECT since, actor, reason FROM pause")).first()
    return Paused(row.since, row.actor, row.reason) if row else None


def begin_pause(connection: Connection, actor: str, reason: str) -> Paused | None:
    """The pause that begins now; None where there is one already."""
    paused = Paused(now_ms(), actor, reason)
    begun = connection.execute(
        text("INSERT OR IGNORE INTO pause (one, since, actor, reason) VALUES (1, :since, :actor, :reason)"),
        {"since": paused.since, "actor": actor, "reason": reason},
    )
    return paused if begun.rowcount else None


def end_pause(connection: Connection) -> bool:
    """Whether there was one."""
    return bool(connection.execute(text("DELETE FROM pause")).rowcount)
