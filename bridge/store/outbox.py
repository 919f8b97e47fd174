"""The outbox as its runner reads it: what is due, what came of it, when to try again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, bindparam, text

from bridge.records import ActionRecord
from bridge.store.backoff import backoff_ms, spread
from bridge.uploads import now_ms

FIRST_RETRY_MS = 2_000
BLOCKED_MS = 5_000
TRIES_KEPT = 10


class ActionState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Action:
    """One outward effect of a decision. `attempts` counts the tries so far, `why` the last one's trouble."""

    id: int
    key: str
    type: str
    state: ActionState
    case_id: str
    upload_id: str
    did: str
    cid: str
    uri: str = ""
    attempts: int = 0
    why: str = ""


_ACTIONS = (
    "SELECT actions.id, idempotency_key, type, state, case_id, upload_id, did, cid, uri,"
    " coalesce(attempts, 0) AS attempts, coalesce(attempts.why, '') AS trouble"
    " FROM actions LEFT JOIN attempts ON action_id = actions.id"
)


_AWAITS_THE_END_OF_A_PAUSE = (
    "({0}.state = 'planned' AND ({0}.automatic = 1 OR {0}.type = 'hold') AND EXISTS (SELECT 1 FROM pause))"
)
"""What nobody decided is not begun while the bridge is paused."""
_TOLD_BEFORE = (
    "SELECT 1 FROM messages AS mine JOIN messages AS theirs ON theirs.receiver = mine.receiver"
    " JOIN actions AS earlier ON earlier.id = theirs.action_id"
    " WHERE mine.action_id = actions.id AND earlier.upload_id = actions.upload_id"
    " AND actions.upload_id <> '' AND earlier.id < actions.id"
    " AND earlier.state IN ('planned', 'running') AND earlier.wait_until <= :now"
)


def due_actions(connection: Connection, limit: int, types: Collection[str] | None = None) -> list[Action]:
    """Those to carry out now, longest planned first; what ran when the bridge ended runs again.

    What is taken down is given to nobody afterwards: its evidence comes first. What is done to one
    subject, or told to one app of one upload, is done in the order in which it was planned. Of any type,
    unless `types` are named.
    """
    of_type = "" if types is None else " AND type IN :types"
    statement = text(
        f"{_ACTIONS} WHERE state IN ('planned', 'running') AND coalesce(due_at, 0) <= :now{of_type}"
        f" AND wait_until <= :now AND NOT {_AWAITS_THE_END_OF_A_PAUSE.format('actions')}"
        " AND NOT EXISTS (SELECT 1 FROM actions AS before"
        "  WHERE before.did = actions.did AND before.cid = actions.cid AND before.uri = actions.uri"
        "  AND actions.did <> '' AND before.id < actions.id AND before.state IN ('planned', 'running')"
        f"  AND before.wait_until <= :now AND NOT {_AWAITS_THE_END_OF_A_PAUSE.format('before')}"
        "  AND before.type IN ('takedown', 'hold', 'restore')"
        "  AND actions.type IN ('takedown', 'hold', 'restore'))"
        " AND (type = 'preserve' OR NOT EXISTS (SELECT 1 FROM actions AS first"
        "  WHERE first.type = 'preserve' AND first.state IN ('planned', 'running') AND"
        "  CASE actions.upload_id WHEN '' THEN first.did = actions.did"
        "  ELSE first.upload_id = actions.upload_id END))"
        f" AND NOT EXISTS ({_TOLD_BEFORE})"
        " ORDER BY type = 'preserve', coalesce(due_at, planned_at), actions.id LIMIT :limit"
    )
    values: dict[str, object] = {"now": now_ms(), "limit": limit}
    if types is not None:
        statement = statement.bindparams(bindparam("types", expanding=True))
        values["types"] = list(types)
    rows = connection.execute(statement, values)
    return [_action(row) for row in rows]


def actions_of_case(connection: Connection, case_id: str) -> list[ActionRecord]:
    """In the order in which they were planned."""
    rows = connection.execute(
        text(
            "SELECT type, state, did, cid, uri, planned_at, coalesce(attempts.why, '') AS trouble"
            " FROM actions LEFT JOIN attempts ON action_id = actions.id"
            " WHERE case_id = :id ORDER BY actions.id"
        ),
        {"id": case_id},
    )
    return [
        ActionRecord(
            row.type,
            row.state,
            "record" if row.uri else "blob" if row.cid else "account" if row.did else "erased",
            row.uri or row.cid or row.did,
            row.planned_at,
            row.trouble,
        )
        for row in rows
    ]


def is_settled(connection: Connection, upload_id: str) -> bool:
    """Whether every action on an upload has come to its end."""
    waiting = connection.scalar(
        text("SELECT 1 FROM actions WHERE upload_id = :id AND state IN ('planned', 'running')"),
        {"id": upload_id},
    )
    return waiting is None


def set_state(
    connection: Connection, action: Action, state: ActionState, why: str = "", remedy: str = ""
) -> bool:
    """False where it was cancelled meanwhile: then nothing is changed."""
    has_ended = state in (ActionState.CONFIRMED, ActionState.FAILED)
    changed = connection.execute(
        text(
            "UPDATE actions SET state = :state, ended_at = :ended_at"
            " WHERE id = :id AND state IN ('planned', 'running')"
        ),
        {"state": state.value, "id": action.id, "ended_at": now_ms() if has_ended else None},
    )
    if not changed.rowcount:
        return False
    if has_ended:
        connection.execute(text("DELETE FROM attempts WHERE action_id = :id"), {"id": action.id})
    if why:
        _note_try(connection, action.id, why, remedy)
    return True


def put_off(
    connection: Connection,
    action: Action,
    why: str,
    remedy: str = "",
    *,
    was_tried: bool = True,
    first: int | None = None,
) -> None:
    """Tries again after 2 s, 4 s, 8 s … 15 min, or twice `first` each time, and up to a quarter longer;
    each 5 s where nothing was asked of anybody yet.
    """
    wait = spread(backoff_ms(first or FIRST_RETRY_MS, action.attempts)) if was_tried else BLOCKED_MS
    if not is_live(connection, action.id):
        return
    if was_tried:
        _note_try(connection, action.id, why, remedy)
    connection.execute(
        text(
            "INSERT INTO attempts (action_id, attempts, due_at, why, remedy)"
            " VALUES (:id, :tried, :due, :why, :remedy) ON CONFLICT (action_id) DO UPDATE"
            " SET attempts = attempts + :tried, due_at = :due, why = :why, remedy = :remedy"
        ),
        {"id": action.id, "tried": was_tried, "due": now_ms() + wait, "why": why, "remedy": remedy},
    )


def is_live(connection: Connection, action_id: int) -> bool:
    """Whether it has come to no end, nor was cancelled."""
    statement = "SELECT 1 FROM actions WHERE id = :id AND state IN ('planned', 'running')"
    return connection.scalar(text(statement), {"id": action_id}) is not None


def _note_try(connection: Connection, action_id: int, what: str, remedy: str) -> None:
    """Keeps what a try said, the last ten."""
    key = {"id": action_id, "now": now_ms(), "what": what, "remedy": remedy, "keep": TRIES_KEPT}
    statement = "INSERT INTO tries (action_id, at, what, remedy) VALUES (:id, :now, :what, :remedy)"
    connection.execute(text(statement), key)
    connection.execute(
        text(
            "DELETE FROM tries WHERE action_id = :id AND id NOT IN"
            " (SELECT id FROM tries WHERE action_id = :id ORDER BY id DESC LIMIT :keep)"
        ),
        key,
    )


def _action(row: Row[tuple[object, ...]]) -> Action:
    return Action(
        id=row.id,
        key=row.idempotency_key,
        type=row.type,
        state=ActionState(row.state),
        case_id=row.case_id,
        upload_id=row.upload_id,
        did=row.did,
        cid=row.cid,
        uri=row.uri,
        attempts=row.attempts,
        why=row.trouble,
    )
