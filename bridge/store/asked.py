"""What was asked for by `POST /action`, in the store: never twice under one key, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, text

from bridge.errors import Conflict, InputError
from bridge.store import message_tables as tables
from bridge.store.decisions import waiting_files
from bridge.store.outbox import ActionState
from bridge.uploads import DAY_MS, Source, Upload, new_id, now_ms

MOST_UPLOADS = 100
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


def photo_uploads(connection: Connection, photo_id: str, sender: str | None) -> list[tuple[Upload, bytes]]:
    """What apps sent under this id, with its sha256, newest first; of one app where it is named."""
    return _uploads(
        connection,
        "photo_id = :photo AND photo_id <> '' AND source = 'api' AND sender = coalesce(:sender, sender)",
        {"photo": photo_id, "sender": sender},
    )


def known_uploads(connection: Connection, name: str, value: str) -> list[tuple[Upload, bytes]]:
    """Those of any source that `name` (upload_id, photo_id, or sha256 as hexadecimal) is `value` of."""
    if name != "sha256":
        column = {"upload_id": "id", "photo_id": "photo_id"}[name]
        return _uploads(connection, f"{column} = :value", {"value": value})
    try:
        digest = bytes.fromhex(value)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise InputError("`sha256` takes 64 hexadecimal digits.")
    return _uploads(connection, "sha256 = :value", {"value": digest})


def _uploads(
    connection: Connection, condition: str, values: Mapping[str, object]
) -> list[tuple[Upload, bytes]]:
    rows = connection.execute(
        text(
            "SELECT id, source, sender, did, claimed_author, cid, uri, photo_id, sha256 FROM uploads"
            f" WHERE {condition} ORDER BY seq DESC LIMIT {MOST_UPLOADS}"
        ),
        values,
    )
    return [
        (
            Upload(
                Source(row.source),
                row.sender,
                id=row.id,
                did=row.did,
                claimed_author=row.claimed_author,
                cid=row.cid,
                uri=row.uri,
                photo_id=row.photo_id,
            ),
            row.sha256,
        )
        for row in rows
    ]


def open_cases_of(connection: Connection, upload_id: str) -> list[str]:
    """The open cases in which nobody decided this upload."""
    cases = connection.scalars(
        text(
            "SELECT case_id FROM case_uploads JOIN cases ON cases.id = case_id"
            " WHERE upload_id = :id AND state = 'open'"
        ),
        {"id": upload_id},
    )
    return [case for case in cases if any(file.id == upload_id for file in waiting_files(connection, case))]


def senders_of(connection: Connection, case_id: str) -> set[str]:
    """Who sent the uploads of a case: API keys, or empty where it was no app."""
    rows = connection.scalars(
        text(
            "SELECT CASE source WHEN 'api' THEN sender ELSE '' END FROM case_uploads"
            " JOIN uploads ON id = upload_id WHERE case_id = :id"
        ),
        {"id": case_id},
    )
    return set(rows)


def case_of_upload(connection: Connection, upload_id: str) -> str:
    """Its newest case, empty where it is in none."""
    statement = (
        "SELECT case_id FROM case_uploads JOIN cases ON id = case_id WHERE upload_id = :id"
        " ORDER BY opened_at DESC LIMIT 1"
    )
    return connection.scalar(text(statement), {"id": upload_id}) or ""


def has_actions(connection: Connection, result: Result) -> bool:
    """Whether anything was planned."""
    found = connection.scalar(text(f"SELECT count(*) FROM actions WHERE {_PLANNED}"), _planned(result))
    return bool(found)


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
        which, values = "decision = :batch", dict[str, object](batch=row.batch)
    else:
        which = _PLANNED
        values = _planned(Result(row.case_id, "", row.first_action, row.last_action))
    states = list(connection.scalars(text(f"SELECT DISTINCT state FROM actions WHERE {which}"), values))
    return _together(states)


_PLANNED = "case_id = :case AND decision = '' AND id BETWEEN :first AND :last AND type <> 'preserve'"


def _planned(result: Result) -> dict[str, object]:
    return {"case": result.case_id, "first": result.first_action, "last": result.last_action}


def _together(states: Sequence[str]) -> ActionState:
    for state in _UNDER_WAY:
        if state.value in states:
            return state
    return ActionState.CANCELLED if states == [ActionState.CANCELLED] else ActionState.CONFIRMED
