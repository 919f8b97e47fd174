"""Cases in the store: which one an upload or an account joins, and what they look like to a person."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, RowMapping, insert, text

from bridge.catalogue import Category
from bridge.errors import NotFound
from bridge.records import CaseRecord, CaseState, Listed
from bridge.store import tables
from bridge.store.reports import report_summary
from bridge.store.uploads import match_record
from bridge.uploads import Source, Upload, new_id, now_ms

MOST_PRESSING_FIRST = (
    "escalated_at = 0, CASE category WHEN 'child_safety' THEN 0 WHEN 'ncii' THEN 1 WHEN 'terrorism' THEN 2"
    " WHEN 'exploitative' THEN 3 WHEN 'own' THEN 4 ELSE 5 END, opened_at"
)

_DID = "did:"
"""Before the account's own DID, where a case gathers by it."""


def gathers(upload: Upload, sha256: bytes) -> str:
    """What a case gathers by: the attributed DID, else API key and claimed author, else the upload.

    A file scanned twice is one finding.
    """
    if upload.did:
        return f"{_DID}{upload.did}"
    if upload.claimed_author:
        return f"author:{upload.sender}:{upload.claimed_author}"
    if upload.source is Source.SCAN:
        return f"scan:{sha256.hex()}"
    return f"upload:{upload.id}"


def join_case(connection: Connection, upload: Upload, sha256: bytes, category: Category) -> tuple[str, bool]:
    """Puts the upload into the open case of its account under `category`; (case id, newly opened)."""
    case_id, opened = _join(connection, gathers(upload, sha256), category)
    connection.execute(
        insert(tables.case_uploads).prefix_with("OR IGNORE"), {"case_id": case_id, "upload_id": upload.id}
    )
    return case_id, opened


def join_account_case(connection: Connection, did: str, category: Category) -> tuple[str, bool]:
    """The open case of an account under `category`, without any upload; (case id, newly opened)."""
    return _join(connection, f"{_DID}{did}", category)


def open_account_case(connection: Connection, did: str, category: Category) -> str | None:
    """The open case of an account under `category`, None where there is none."""
    return _open_case(connection, {"gathers": f"{_DID}{did}", "category": category.value})


def _open_case(connection: Connection, key: Mapping[str, str]) -> str | None:
    statement = (
        "SELECT id FROM cases WHERE gathers = :gathers AND category = :category AND state = 'open'"
        " ORDER BY opened_at DESC LIMIT 1"
    )
    found: str | None = connection.scalar(text(statement), key)
    return found


def _join(connection: Connection, gathered: str, category: Category) -> tuple[str, bool]:
    key = {"gathers": gathered, "category": category.value}
    now = now_ms()
    case_id = _open_case(connection, key)
    opened = case_id is None
    if case_id is None:
        case_id = new_id()
        connection.execute(
            insert(tables.cases),
            {"id": case_id, "state": CaseState.OPEN.value, **key, "opened_at": now, "updated_at": now},
        )
    else:
        connection.execute(
            text("UPDATE cases SET updated_at = :now WHERE id = :id"), {"now": now, "id": case_id}
        )
    return case_id, opened


def case_records(connection: Connection, listed: Listed, limit: int, offset: int = 0) -> list[CaseRecord]:
    """Cases, most pressing first; decided ones newest first."""
    order = "decided_at DESC" if listed is Listed.DECIDED else MOST_PRESSING_FIRST
    rows = connection.execute(
        text(f"SELECT * FROM cases WHERE {_LISTED[listed]} ORDER BY {order} LIMIT :limit OFFSET :offset"),
        {"limit": limit, "offset": offset, "now": now_ms()},
    ).mappings()
    return [_record(connection, row) for row in rows.all()]


def count_cases(connection: Connection, listed: Listed) -> int:
    statement = f"SELECT count(*) FROM cases WHERE {_LISTED[listed]}"
    return connection.scalar(text(statement), {"now": now_ms()}) or 0


_LISTED = {
    Listed.WAITING: "state = 'open' AND later_until <= :now",
    Listed.LATER: "state = 'open' AND later_until > :now",
    Listed.OPEN: "state = 'open'",
    Listed.DECIDED: "state = 'decided'",
    Listed.ALL: "1 = 1",
}


def find_case(connection: Connection, beginning: str) -> CaseRecord:
    """The case whose id begins so. Raises NotFound, also where two do."""
    rows = (
        connection.execute(
            text("SELECT * FROM cases WHERE id >= :low AND id < :high LIMIT 2"),
            {"low": beginning, "high": beginning + "~"},
        )
        .mappings()
        .all()
    )
    if not beginning or not rows:
        raise NotFound(f"There is no case {beginning[:32]!r}.", "`hma-console case list` shows them all.")
    if len(rows) > 1:
        raise NotFound(f"More than one case begins with {beginning[:32]!r}.", "Give more letters of its id.")
    return _record(connection, rows[0])


def is_erased(connection: Connection, case_id: str) -> bool:
    statement = "SELECT 1 FROM cases WHERE id = :id AND gathers LIKE 'erased:%'"
    return connection.scalar(text(statement), {"id": case_id}) is not None


def _record(connection: Connection, row: RowMapping) -> CaseRecord:
    key = {"id": row["id"], "category": row["category"]}
    closest = (
        connection.execute(
            text(f"SELECT matches.* {_STANDING} ORDER BY signal_type = 'pdq', distance, matches.id LIMIT 1"),
            key,
        )
        .mappings()
        .first()
    )
    last = (
        connection.execute(
            text(
                "SELECT did, claimed_author, sender, max(action = 'BLOCK') AS blocked, count(*) AS files"
                " FROM case_uploads JOIN uploads ON uploads.id = upload_id WHERE case_id = :id"
            ),
            {"id": row["id"]},
        )
        .mappings()
        .one()
    )
    gathered = str(row["gathers"])
    acted = connection.execute(text(_TAKEN_DOWN), key).one()
    reporters, report_reason = report_summary(connection, row["id"])
    return CaseRecord(
        id=row["id"],
        state=CaseState(row["state"]),
        category=Category(row["category"]),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        did=gathered.removeprefix(_DID) if gathered.startswith(_DID) else last["did"] or "",
        claimed_author=last["claimed_author"] or "",
        sender="" if gathered.startswith("erased:") else last["sender"] or "",
        banks=tuple(connection.scalars(text(f"SELECT DISTINCT bank {_STANDING} ORDER BY bank"), key)),
        file_count=last["files"],
        closest=match_record(closest) if closest else None,
        action="BLOCK" if last["blocked"] else "REVIEW",
        taken_down=acted.done,
        to_take_down=acted.waiting,
        reporters=reporters,
        report_reason=report_reason,
        later_until=row["later_until"],
        escalated_at=row["escalated_at"],
        decided_at=row["decided_at"],
    )


_TAKEN_DOWN = (
    "SELECT count(*) FILTER (WHERE state = 'confirmed') AS done,"
    " count(*) FILTER (WHERE state IN ('planned', 'running')) AS waiting"
    " FROM actions WHERE case_id = :id AND type IN ('takedown', 'hold')"
)
_STANDING = (
    "FROM case_uploads JOIN matches USING (upload_id)"
    " WHERE case_id = :id AND category = :category AND role = 'block' AND cancelled_by = ''"
)
