"""Settings that an operator changed while the bridge ran, as text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.dialects.sqlite import insert

from bridge.store import setting_tables as tables
from bridge.uploads import now_ms


@dataclass(frozen=True, slots=True)
class Changed:
    """`value` as it would stand on the command line; when it was set, ms, and by whom."""

    value: str
    set_at: int
    actor: str


def changed_settings(connection: Connection) -> dict[str, Changed]:
    """By name: `deciding.undo_seconds`."""
    rows = connection.execute(text("SELECT name, value, set_at, actor FROM settings ORDER BY name"))
    return {row.name: Changed(row.value, row.set_at, row.actor) for row in rows}


def keep_setting(connection: Connection, name: str, value: str, actor: str) -> None:
    row = {"value": value, "set_at": now_ms(), "actor": actor}
    statement = insert(tables.settings).values(name=name, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def forget_setting(connection: Connection, name: str) -> bool:
    """Whether it had been changed."""
    return bool(connection.execute(text("DELETE FROM settings WHERE name = :name"), {"name": name}).rowcount)
