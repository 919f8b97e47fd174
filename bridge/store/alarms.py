"""The alarms that are raised, in the store: a restart raises none of them anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlmodel import Field, SQLModel

from bridge.alarm import Kind, Level
from bridge.store.outbox import ActionState


class Alarms(SQLModel, table=True):
    kind: str = Field(primary_key=True)
    level: str
    raised_at: int
    told_at: int | None
    absent_since: int | None


@dataclass(frozen=True, slots=True)
class Raised:
    """See the migration `0013_alarms.sql`; times are milliseconds."""

    kind: Kind
    level: Level
    raised_at: int
    told_at: int | None
    absent_since: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """When the operator's webhook was told, and how far the outbox got with it."""

    at: int
    state: ActionState


def notice_key(kind: Kind, at: int) -> str:
    """Of the notice by which an alarm was told at a time, in milliseconds."""
    return f"alarm.{kind.value}.{at}"


def raised_alarms(connection: Connection) -> dict[Kind, Raised]:
    rows = connection.execute(text("SELECT kind, level, raised_at, told_at, absent_since FROM alarms"))
    found = [Raised(Kind(row.kind), Level(row.level), *row[2:]) for row in rows]
    return {each.kind: each for each in found}


def told_alarms(connection: Connection) -> dict[Kind, Told]:
    """Of those that are raised, the ones that were told."""
    rows = connection.execute(
        text(
            "SELECT kind, told_at, state FROM alarms JOIN actions"
            " ON idempotency_key = 'notify:alarm.' || kind || '.' || told_at"
        )
    )
    return {Kind(row.kind): Told(row.told_at, ActionState(row.state)) for row in rows}


def put_alarm(connection: Connection, raised: Raised) -> None:
    connection.execute(
        text(
            "INSERT OR REPLACE INTO alarms (kind, level, raised_at, told_at, absent_since)"
            " VALUES (:kind, :level, :raised, :told, :absent)"
        ),
        {
            "kind": raised.kind.value,
            "level": raised.level.value,
            "raised": raised.raised_at,
            "told": raised.told_at,
            "absent": raised.absent_since,
        },
    )


def remove_alarm(connection: Connection, kind: Kind) -> None:
    connection.execute(text("DELETE FROM alarms WHERE kind = :kind"), {"kind": kind.value})
