"""Uploads and their matches in the store: written as they come, read as pages, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, bindparam, insert, text

from bridge.catalogue import Category, Role
from bridge.policy import Answer
from bridge.records import MatchRecord, UploadRecord
from bridge.signals import ViewName, type_of
from bridge.store import tables
from bridge.uploads import Source, Upload, now_ms
from bridge.verdicts import Match, Verdict


class Only(StrEnum):
    """Which uploads are listed: all, all but no match, or those that wait to be checked or need somebody."""

    ALL = "all"
    MATTERS = "matters"
    NOT_CHECKED = "not_checked"


def insert_upload(
    connection: Connection,
    upload: Upload,
    sha256: bytes,
    verdict: Verdict,
    reason: str,
    answer: Answer,
    banks: Sequence[str],
) -> None:
    connection.execute(
        insert(tables.uploads),
        {
            "id": upload.id,
            "received_at": upload.received_at,
            "source": upload.source.value,
            "sender": upload.sender,
            "did": upload.did,
            "claimed_author": upload.claimed_author,
            "cid": upload.cid,
            "uri": upload.uri,
            "photo_id": upload.photo_id,
            "metadata": json.dumps(dict(upload.metadata)),
            "wanted": upload.wanted,
            "sha256": sha256,
            "verdict": verdict.value,
            "reason": reason,
            "action": answer.value,
            "banks": json.dumps(list(banks)),
            "took_ms": max(0, now_ms() - upload.received_at),
        },
    )


def revise_upload(
    connection: Connection,
    upload_id: str,
    verdict: Verdict,
    reason: str,
    answer: Answer,
    banks: Sequence[str],
) -> None:
    """Puts the outcome of a later check in the place of an upload's earlier one."""
    connection.execute(
        text(
            "UPDATE uploads SET verdict = :verdict, reason = :reason, action = :action, banks = :banks"
            " WHERE id = :id"
        ),
        {
            "id": upload_id,
            "verdict": verdict.value,
            "reason": reason,
            "action": answer.value,
            "banks": json.dumps(list(banks)),
        },
    )


def insert_matches(connection: Connection, upload_id: str, matches: Iterable[Match]) -> None:
    rows = [
        {
            "upload_id": upload_id,
            "bank_id": match.bank.id,
            "bank": match.bank.name,
            "category": match.bank.category.value,
            "role": match.bank.role.value,
            "entry_id": match.entry_id,
            "content_id": match.content_id,
            "signal_type": match.signal_type.value,
            "distance": match.distance,
            "quality": match.quality,
            "view": match.view.code,
            "likeness": match.likeness,
            "cancelled_by": match.cancelled_by,
            "matched_at": now_ms(),
            "retroactive": int(match.retroactive),
        }
        for match in matches
    ]
    if rows:
        connection.execute(insert(tables.matches), rows)


def count_standing(connection: Connection, upload_id: str) -> int:
    """How many matches of block banks an upload has that nothing took back."""
    statement = "SELECT count(*) FROM matches WHERE upload_id = :id AND role = 'block' AND cancelled_by = ''"
    return connection.scalar(text(statement), {"id": upload_id}) or 0


def forget_matches(connection: Connection, upload_id: str) -> None:
    """Before those of a later, whole comparison take their place."""
    connection.execute(text("DELETE FROM matches WHERE upload_id = :id"), {"id": upload_id})


_URI = (
    "coalesce(nullif(uri, ''), (SELECT min(blob_records.uri) FROM blob_records"
    " WHERE blob_records.did = uploads.did AND blob_records.cid = uploads.cid), '')"
)
"""The record: a blob may have been seen before it."""


def upload_records(
    connection: Connection,
    *,
    ids: Sequence[str] | None = None,
    case_id: str | None = None,
    photo_id: str | None = None,
    before: int | None = None,
    only: Only = Only.ALL,
    sources: Sequence[Source] = (),
    limit: int = 200,
) -> list[UploadRecord]:
    """Uploads with their matches, newest first; `before` is the `seq` of the last one of the page above.

    Of any source, unless some are named.
    """
    conditions = ["1 = 1"]
    if ids is not None:
        conditions.append("uploads.id IN :ids")
    if case_id is not None:
        conditions.append("uploads.id IN (SELECT upload_id FROM case_uploads WHERE case_id = :case_id)")
    if photo_id is not None:
        conditions.append("photo_id = :photo_id AND photo_id <> ''")
    if before is not None:
        conditions.append("seq < :before")
    if only is Only.MATTERS:
        conditions.append("verdict <> 'no_match'")
    if only is Only.NOT_CHECKED:
        conditions.append("uploads.id IN (SELECT upload_id FROM retries) AND verdict <> 'no_match'")
    if sources:
        conditions.append("source IN :sources")
    statement = text(
        f"SELECT uploads.*, {_URI} AS record, media_type, size, width, height,"
        " substr(views, 2, 1) AS quality, retry_at,"
        " retries.upload_id IS NOT NULL AND retry_at IS NULL AS needs_you,"
        " (SELECT min(case_id) FROM case_uploads WHERE upload_id = uploads.id) AS case_id"
        " FROM uploads LEFT JOIN signals USING (sha256) LEFT JOIN retries ON retries.upload_id = uploads.id"
        f" WHERE {' AND '.join(conditions)} ORDER BY seq DESC LIMIT :limit"
    )
    values: dict[str, object] = {"limit": limit}
    if ids is not None:
        statement = statement.bindparams(bindparam("ids", expanding=True))
        values["ids"] = list(ids)
    if sources:
        statement = statement.bindparams(bindparam("sources", expanding=True))
        values["sources"] = [source.value for source in sources]
    if case_id is not None:
        values["case_id"] = case_id
    if photo_id is not None:
        values["photo_id"] = photo_id
    if before is not None:
        values["before"] = before
    rows = connection.execute(statement, values).mappings().all()
    matches = _matches_of(connection, [row["id"] for row in rows])
    return [_record(row, matches.get(row["id"], ())) for row in rows]


def _matches_of(connection: Connection, upload_ids: Sequence[str]) -> dict[str, tuple[MatchRecord, ...]]:
    found: dict[str, tuple[MatchRecord, ...]] = {}
    for row in connection.execute(
        text("SELECT * FROM matches WHERE upload_id IN :ids ORDER BY distance, id").bindparams(
            bindparam("ids", expanding=True)
        ),
        {"ids": list(upload_ids)},
    ).mappings():
        found[row["upload_id"]] = (*found.get(row["upload_id"], ()), match_record(row))
    return found


def match_record(row: RowMapping) -> MatchRecord:
    return MatchRecord(
        bank=row["bank"],
        category=Category(row["category"]),
        role=Role(row["role"]),
        entry_id=row["entry_id"],
        content_id=row["content_id"],
        signal_type=type_of(row["signal_type"]),
        distance=row["distance"],
        quality=row["quality"],
        view=ViewName.of_code(row["view"]),
        likeness=row["likeness"],
        cancelled_by=row["cancelled_by"],
        retroactive=bool(row["retroactive"]),
    )


def _record(row: RowMapping, matches: tuple[MatchRecord, ...]) -> UploadRecord:
    return UploadRecord(
        seq=row["seq"],
        id=row["id"],
        received_at=row["received_at"],
        source=Source(row["source"]),
        sender=row["sender"],
        did=row["did"],
        claimed_author=row["claimed_author"],
        cid=row["cid"],
        uri=row["record"],
        photo_id=row["photo_id"],
        verdict=Verdict(row["verdict"]),
        reason=row["reason"],
        action=row["action"],
        banks=tuple(json.loads(row["banks"])),
        took_ms=row["took_ms"],
        media_type=row["media_type"] or "",
        size=row["size"] or 0,
        width=row["width"] or 0,
        height=row["height"] or 0,
        quality=row["quality"][0] if row["quality"] else None,
        case_id=row["case_id"] or "",
        retry_at=row["retry_at"],
        needs_you=bool(row["needs_you"]),
        matches=matches,
    )
