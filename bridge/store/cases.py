"""Cases in the store: which one an upload or an account joins, and what they look like to a person."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, text

from bridge.catalogue import Category
from bridge.errors import NotFound
from bridge.records import CaseRecord, CaseState, Listed
from bridge.store import tables
from bridge.store.case_rows import BY_DID, with_what_belongs
from bridge.uploads import Source, Upload, new_id, now_ms

MOST_PRESSING_FIRST = (
    "escalated_at = 0, CASE category WHEN 'child_safety' THEN 0 WHEN 'ncii' THEN 1 WHEN 'terrorism' THEN 2"
    " WHEN 'exploitative' THEN 3 WHEN 'own' THEN 4 ELSE 5 END, appealed_at = 0, opened_at"
)


def gathers(upload: Upload, sha256: bytes) -> str:
    """What a case gathers by: the attributed DID, else API key and claimed author, else the upload.

    A file scanned twice is one finding.
    """
    if upload.did:
        return f"{BY_DID}{upload.did}"
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
    return _join(connection, f"{BY_DID}{did}", category)


def open_account_case(connection: Connection, did: str, category: Category) -> str | None:
    """The open case of an account under `category`, None where there is none."""
    return _open_case(connection, {"gathers": f"{BY_DID}{did}", "category": category.value})


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
    return with_what_belongs(connection, rows.all())


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
    return with_what_belongs(connection, rows[:1])[0]


def banks_of_case(connection: Connection, case_id: str, category: Category) -> list[str]:
    """The names of those whose matches stand in it."""
    statement = (
        "SELECT DISTINCT bank FROM case_uploads JOIN matches USING (upload_id) WHERE case_id = :id"
        " AND category = :category AND role = 'block' AND cancelled_by = '' ORDER BY bank"
    )
    return list(connection.scalars(text(statement), {"id": case_id, "category": category.value}))


def is_erased(connection: Connection, case_id: str) -> bool:
    statement = "SELECT 1 FROM cases WHERE id = :id AND gathers LIKE 'erased:%'"
    return connection.scalar(text(statement), {"id": case_id}) is not None
