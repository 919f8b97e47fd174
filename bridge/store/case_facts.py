"""What a case shows beside its matches: how its entry fared before, who else has the picture, who it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.catalogue import Category
from bridge.records import CaseRecord, MatchRecord


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """What somebody wrote into the case; `is_appeal` where it asks for another decision."""

    at: int
    actor: str
    text: str
    is_appeal: bool


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """`choice` is what was decided of it last, empty where it is open."""

    id: str
    category: Category
    opened_at: int
    choice: str


@dataclass(frozen=True, slots=True)
class OtherRecord:
    """Another account's upload of the very same bytes, else of a copy of the same listed picture.

    `case_id` is empty where it is in no case.
    """

    did: str
    upload_id: str
    received_at: int
    case_id: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """`wrong` of the `decided` decisions on the closest match's entry let it go; `alike` other open cases
    match it. `others` counts accounts that have the very same bytes; `uploads` those of this account, the
    first at `first_at`; `posts` are the at:// URIs in which its pictures are.
    """

    wrong: int
    decided: int
    alike: int
    others: int
    uploads: int
    first_at: int | None
    posts: tuple[str, ...]
    waiting: tuple[str, ...]
    notes: tuple[NoteRecord, ...]
    earlier: tuple[EarlierCase, ...]


def case_facts(connection: Connection, case: CaseRecord) -> CaseFacts:
    wrong, decided = content_past(connection, case.closest) if case.closest else (0, 0)
    uploads, first_at = _account(connection, case)
    return CaseFacts(
        wrong,
        decided,
        _alike(connection, case),
        _others(connection, case.id),
        uploads,
        first_at,
        tuple(connection.scalars(text(_POSTS), {"id": case.id, "most": _SHOWN})),
        tuple(connection.scalars(text(_WAITING), {"id": case.id})),
        _notes(connection, case.id),
        _earlier(connection, case),
    )


def content_past(connection: Connection, match: MatchRecord) -> tuple[int, int]:
    """How many standing decisions let a match with this picture of the bank go, and how many there were."""
    row = connection.execute(
        text(
            "SELECT count(DISTINCT decision_id) FILTER (WHERE choice IN ('release', 'remember')) AS wrong,"
            " count(DISTINCT decision_id) AS decided FROM matches JOIN decision_uploads USING (upload_id)"
            " JOIN decisions ON decisions.id = decision_id"
            " WHERE content_id = :content AND bank = :bank AND undone_at IS NULL AND superseded_at IS NULL"
            " AND choice NOT IN ('escalate', 'later')"
        ),
        {"content": match.content_id, "bank": match.bank},
    ).one()
    return row.wrong, row.decided


_POSTS = (
    "SELECT blob_records.uri FROM case_uploads JOIN uploads ON uploads.id = upload_id"
    " JOIN blob_records USING (did, cid) WHERE case_id = :id AND cid <> '' UNION SELECT uploads.uri"
    " FROM case_uploads JOIN uploads ON uploads.id = upload_id WHERE case_id = :id AND uri <> ''"
    " ORDER BY 1 LIMIT :most"
)
_WAITING = (
    "SELECT upload_id FROM case_uploads WHERE case_id = :id AND NOT EXISTS (SELECT 1 FROM decision_uploads"
    " JOIN decisions ON decisions.id = decision_id WHERE decision_uploads.upload_id = case_uploads.upload_id"
    " AND decisions.case_id = :id AND undone_at IS NULL AND superseded_at IS NULL)"
)
_SHOWN = 20


_SAME_BYTES = (
    "FROM case_uploads JOIN uploads AS own ON own.id = upload_id"
    " JOIN uploads AS other ON other.sha256 = own.sha256 AND other.did <> own.did"
    " WHERE case_uploads.case_id = :id AND other.did <> '' AND own.sha256 <> x''"
)


def _others(connection: Connection, case_id: str) -> int:
    statement = text(f"SELECT count(DISTINCT other.did) {_SAME_BYTES}")
    return connection.scalar(statement, {"id": case_id}) or 0


def others_of_case(connection: Connection, case_id: str, limit: int) -> list[OtherRecord]:
    """Uploads of other accounts with the very same bytes as one of the case's, or that matched the same
    picture of a bank; newest first.
    """
    rows = connection.execute(_OTHERS, {"id": case_id, "limit": limit})
    return [OtherRecord(row.did, row.id, row.received_at, row.case_id, bool(row.is_same)) for row in rows]


_OTHERS = text(
    "WITH own AS (SELECT uploads.id, did, sha256 FROM case_uploads JOIN uploads ON uploads.id = upload_id"
    "  WHERE case_uploads.case_id = :id),"
    " listed AS (SELECT DISTINCT bank, content_id FROM matches JOIN own ON own.id = upload_id"
    "  WHERE role = 'block' AND cancelled_by = ''),"
    " alike AS (SELECT other.id, 1 AS is_same FROM own JOIN uploads AS other ON other.sha256 = own.sha256"
    "  WHERE own.sha256 <> x'' UNION ALL SELECT upload_id, 0 FROM listed"
    "  JOIN matches USING (bank, content_id) WHERE cancelled_by = '')"
    " SELECT did, id, received_at, max(is_same) AS is_same, coalesce((SELECT case_id FROM case_uploads"
    "  WHERE upload_id = id LIMIT 1), '') AS case_id FROM alike JOIN uploads USING (id)"
    " WHERE did <> '' AND did NOT IN (SELECT did FROM own) GROUP BY id ORDER BY seq DESC LIMIT :limit"
)


def _alike(connection: Connection, case: CaseRecord) -> int:
    if case.closest is None:
        return 0
    statement = (
        "SELECT count(DISTINCT case_id) FROM matches JOIN case_uploads USING (upload_id)"
        " JOIN cases ON cases.id = case_id WHERE content_id = :content AND bank = :bank AND cancelled_by = ''"
        " AND state = 'open' AND case_id <> :id"
    )
    values = {"content": case.closest.content_id, "bank": case.closest.bank, "id": case.id}
    return connection.scalar(text(statement), values) or 0


def _account(connection: Connection, case: CaseRecord) -> tuple[int, int | None]:
    if not case.did:
        return 0, None
    row = connection.execute(
        text("SELECT count(*) AS n, min(received_at) AS first FROM uploads WHERE did = :did"),
        {"did": case.did},
    ).one()
    return row.n, row.first


def _notes(connection: Connection, case_id: str) -> tuple[NoteRecord, ...]:
    rows = connection.execute(
        text("SELECT at, actor, text, is_appeal FROM case_notes WHERE case_id = :id ORDER BY id"),
        {"id": case_id},
    )
    return tuple(NoteRecord(row.at, row.actor, row.text, bool(row.is_appeal)) for row in rows)


def _earlier(connection: Connection, case: CaseRecord) -> tuple[EarlierCase, ...]:
    """Other cases of the account, newest first."""
    if not case.did:
        return ()
    rows = connection.execute(
        text(
            "SELECT id, category, opened_at, coalesce((SELECT choice FROM decisions WHERE case_id = cases.id"
            " AND undone_at IS NULL AND superseded_at IS NULL ORDER BY decisions.id DESC LIMIT 1), '')"
            " AS choice FROM cases WHERE gathers = 'did:' || :did AND id <> :id"
            " ORDER BY opened_at DESC LIMIT :most"
        ),
        {"did": case.did, "id": case.id, "most": _SHOWN},
    )
    return tuple(EarlierCase(row.id, Category(row.category), row.opened_at, row.choice) for row in rows)
