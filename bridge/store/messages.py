"""Messages in the store: what an action of the type webhook or notify tells, read when it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, text

from bridge.catalogue import Category
from bridge.store import message_tables as tables

MOST_UPLOADS = 100


@dataclass(frozen=True, slots=True)
class ToldUpload:
    """An upload as a receiver may know it; all but `id` may be empty."""

    id: str
    sender: str
    photo_id: str
    did: str
    uri: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, and whom. `kind` says which of the other fields mean anything; times are milliseconds.

    `matched` and `answer` say what stands of the first upload now: BLOCK, REVIEW or none. `matches` are
    (bank, entry id), of own and test banks only. `uploads` are the first hundred.
    """

    key: str
    receiver: str
    kind: str
    text: str
    at: int
    case_id: str = ""
    category: Category | None = None
    choice: str = ""
    reason: str = ""
    uploads: tuple[ToldUpload, ...] = ()
    matches: tuple[tuple[str, int], ...] = ()
    matched: bool = False
    answer: str = "none"


def insert_message(connection: Connection, key: str, receiver: str, kind: str, words: str) -> None:
    """To the action of this idempotency key."""
    action_id = connection.scalar(text("SELECT id FROM actions WHERE idempotency_key = :key"), {"key": key})
    row = {"action_id": action_id, "receiver": receiver, "kind": kind, "text": words}
    connection.execute(insert(tables.messages), row)


def read_message(connection: Connection, action_id: int) -> Message | None:
    """As the store has it now; None where it was erased."""
    row = connection.execute(
        text(
            "SELECT idempotency_key, receiver, kind, messages.text, planned_at, actions.case_id, upload_id,"
            " category, choice, decisions.reason FROM actions JOIN messages ON action_id = actions.id"
            " LEFT JOIN cases ON cases.id = actions.case_id"
            " LEFT JOIN decisions ON decision <> '' AND batch = decision"
            "  AND decisions.case_id = actions.case_id"
            " WHERE actions.id = :id"
        ),
        {"id": action_id},
    ).first()
    if row is None:
        return None
    category = Category(row.category) if row.category else None
    uploads = _uploads(connection, row.case_id, row.upload_id)
    tells_entries = category is not None and not category.is_listed
    matched, answer = standing_answer(connection, uploads[0].id) if uploads else (False, "none")
    return Message(
        key=row.idempotency_key,
        receiver=row.receiver,
        kind=row.kind,
        text=row.text,
        at=row.planned_at,
        case_id=row.case_id,
        category=category,
        choice=row.choice or "",
        reason=row.reason or "",
        uploads=uploads,
        matches=_matches(connection, uploads) if tells_entries else (),
        matched=matched,
        answer=answer,
    )


def receiver_of(connection: Connection, key: str) -> str | None:
    """Who is told by the action of this key; None where it tells nobody."""
    found: str | None = connection.scalar(
        text("SELECT receiver FROM messages JOIN actions ON id = action_id WHERE idempotency_key = :key"),
        {"key": key},
    )
    return found


def standing_answer(connection: Connection, upload_id: str) -> tuple[bool, str]:
    """Whether an upload counts as matched now, and the answer for it: BLOCK, REVIEW or none.

    What was decided counts before what was found. Let go is what all of its cases let go.
    """
    rows = connection.execute(text(_CHOICES), {"id": upload_id}).all()
    choices = [row.choice for row in rows if not row.is_erased]
    if any(choice and choice.startswith("takedown") for choice in choices):
        return True, "BLOCK"
    if choices and all(choices):
        return False, "none"
    found = connection.execute(
        text("SELECT verdict, action FROM uploads WHERE id = :id"), {"id": upload_id}
    ).first()
    if found is None:
        return False, "none"
    waits = "REVIEW" if choices else "none"
    return found.verdict == "matched", found.action if found.action != "none" else waits


_CHOICES = (
    "SELECT gathers LIKE 'erased:%' AS is_erased,"
    " (SELECT choice FROM decisions JOIN decision_uploads ON decision_id = decisions.id"
    "  WHERE decisions.case_id = cases.id AND decision_uploads.upload_id = :id AND undone_at IS NULL"
    "  AND choice NOT IN ('escalate', 'later') ORDER BY decisions.id DESC LIMIT 1) AS choice"
    " FROM case_uploads JOIN cases ON cases.id = case_id WHERE case_uploads.upload_id = :id"
)


def _uploads(connection: Connection, case_id: str, upload_id: str) -> tuple[ToldUpload, ...]:
    """The one that it is about, else those of its case, newest first."""
    which = (
        "id = :upload"
        if upload_id
        else "id IN (SELECT upload_id FROM case_uploads WHERE case_id = :case AND :case <> '')"
    )
    rows = connection.execute(
        text(
            "SELECT id, sender, photo_id, did, uri FROM uploads"
            f" WHERE {which} ORDER BY seq DESC LIMIT {MOST_UPLOADS}"
        ),
        {"upload": upload_id, "case": case_id},
    )
    return tuple(ToldUpload(*row) for row in rows)


def _matches(connection: Connection, uploads: tuple[ToldUpload, ...]) -> tuple[tuple[str, int], ...]:
    found: dict[tuple[str, int], None] = {}
    statement = text(
        "SELECT bank, entry_id FROM matches WHERE upload_id = :id AND role = 'block' AND cancelled_by = ''"
        " AND category IN ('own', 'test') ORDER BY distance, id"
    )
    for each in uploads:
        rows = connection.execute(statement, {"id": each.id})
        found |= dict.fromkeys((row.bank, row.entry_id) for row in rows)
    return tuple(found)
