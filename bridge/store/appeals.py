"""Appeals in the store: which upload and cases one is about, and that a case waits again because of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.catalogue import Category
from bridge.uploads import Source, Upload, now_ms


@dataclass(frozen=True, slots=True)
class Contested:
    """An upload that somebody appeals for, with the cases it is in; `was_refused` where it was blocked."""

    upload: Upload
    sha256: bytes
    was_refused: bool
    cases: tuple[str, ...]


def find_contested(
    connection: Connection, *, upload_id: str = "", photo_id: str = "", sender: str | None = None
) -> Contested | None:
    """By its id, else the newest of that photo that something followed from; of one `sender`, or of any."""
    named = "id = :upload" if upload_id else "photo_id = :photo AND photo_id <> ''"
    sent = "" if sender is None else "AND sender = :sender"
    row = connection.execute(
        text(f"SELECT * FROM uploads WHERE {named} {sent} ORDER BY action = 'none', seq DESC LIMIT 1"),
        {"upload": upload_id, "photo": photo_id, "sender": sender},
    ).first()
    if row is None:
        return None
    upload = Upload(
        source=Source(row.source),
        sender=row.sender,
        id=row.id,
        received_at=row.received_at,
        did=row.did,
        claimed_author=row.claimed_author,
        cid=row.cid,
        uri=row.uri,
        photo_id=row.photo_id,
    )
    cases = connection.scalars(
        text("SELECT case_id FROM case_uploads WHERE upload_id = :id ORDER BY case_id"), {"id": row.id}
    )
    return Contested(upload, row.sha256, row.action == "BLOCK", tuple(cases))


def category_of(connection: Connection, upload_id: str) -> Category:
    """The most severe one of what it matched, first of banks that do more than watch."""
    rows = connection.execute(
        text(
            "SELECT matches.category, mode = 'enforce' AND on_match <> 'log' AS acts FROM matches"
            " LEFT JOIN banks ON banks.id = bank_id"
            " WHERE upload_id = :id AND matches.role = 'block' AND cancelled_by = ''"
        ),
        {"id": upload_id},
    ).all()
    found = {row.category for row in rows if row.acts} or {row.category for row in rows}
    return next((category for category in Category if category.value in found), Category.OWN)


def mark_appealed(connection: Connection, case_id: str, actor: str, words: str) -> None:
    """The case waits, and its newest note says why."""
    row = {"id": case_id, "now": now_ms(), "actor": actor, "words": words}
    connection.execute(
        text(
            "UPDATE cases SET state = 'open', decided_at = 0, later_until = 0, appealed_at = :now,"
            " updated_at = :now WHERE id = :id"
        ),
        row,
    )
    connection.execute(
        text(
            "INSERT INTO case_notes (case_id, at, actor, text, is_appeal)"
            " VALUES (:id, :now, :actor, :words, 1)"
        ),
        row,
    )
