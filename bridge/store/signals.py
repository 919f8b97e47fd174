"""The signals of everything ever seen, by the sha256 of its bytes: under 1.2 kB each."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.signals import Signals, pack_views, unpack_views
from bridge.store import tables


def known_signals(connection: Connection, sha256: bytes) -> Signals | None:
    """What was computed of these very bytes before."""
    row = (
        connection.execute(text("SELECT * FROM signals WHERE sha256 = :sha256"), {"sha256": sha256})
        .mappings()
        .first()
    )
    return _signals(row) if row else None


def keep_signals(connection: Connection, signals: Signals) -> None:
    """Keeps what was computed; what could once be decoded is never replaced by a failure."""
    fresh = upsert(tables.signals).values(
        sha256=signals.sha256,
        sha1=signals.sha1,
        md5=signals.md5,
        size=signals.size,
        media_type=signals.media_type,
        width=signals.width,
        height=signals.height,
        frames=signals.frames,
        views=pack_views(signals.views),
        fault=signals.fault,
        unread=int(signals.unread),
    )
    renewed = {
        column.name: fresh.excluded[column.name] for column in tables.signals.c if not column.primary_key
    }
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=["sha256"], set_=renewed, where=tables.signals.c.fault != ""
        )
    )


def _signals(row: RowMapping) -> Signals:
    return Signals(
        sha256=row["sha256"],
        sha1=row["sha1"],
        md5=row["md5"],
        size=row["size"],
        media_type=row["media_type"],
        width=row["width"],
        height=row["height"],
        frames=row["frames"],
        views=unpack_views(row["views"]),
        fault=row["fault"],
        unread=bool(row["unread"]),
    )


def newest_signals(connection: Connection, before: int | None, limit: int) -> list[tuple[int, str, Signals]]:
    """Of the newest uploads below number `before`, each number with the upload's id and its signals.

    Of the same bytes only the newest; without those that nobody saw the bytes of.
    """
    rows = connection.execute(
        text(
            "SELECT signals.*, uploads.seq AS seq, uploads.id AS upload_id"
            " FROM uploads JOIN signals USING (sha256) WHERE uploads.seq < :before AND media_type <> ''"
            " AND NOT EXISTS (SELECT 1 FROM uploads AS newer"
            "  WHERE newer.sha256 = uploads.sha256 AND newer.seq > uploads.seq)"
            " ORDER BY uploads.seq DESC LIMIT :limit"
        ),
        {"before": before if before is not None else 2**62, "limit": limit},
    ).mappings()
    return [(row["seq"], row["upload_id"], _signals(row)) for row in rows]
