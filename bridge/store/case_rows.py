"""Rows of cases with what belongs to them, read for a whole page together: seven queries, however many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, bindparam, text

from bridge.catalogue import Category
from bridge.records import CaseRecord, CaseState, DecidedAs
from bridge.store.uploads import match_record

BY_DID = "did:"
"""Before the account's own DID, where a case gathers by it."""

_Rows = Mapping[str, RowMapping]


def with_what_belongs(connection: Connection, rows: Sequence[RowMapping]) -> list[CaseRecord]:
    """The records of these rows of `cases`, in their order."""
    ids = [row["id"] for row in rows]
    closest, files = _by_case(connection, _CLOSEST, ids), _by_case(connection, _FILES, ids)
    acted, reported = _by_case(connection, _TAKEN_DOWN, ids), _by_case(connection, _REPORTED, ids)
    decided = _by_case(connection, _DECIDED, ids)
    banks: dict[str, list[str]] = {}
    for row in _read(connection, _BANKS, ids):
        banks.setdefault(row["case_id"], []).append(row["bank"])
    around = (closest, files, acted, reported, decided)
    return [_record(row, around, tuple(banks.get(row["id"], ()))) for row in rows]


def _read(connection: Connection, statement: str, ids: Sequence[str]) -> Sequence[RowMapping]:
    asked = text(statement).bindparams(bindparam("ids", expanding=True))
    return connection.execute(asked, {"ids": ids}).mappings().all()


def _by_case(connection: Connection, statement: str, ids: Sequence[str]) -> _Rows:
    return {row["case_id"]: row for row in _read(connection, statement, ids)}


def _record(row: RowMapping, around: Sequence[_Rows], banks: tuple[str, ...]) -> CaseRecord:
    case_id, gathered = row["id"], str(row["gathers"])
    nearest, last, done, reports, decided = (rows.get(case_id) for rows in around)
    is_erased = gathered.startswith("erased:")
    return CaseRecord(
        id=case_id,
        state=CaseState(row["state"]),
        category=Category(row["category"]),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        did=gathered.removeprefix(BY_DID) if gathered.startswith(BY_DID) else last["did"] if last else "",
        claimed_author=last["claimed_author"] if last else "",
        sender=last["sender"] if last and not is_erased else "",
        banks=banks,
        file_count=last["files"] if last else 0,
        closest=match_record(nearest) if nearest else None,
        action="BLOCK" if last and last["blocked"] else "REVIEW",
        taken_down=done["done"] if done else 0,
        to_take_down=done["waiting"] if done else 0,
        reporters=reports["reporters"] if reports else 0,
        report_reason=reports["reason_type"] if reports else "",
        later_until=row["later_until"],
        escalated_at=row["escalated_at"],
        decided_at=row["decided_at"],
        appealed_at=row["appealed_at"],
        decided=DecidedAs(decided["batch"], decided["choice"], decided["actor"]) if decided else None,
    )


_STANDING = (
    "FROM cases JOIN case_uploads ON case_id = cases.id JOIN matches USING (upload_id)"
    " WHERE case_id IN :ids AND matches.category = cases.category AND role = 'block' AND cancelled_by = ''"
)
_CLOSEST = (
    "SELECT * FROM (SELECT case_id, matches.*, row_number() OVER (PARTITION BY case_id"
    f" ORDER BY signal_type IN ('pdq', 'other'), distance, matches.id) AS place {_STANDING}) WHERE place = 1"
)
_BANKS = f"SELECT DISTINCT case_id, bank {_STANDING} ORDER BY bank"
_FILES = (
    "SELECT case_id, did, claimed_author, sender, max(action = 'BLOCK') AS blocked, count(*) AS files"
    " FROM case_uploads JOIN uploads ON uploads.id = upload_id WHERE case_id IN :ids GROUP BY case_id"
)
_TAKEN_DOWN = (
    "SELECT case_id, count(*) FILTER (WHERE state = 'confirmed') AS done,"
    " count(*) FILTER (WHERE state IN ('planned', 'running')) AS waiting"
    " FROM actions WHERE case_id IN :ids AND type IN ('takedown', 'hold') GROUP BY case_id"
)
_REPORTED = (  # with one max, the other columns are those of its row: the newest report's reason
    "SELECT case_id, count(DISTINCT reporter) AS reporters, reason_type, max(id)"
    " FROM reports WHERE case_id IN :ids GROUP BY case_id"
)
_DECIDED = (  # of those that stand, as above
    "SELECT case_id, batch, choice, actor, max(id) FROM decisions WHERE case_id IN :ids AND undone_at IS NULL"
    " AND choice NOT IN ('escalate', 'later') GROUP BY case_id"
)
