"""Blobs that the PDS holds and that were not fetched yet; how far the firehose and the listing were read.

A blob leaves the queue in the transaction that records it as an upload: nothing is lost between the
two, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.store.backoff import backoff_ms
from bridge.store.retries import FIRST_RETRY_MS, recheck_blobs
from bridge.uploads import Source, Upload, now_ms


@dataclass(frozen=True, slots=True)
class WantedBlob:
    """A blob of an account; `uri` is the record that refers to it, empty where none is known."""

    did: str
    cid: str
    uri: str
    source: Source
    attempts: int = 0
    found_at: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is to be fetched, and since when the oldest of it is known."""

    count: int
    oldest_at: int | None


_TAKEN_DOWN = (
    "SELECT 1 FROM actions WHERE cid = :cid AND did = :did"
    " AND type IN ('takedown', 'hold') AND state = 'confirmed'"
)
_TO_TAKE_DOWN = (
    "SELECT 1 FROM actions WHERE cid = :cid AND did = :did"
    " AND type IN ('takedown', 'hold') AND state IN ('confirmed', 'failed')"
)
"""Also where it failed, for then it stands nowhere."""
_WANT = text(
    "INSERT INTO wanted_blobs (did, cid, uri, source, found_at, attempts, due_at)"
    " SELECT :did, :cid, :uri, :source, :now, 0, :now"
    " WHERE NOT EXISTS (SELECT 1 FROM uploads LEFT JOIN retries ON retries.upload_id = uploads.id"
    "  WHERE cid = :cid AND did = :did AND (verdict <> 'not_checked' OR retries.upload_id IS NOT NULL))"
    f" OR EXISTS ({_TO_TAKE_DOWN})"
    " ON CONFLICT (did, cid) DO UPDATE SET uri = excluded.uri, found_at = excluded.found_at"
    "  WHERE excluded.uri <> ''"
)
_REFERS = text("INSERT OR IGNORE INTO blob_records (did, cid, uri) VALUES (:did, :cid, :uri)")
_HURRY = text(
    "UPDATE retries SET retry_at = :now WHERE refetch = 1 AND retry_at > :now"
    " AND upload_id IN (SELECT id FROM uploads WHERE cid = :cid AND did = :did)"
)


_DUE = text(
    "WITH RECURSIVE accounts(name) AS (SELECT min(did) FROM wanted_blobs UNION ALL SELECT"
    "  (SELECT min(did) FROM wanted_blobs WHERE did > name) FROM accounts WHERE name IS NOT NULL)"
    " SELECT wanted_blobs.*, row_number() OVER (PARTITION BY did ORDER BY due_at, found_at) AS turn"
    " FROM accounts JOIN wanted_blobs ON did = name AND cid IN (SELECT cid FROM wanted_blobs AS own"
    "  WHERE own.did = name AND own.due_at <= :now ORDER BY own.due_at, own.found_at LIMIT :limit)"
    " ORDER BY turn, source <> 'firehose', due_at LIMIT :limit"
)


def want_blobs(connection: Connection, blobs: Iterable[WantedBlob]) -> None:
    """Queues those of an account that neither were checked before nor wait to be.

    What was taken down is queued each time: a PDS forgets that, and may serve it again. What was
    compared before the lists grew is compared once more.
    """
    now = now_ms()
    rows = [
        {"did": each.did, "cid": each.cid, "uri": each.uri, "source": each.source.value, "now": now}
        for each in blobs
    ]
    if rows:
        connection.execute(_WANT, rows)
        connection.execute(_HURRY, rows)  # what was not there when it was asked for may be now
        recheck_blobs(connection, rows)
    if named := [row for row in rows if row["uri"]]:
        connection.execute(_REFERS, named)


def was_taken_down(connection: Connection, did: str, cid: str) -> bool:
    """Whether this account's copy was, as far as we know."""
    return connection.scalar(text(_TAKEN_DOWN), {"did": did, "cid": cid}) is not None


def due_blobs(connection: Connection, limit: int) -> list[WantedBlob]:
    """Those to fetch now: one of each account in turn, of an account those that are longest due first."""
    rows = connection.execute(_DUE, {"now": now_ms(), "limit": limit})
    return [
        WantedBlob(row.did, row.cid, row.uri, Source(row.source), row.attempts, row.found_at) for row in rows
    ]


def put_off(connection: Connection, blob: WantedBlob) -> None:
    """Looks for it again after 5 s, 10 s, 20 s … 15 min."""
    connection.execute(
        text(
            "UPDATE wanted_blobs SET attempts = attempts + 1, due_at = :due WHERE did = :did AND cid = :cid"
        ),
        {"did": blob.did, "cid": blob.cid, "due": now_ms() + backoff_ms(FIRST_RETRY_MS, blob.attempts)},
    )


def hurry_blobs(connection: Connection) -> None:
    """The PDS answers again: what was put off need not sit it out."""
    connection.execute(text("UPDATE wanted_blobs SET due_at = :now WHERE due_at > :now"), {"now": now_ms()})


def end_wanting(connection: Connection, upload: Upload, *, is_gone: bool = False) -> None:
    """Its blob was fetched. Where it is gone, a record that named it since then still wants it."""
    since = " AND found_at <= :asked_at" if is_gone else ""
    connection.execute(
        text(f"DELETE FROM wanted_blobs WHERE did = :did AND cid = :cid{since}"),
        {"did": upload.did, "cid": upload.cid, "asked_at": upload.received_at},
    )


def waiting_blobs(connection: Connection) -> Waiting:
    row = connection.execute(text("SELECT count(*) AS n, min(found_at) AS oldest FROM wanted_blobs")).one()
    return Waiting(row.n, row.oldest)


def position(connection: Connection, name: str) -> str | None:
    found: str | None = connection.scalar(
        text("SELECT value FROM positions WHERE name = :name"), {"name": name}
    )
    return found


def set_position(connection: Connection, name: str, value: str | None) -> None:
    """None forgets it."""
    if value is None:
        connection.execute(text("DELETE FROM positions WHERE name = :name"), {"name": name})
        return
    connection.execute(
        text(
            "INSERT INTO positions (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = :value"
        ),
        {"name": name, "value": value},
    )


def look_through_repos(connection: Connection, dids: Iterable[str]) -> None:
    """The blobs of these accounts are to be listed, from the beginning."""
    rows = [{"did": did, "now": now_ms()} for did in dids]
    if rows:
        connection.execute(
            text(
                "INSERT INTO repos_due (did, cursor, due_at) VALUES (:did, '', :now)"
                " ON CONFLICT (did) DO UPDATE SET cursor = '', due_at = min(due_at, :now)"
            ),
            rows,
        )


def next_repo(connection: Connection) -> tuple[str, str] | None:
    """The account whose blobs are to be listed next, and the cursor to go on from; None for none now."""
    row = connection.execute(
        text("SELECT did, cursor FROM repos_due WHERE due_at <= :now ORDER BY due_at LIMIT 1"),
        {"now": now_ms()},
    ).first()
    return (row.did, row.cursor) if row else None


def repo_read_to(connection: Connection, did: str, cursor: str) -> None:
    connection.execute(
        text("UPDATE repos_due SET cursor = :cursor WHERE did = :did"), {"did": did, "cursor": cursor}
    )


def put_off_repo(connection: Connection, did: str, seconds: float) -> None:
    connection.execute(
        text("UPDATE repos_due SET due_at = :due WHERE did = :did"),
        {"did": did, "due": now_ms() + int(seconds * 1000)},
    )


def end_repo(connection: Connection, did: str) -> None:
    connection.execute(text("DELETE FROM repos_due WHERE did = :did"), {"did": did})


def count_repos_due(connection: Connection) -> int:
    return connection.scalar(text("SELECT count(*) FROM repos_due")) or 0
