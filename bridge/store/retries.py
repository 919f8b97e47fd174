"""The uploads that were not checked: when each is looked at again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text

from bridge.store.backoff import LONGEST_RETRY_MS
from bridge.uploads import Source, Upload, now_ms

FIRST_RETRY_MS = 5_000


@dataclass(frozen=True, slots=True)
class DueRetry:
    """An upload to check again, with the sha256 of its bytes; `refetch` where they are to be fetched."""

    upload: Upload
    sha256: bytes
    refetch: bool


def plan_retry(connection: Connection, upload_id: str, *, ever: bool, refetch: bool = False) -> None:
    """Looks again after 5 s, 10 s, 20 s … 15 min; never by itself unless `ever`."""
    connection.execute(
        text(
            "INSERT INTO retries (upload_id, attempts, retry_at, refetch) VALUES (:id, 1, :first, :refetch)"
            " ON CONFLICT (upload_id) DO UPDATE SET attempts = attempts + 1, refetch = :refetch,"
            " retry_at = CASE WHEN :first IS NULL THEN NULL"
            " ELSE :now + min(:longest, :step << min(attempts, 20)) END"
        ),
        {
            "id": upload_id,
            "refetch": refetch,
            "first": now_ms() + FIRST_RETRY_MS if ever else None,
            "now": now_ms(),
            "step": FIRST_RETRY_MS,
            "longest": LONGEST_RETRY_MS,
        },
    )


def end_retries(connection: Connection, upload_id: str) -> None:
    connection.execute(text("DELETE FROM retries WHERE upload_id = :id"), {"id": upload_id})


def retry_same_bytes(connection: Connection, sha256: bytes) -> None:
    """What once could not be hashed is checked again now that the same bytes could."""
    connection.execute(
        text(
            "UPDATE retries SET retry_at = :now"
            " WHERE upload_id IN (SELECT id FROM uploads WHERE sha256 = :sha256)"
        ),
        {"now": now_ms(), "sha256": sha256},
    )


def recheck_blobs(connection: Connection, blobs: Sequence[Mapping[str, str | int]]) -> None:
    """Compares blobs (`did`, `cid`) anew that matched nothing before an entry was added to a bank."""
    connection.execute(
        text(
            "INSERT INTO retries (upload_id, attempts, retry_at) SELECT id, 0, :now FROM uploads"
            " WHERE cid = :cid AND did = :did AND verdict IN ('no_match', 'unhashable') AND received_at"
            " <= (SELECT added_at FROM entries ORDER BY id DESC LIMIT 1) ON CONFLICT DO NOTHING"
        ),
        [{"did": each["did"], "cid": each["cid"], "now": now_ms()} for each in blobs],
    )


def recheck_upload(connection: Connection, upload_id: str) -> None:
    """Compares an upload anew that matched nothing, or could not be compared."""
    connection.execute(
        text(
            "INSERT INTO retries (upload_id, attempts, retry_at) SELECT id, 0, :now FROM uploads"
            " WHERE id = :id AND verdict <> 'matched' ON CONFLICT (upload_id) DO UPDATE SET retry_at = :now"
        ),
        {"id": upload_id, "now": now_ms()},
    )


def recheck_bytes(connection: Connection, sha256: bytes) -> None:
    """Compares all copies of these bytes on the PDS anew that were not taken down."""
    connection.execute(
        text(
            "INSERT INTO retries (upload_id, attempts, retry_at) SELECT id, 0, :now FROM uploads"
            " WHERE sha256 = :sha256 AND did <> '' AND cid <> '' AND NOT EXISTS (SELECT 1 FROM actions"
            "  WHERE actions.cid = uploads.cid AND actions.did = uploads.did AND type = 'takedown'"
            "  AND state <> 'failed')"
            " ON CONFLICT DO NOTHING"
        ),
        {"now": now_ms(), "sha256": sha256},
    )


def retry_all(connection: Connection) -> int:
    """Makes everything that waits due at once: a list was connected, or the index is ready again."""
    return connection.execute(
        text("UPDATE retries SET retry_at = :now WHERE retry_at IS NOT NULL"), {"now": now_ms()}
    ).rowcount


def due_retries(connection: Connection, limit: int, *, can_fetch: bool) -> list[DueRetry]:
    """Uploads to check again now, longest waiting first."""
    rows = connection.execute(
        text(
            "SELECT uploads.*, refetch FROM retries JOIN uploads ON uploads.id = retries.upload_id"
            " WHERE retry_at <= :now AND refetch <= :can_fetch ORDER BY retry_at, retries.rowid LIMIT :limit"
        ),
        {"now": now_ms(), "limit": limit, "can_fetch": can_fetch},
    ).mappings()
    return [DueRetry(upload_of(row), row["sha256"], bool(row["refetch"])) for row in rows]


def upload_of(row: RowMapping) -> Upload:
    """The upload of a row of the table `uploads`, without its address."""
    return Upload(
        source=Source(row["source"]),
        sender=row["sender"],
        id=row["id"],
        received_at=row["received_at"],
        did=row["did"],
        claimed_author=row["claimed_author"],
        cid=row["cid"],
        uri=row["uri"],
        photo_id=row["photo_id"],
        metadata=json.loads(row["metadata"]),
        wanted=row["wanted"],
    )
