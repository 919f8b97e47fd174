"""Decisions in the store: which files of a case wait, what was decided of them, and what may be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, insert, text

from bridge.decisions import Choice, DecisionRecord, Request
from bridge.errors import CaseDecided, NotFound
from bridge.store import decision_tables as tables
from bridge.uploads import new_id, now_ms


@dataclass(frozen=True, slots=True)
class File:
    """An upload as a decision sees it."""

    id: str
    did: str
    cid: str
    sha256: bytes
    photo_id: str
    sender: str
    source: str

    @property
    def is_on_pds(self) -> bool:
        return bool(self.did and self.cid)


_UNDECIDED = (
    "NOT EXISTS (SELECT 1 FROM decision_uploads JOIN decisions ON decisions.id = decision_id"
    " WHERE decision_uploads.upload_id = uploads.id AND decisions.case_id = :case AND undone_at IS NULL"
    " AND superseded_at IS NULL AND choice NOT IN ('escalate', 'later'))"
)


def waiting_files(connection: Connection, case_id: str, only: Sequence[str] = ()) -> list[File]:
    """The files of a case that nobody decided; of `only`, where some are named, and then all of them.

    Raises NotFound for one that is not in the case, CaseDecided for one that was decided.
    """
    files = _files(connection, f"AND {_UNDECIDED}", case_id)
    if not only:
        return files
    named = {file.id: file for file in files if file.id in only}
    if len(named) < len(set(only)):
        there = {file.id for file in case_files(connection, case_id)}
        if not there.issuperset(only):
            raise NotFound("One of these files is not in the case.", "Read the case anew.")
        raise CaseDecided("One of these files was decided meanwhile.", "Read the case anew.")
    return list(named.values())


def case_files(connection: Connection, case_id: str) -> list[File]:
    """All of a case's files, in the order they came."""
    return _files(connection, "", case_id)


def _files(connection: Connection, condition: str, case_id: str) -> list[File]:
    rows = connection.execute(
        text(
            "SELECT uploads.id, did, cid, sha256, photo_id, sender, source"
            " FROM case_uploads JOIN uploads ON uploads.id = upload_id"
            f" WHERE case_uploads.case_id = :case {condition} ORDER BY seq"
        ),
        {"case": case_id},
    )
    return [File(*row) for row in rows]


def insert_decision(
    connection: Connection,
    request: Request,
    batch: str,
    case_id: str,
    actor: str,
    undo_until: int,
    files: Sequence[File],
) -> tuple[int, str]:
    """Its row and its name in the log."""
    ref = new_id()
    row = connection.execute(
        insert(tables.decisions).values(
            ref=ref,
            batch=batch,
            key=request.key,
            case_id=case_id,
            at=now_ms(),
            actor=actor,
            choice=request.choice.value,
            reason=request.reason,
            note=request.note,
            undo_until=undo_until,
            undone_at=None,
            undone_by="",
            superseded_at=None,
        )
    )
    assert row.inserted_primary_key is not None
    number = int(row.inserted_primary_key[0])
    if files:
        connection.execute(
            insert(tables.decision_uploads),
            [{"decision_id": number, "upload_id": file.id} for file in files],
        )
    return number, ref


def batch_of_key(connection: Connection, key: str) -> str | None:
    """The batch that was made under the caller's own name for it."""
    found: str | None = connection.scalar(
        text("SELECT batch FROM decisions WHERE key = :key LIMIT 1"), {"key": key}
    )
    return found


def decisions_of_batch(connection: Connection, batch: str) -> list[DecisionRecord]:
    return _records(connection, "batch = :value", batch)


def decisions_of_case(connection: Connection, case_id: str) -> list[DecisionRecord]:
    """In the order in which they were made, undone ones too."""
    return _records(connection, "case_id = :value", case_id)


def newest_decision(connection: Connection, case_id: str) -> DecisionRecord | None:
    """The newest that stands and decided something."""
    standing = [each for each in decisions_of_case(connection, case_id) if each.stands]
    return next((each for each in reversed(standing) if each.choice.decides), None)


def undoable(connection: Connection, now: int) -> list[DecisionRecord]:
    """Those of the newest batch whose undo window is open; none where there is none."""
    batch = connection.scalar(
        text(
            "SELECT batch FROM decisions WHERE undone_at IS NULL AND superseded_at IS NULL"
            " AND undo_until > :now ORDER BY id DESC LIMIT 1"
        ),
        {"now": now},
    )
    return decisions_of_batch(connection, batch) if batch else []


def mark_undone(connection: Connection, batch: str, actor: str) -> int:
    """How many decisions it was that stood."""
    return connection.execute(
        text(
            "UPDATE decisions SET undone_at = :now, undone_by = :actor"
            " WHERE batch = :batch AND undone_at IS NULL AND superseded_at IS NULL"
        ),
        {"now": now_ms(), "actor": actor, "batch": batch},
    ).rowcount


def supersede(connection: Connection, case_id: str) -> int:
    """An appeal came: what was decided covers no file of the case any more. How many decisions that were."""
    return connection.execute(
        text(
            "UPDATE decisions SET superseded_at = :now"
            " WHERE case_id = :case AND undone_at IS NULL AND superseded_at IS NULL"
        ),
        {"now": now_ms(), "case": case_id},
    ).rowcount


def keep_entries(connection: Connection, decision: int, entries: Sequence[int]) -> None:
    """Notes which entries of allow banks the decision made."""
    connection.execute(
        insert(tables.decision_entries),
        [{"decision_id": decision, "entry_id": entry} for entry in entries],
    )


def _records(connection: Connection, condition: str, value: str) -> list[DecisionRecord]:
    rows = connection.execute(
        text(f"SELECT * FROM decisions WHERE {condition} ORDER BY id"), {"value": value}
    ).mappings()
    found = list(rows.all())
    files = _files_of(connection, [row["id"] for row in found])
    return [_record(row, tuple(files.get(row["id"], ()))) for row in found]


def _files_of(connection: Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    files: dict[int, list[str]] = {}
    statement = text(
        "SELECT decision_id, upload_id FROM decision_uploads WHERE decision_id IN :numbers"
    ).bindparams(bindparam("numbers", expanding=True))
    for row in connection.execute(statement, {"numbers": list(numbers)}):
        files.setdefault(row.decision_id, []).append(row.upload_id)
    return files


def _record(row: RowMapping, files: tuple[str, ...]) -> DecisionRecord:
    return DecisionRecord(
        batch=row["batch"],
        case_id=row["case_id"],
        at=row["at"],
        actor=row["actor"],
        choice=Choice(row["choice"]),
        reason=row["reason"],
        note=row["note"],
        undo_until=row["undo_until"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
        superseded_at=row["superseded_at"],
        uploads=files,
    )
