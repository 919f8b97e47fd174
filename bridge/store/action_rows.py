"""Actions as an operator sees them: all of them, each with its tries, and what may be done about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, bindparam, text

from bridge.errors import Conflict, NotFound
from bridge.records import ActionRow, Try
from bridge.store.outbox import ActionState
from bridge.store.policies import in_force
from bridge.uploads import now_ms

_OPERATOR = "operator"


class Which(StrEnum):
    """Open ones are planned or under way; those that need somebody have failed, or wait with a trouble."""

    ALL = "all"
    OPEN = "open"
    FAILED = "failed"


_WHERE = {
    Which.ALL: "1 = 1",
    Which.OPEN: "state IN ('planned', 'running')",
    Which.FAILED: "(state = 'failed' OR (state IN ('planned', 'running') AND attempts.why <> ''))",
}
_COLUMNS = (
    "SELECT actions.id, type, state, automatic, actions.case_id, upload_id, did, cid, uri,"
    " actions.why AS reason, planned_at, ended_at, wait_until, decision, due_at,"
    " coalesce(attempts, 0) AS attempts, coalesce(attempts.why, '') AS trouble,"
    " coalesce(attempts.remedy, '') AS remedy,"
    " coalesce(decisions.actor, '') AS decided_by, coalesce(decisions.at, 0) AS decided_at,"
    " coalesce(decisions.reason, '') AS code, coalesce(messages.kind, opinion) AS message,"
    " CASE WHEN opinion IS NULL THEN messages.receiver"
    "  ELSE coalesce((SELECT name FROM exchanges WHERE id = exchange_id), 'a removed list') END AS receiver,"
    " (SELECT photo_id FROM uploads WHERE id = upload_id) AS photo_id FROM actions"
    " LEFT JOIN attempts ON attempts.action_id = actions.id"
    " LEFT JOIN messages ON messages.action_id = actions.id"
    " LEFT JOIN feedbacks ON feedbacks.action_id = actions.id"
    " LEFT JOIN decisions ON decision <> '' AND batch = decision AND decisions.case_id = actions.case_id"
)


def action_rows(
    connection: Connection, which: Which, limit: int, before: int | None = None
) -> list[ActionRow]:
    """Those that failed first, then open ones, then the rest; newest first in each.

    `before` is the id of the last one of the page above, and then only older ones come, in that order.
    """
    older = "" if before is None else "AND actions.id < :before"
    first = "state <> 'failed', state NOT IN ('planned', 'running')," if before is None else ""
    rows = connection.execute(
        text(f"{_COLUMNS} WHERE {_WHERE[which]} {older} ORDER BY {first} actions.id DESC LIMIT :limit"),
        {"limit": limit, "before": before},
    )
    return _rows(connection, rows.mappings().all())


def find_action(connection: Connection, action_id: int) -> ActionRow:
    """Raises NotFound."""
    rows = connection.execute(text(f"{_COLUMNS} WHERE actions.id = :id"), {"id": action_id})
    found = _rows(connection, rows.mappings().all())
    if not found:
        raise NotFound(f"There is no action {action_id}.", "Read the actions anew.")
    return found[0]


def key_of(connection: Connection, action_id: int) -> str:
    """Its idempotency key, by which the log names it."""
    return str(
        connection.scalar(text("SELECT idempotency_key FROM actions WHERE id = :id"), {"id": action_id})
    )


def retry_action(connection: Connection, action: ActionRow) -> None:
    """Lets a failed one begin anew, and one that waits go on now. Raises Conflict for one that has ended."""
    if action.state == ActionState.FAILED:
        statement = "UPDATE actions SET state = 'planned', ended_at = NULL WHERE id = :id"
        connection.execute(text(statement), {"id": action.id})
    elif action.state not in (ActionState.PLANNED, ActionState.RUNNING):
        raise Conflict("This action has ended; there is nothing to try again.")
    connection.execute(text("UPDATE attempts SET due_at = 0 WHERE action_id = :id"), {"id": action.id})


def drop_action(connection: Connection, action: ActionRow) -> None:
    """Gives one up. Raises Conflict for one that was carried out."""
    changed = connection.execute(
        text(
            "UPDATE actions SET state = 'cancelled', ended_at = :now WHERE id = :id"
            " AND state IN ('planned', 'running', 'failed')"
        ),
        {"id": action.id, "now": now_ms()},
    ).rowcount
    if not changed:
        raise Conflict("This action has ended; there is nothing to drop.")
    connection.execute(text("DELETE FROM attempts WHERE action_id = :id"), {"id": action.id})


def _rows(connection: Connection, rows: Sequence[RowMapping]) -> list[ActionRow]:
    tries: dict[int, list[Try]] = {}
    statement = text(
        "SELECT action_id, at, what, remedy FROM tries WHERE action_id IN :ids ORDER BY id"
    ).bindparams(bindparam("ids", expanding=True))
    for row in connection.execute(statement, {"ids": [each["id"] for each in rows]}):
        tries.setdefault(row.action_id, []).append(Try(row.at, row.what, row.remedy))
    words = {reason.code: reason.words for reason in in_force(connection).reasons} if rows else {}
    return [_row(each, words, tuple(tries.get(each["id"], ()))) for each in rows]


def _row(row: RowMapping, words: Mapping[str, str], tries: tuple[Try, ...]) -> ActionRow:
    last = tries[-1].remedy if tries and row["state"] == ActionState.FAILED else ""
    return ActionRow(
        id=row["id"],
        type=row["type"],
        state=row["state"],
        automatic=bool(row["automatic"]),
        case_id=row["case_id"],
        upload_id=row["upload_id"],
        subject="record" if row["uri"] else "blob" if row["cid"] else "account" if row["did"] else "",
        did=row["did"],
        named=row["uri"] or row["cid"] or row["photo_id"] or "",
        reason=row["reason"],
        planned_at=row["planned_at"],
        ended_at=row["ended_at"],
        wait_until=row["wait_until"],
        decision=row["decision"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        trouble=row["trouble"],
        remedy=row["remedy"] or last,
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        ground=words.get(row["code"], row["code"]),
        message=row["message"] or "",
        receiver="" if row["message"] is None else row["receiver"] or _OPERATOR,
        tries=tries,
    )
