"""The alarms that are raised, in the store: a restart raises none of them anew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlmodel import Field, SQLModel

from bridge.alarm import Kind, Level


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


def raised_alarms(connection: Connection) -> dict[Kind, Raised]:
    rows = connection.execute(text("SELECT kind, level, raised_at, told_at, absent_since FROM alarms"))
    found = [Raised(Kind(row.kind), Level(row.level), *row[2:]) for row in rows]
    return {each.kind: each for each in found}


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
