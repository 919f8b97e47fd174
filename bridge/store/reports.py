"""Reports in the store: what accounts of the PDS reported, each in a case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, bindparam, insert, text

from bridge.records import ReportRecord
from bridge.store import tables
from bridge.uploads import new_id, now_ms


def insert_report(
    connection: Connection,
    case_id: str,
    reporter: str,
    subject: Mapping[str, str],
    reason_type: str,
    reason: str,
) -> ReportRecord:
    values = {
        "ref": new_id(),
        "case_id": case_id,
        "reporter": reporter,
        "subject": _json(subject),
        "reason_type": reason_type,
        "reason": reason,
        "reported_at": now_ms(),
        "erase_basis": "",
    }
    connection.execute(insert(tables.reports), values)
    return _records(connection, "ref = :ref", {"ref": values["ref"]})[0]


def open_report(
    connection: Connection, reporter: str, subject: Mapping[str, str], reason_type: str
) -> ReportRecord | None:
    """The same report of the same account, in a case that is open still."""
    found = _records(
        connection,
        "reporter = :reporter AND subject = :subject AND reason_type = :reason_type"
        " AND case_id IN (SELECT id FROM cases WHERE state = 'open')",
        {"reporter": reporter, "subject": _json(subject), "reason_type": reason_type},
    )
    return found[0] if found else None


def count_reports(connection: Connection, reporter: str, since: int) -> int:
    return (
        connection.scalar(
            text("SELECT count(*) FROM reports WHERE reporter = :reporter AND reported_at > :since"),
            {"reporter": reporter, "since": since},
        )
        or 0
    )


def reports_of_case(connection: Connection, case_id: str, limit: int) -> list[ReportRecord]:
    """Newest first."""
    return _records(connection, "case_id = :case_id", {"case_id": case_id}, limit)


def case_of_report(connection: Connection, ref: str) -> str:
    """The id of the case that it is in, empty where there is no such report."""
    return connection.scalar(text("SELECT case_id FROM reports WHERE ref = :ref"), {"ref": ref}) or ""


def empty_reports_of_case(connection: Connection, case_id: str) -> None:
    """Leaves of each that it was made, when and for which reason."""
    connection.execute(
        text(
            "UPDATE reports SET reporter = '', subject = '{}', reason = '', erase_basis = ''"
            " WHERE case_id = :id"
        ),
        {"id": case_id},
    )


def reports_by(connection: Connection, reporter: str, now: int) -> tuple[list[str], list[tuple[str, int]]]:
    """The refs of those that may be erased, and the case and date of each hold that keeps others."""
    key = {"reporter": reporter, "now": now}
    held = connection.execute(text(f"SELECT DISTINCT case_id, until {_HELD}"), key)
    free = connection.scalars(
        text(
            "SELECT ref FROM reports WHERE reporter = :reporter AND reporter <> '' AND case_id NOT IN"
            " (SELECT case_id FROM holds WHERE until > :now)"
        ),
        key,
    )
    return list(free), [(row.case_id, row.until) for row in held]


def put_off_erasure(connection: Connection, reporter: str, basis: str, now: int) -> None:
    """Who reported is erased from cases on hold when these end."""
    connection.execute(
        text(f"UPDATE reports SET erase_basis = :basis WHERE ref IN (SELECT ref {_HELD})"),
        {"reporter": reporter, "basis": basis, "now": now},
    )


def erasures_due(connection: Connection, now: int) -> list[tuple[str, str]]:
    """Who is to be erased from reports now, no hold being in the way; and the basis."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT reporter, erase_basis FROM reports WHERE erase_basis <> '' AND case_id NOT IN"
            " (SELECT case_id FROM holds WHERE until > :now)"
        ),
        {"now": now},
    )
    return [(row.reporter, row.erase_basis) for row in rows]


def empty_reporters(connection: Connection, refs: Sequence[str]) -> None:
    """Who reported and what they wrote goes; what was reported is another's."""
    connection.execute(
        text("UPDATE reports SET reporter = '', reason = '', erase_basis = '' WHERE ref IN :refs").bindparams(
            bindparam("refs", expanding=True)
        ),
        {"refs": list(refs)},
    )


_HELD = (
    "FROM reports JOIN holds USING (case_id) WHERE reporter = :reporter AND reporter <> '' AND until > :now"
)


def _records(
    connection: Connection, condition: str, values: Mapping[str, object], limit: int = 1
) -> list[ReportRecord]:
    rows = connection.execute(
        text(f"SELECT * FROM reports WHERE {condition} ORDER BY id DESC LIMIT :limit"),
        {**values, "limit": limit},
    )
    return [_record(row) for row in rows.mappings()]


def _record(row: RowMapping) -> ReportRecord:
    return ReportRecord(
        id=row["id"],
        ref=row["ref"],
        case_id=row["case_id"],
        reporter=row["reporter"],
        subject=json.loads(row["subject"]),
        reason_type=row["reason_type"],
        reason=row["reason"],
        reported_at=row["reported_at"],
    )


def _json(subject: Mapping[str, str]) -> str:
    return json.dumps(dict(subject), sort_keys=True)
