"""What was asked for by `POST /action`, in the store: never twice under one key, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, text

from bridge.errors import Conflict
from bridge.store import message_tables as tables
from bridge.store.outbox import ActionState
from bridge.uploads import DAY_MS, new_id, now_ms

KEEP_DAYS = 30
"""For so long a key names its request."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a request: decisions of a batch, or the actions of its case from one id to another; 0 and
    empty where there was nothing to do.
    """

    case_id: str = ""
    batch: str = ""
    first_action: int = 0
    last_action: int = 0


@dataclass(frozen=True, slots=True)
class AskedRecord:
    """`is_done`: it was decided or planned. `state` is that of its actions, confirmed where none is left."""

    id: str
    type: str
    at: int
    is_done: bool
    case_id: str
    state: ActionState


def reserve(connection: Connection, actor: str, key: str, digest: bytes, type_: str) -> AskedRecord:
    """The request of this key, new or as it was. Raises Conflict where it was another one."""
    now = now_ms()
    connection.execute(text("DELETE FROM asked_actions WHERE at < :old"), {"old": now - KEEP_DAYS * DAY_MS})
    named = {"actor": actor, "key": key}
    row = connection.execute(text(f"{_ROWS} WHERE actor = :actor AND key = :key"), named).first()
    if row is None:
        fresh = {"id": new_id(), **named, "digest": digest, "type": type_, "at": now, "done": 0}
        nothing = {"case_id": "", "batch": "", "first_action": 0, "last_action": 0}
        connection.execute(insert(tables.asked_actions), {**fresh, **nothing})
        row = connection.execute(text(f"{_ROWS} WHERE actor = :actor AND key = :key"), named).one()
    elif row.digest != digest:
        raise Conflict("This idempotency key was used for another action.", "Use a new one for each.")
    return _record(connection, row)


def finish(connection: Connection, asked_id: str, result: Result) -> None:
    connection.execute(
        text(
            "UPDATE asked_actions SET done = 1, case_id = :case, batch = :batch, first_action = :first,"
            " last_action = :last WHERE id = :id"
        ),
        {
            "id": asked_id,
            "case": result.case_id,
            "batch": result.batch,
            "first": result.first_action,
            "last": result.last_action,
        },
    )


def find_asked(connection: Connection, asked_id: str, actor: str | None) -> AskedRecord | None:
    """Of this actor, or of any where there is none."""
    row = connection.execute(
        text(f"{_ROWS} WHERE id = :id AND actor = coalesce(:actor, actor)"), {"id": asked_id, "actor": actor}
    ).first()
    return _record(connection, row) if row is not None else None


def last_action_id(connection: Connection) -> int:
    return connection.scalar(text("SELECT max(id) FROM actions")) or 0


def action_of_key(connection: Connection, key: str) -> int:
    """The id of the action of this idempotency key, 0 where there is none."""
    return connection.scalar(text("SELECT id FROM actions WHERE idempotency_key = :key"), {"key": key}) or 0


_ROWS = "SELECT * FROM asked_actions"
_UNDER_WAY = (ActionState.FAILED, ActionState.RUNNING, ActionState.PLANNED)
"""The first of these that any of its actions is in is the state of all."""


def _record(connection: Connection, row: Row[tuple[object, ...]]) -> AskedRecord:
    return AskedRecord(row.id, row.type, row.at, bool(row.done), row.case_id, _state(connection, row))


def _state(connection: Connection, row: Row[tuple[object, ...]]) -> ActionState:
    if not row.done:
        return ActionState.RUNNING
    if row.batch:
        undone = text("SELECT 1 FROM decisions WHERE batch = :batch AND undone_at IS NOT NULL")
        if connection.scalar(undone, {"batch": row.batch}):
            return ActionState.CANCELLED
        which, values = "decision = :batch", {"batch": row.batch}
    else:
        which = "case_id = :case AND decision = '' AND id BETWEEN :first AND :last AND type <> 'preserve'"
        values = {"case": row.case_id, "first": row.first_action, "last": row.last_action}
    states = list(connection.scalars(text(f"SELECT DISTINCT state FROM actions WHERE {which}"), values))
    return _together(states)


def _together(states: Sequence[str]) -> ActionState:
    for state in _UNDER_WAY:
        if state.value in states:
            return state
    return ActionState.CANCELLED if states == [ActionState.CANCELLED] else ActionState.CONFIRMED
