"""Evidence in the store: which files of the vault belong to which case, and until when."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.records import EvidenceRecord
from bridge.uploads import DAY_MS, now_ms
from bridge.vault import Kept


def find_file(connection: Connection, sha256: bytes) -> Kept | None:
    """The vault's file of these bytes, where it has one."""
    row = connection.execute(
        text("SELECT name, key, size FROM vault_files WHERE sha256 = :sha256"), {"sha256": sha256}
    ).first()
    return Kept(row.name, row.key, row.size) if row else None


def vault_totals(connection: Connection) -> tuple[int, int]:
    """How many files the vault has, and their bytes."""
    row = connection.execute(
        text("SELECT count(*) AS n, coalesce(sum(size), 0) AS size FROM vault_files")
    ).one()
    return row.n, row.size


def vault_names(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(text("SELECT name FROM vault_files")))


def put_file(connection: Connection, sha256: bytes, kept: Kept) -> bool:
    """Whether the vault has these bytes now. A new file takes the place of another, which becomes a stray.

    One that was found has to stand in its row still: it may have been destroyed meanwhile.
    """
    row = {"sha256": sha256, "name": kept.name, "key": kept.key, "size": kept.size, "now": now_ms()}
    if not kept.is_new:
        same = "SELECT 1 FROM vault_files WHERE sha256 = :sha256 AND name = :name"
        return connection.scalar(text(same), row) is not None
    connection.execute(
        text(
            "INSERT INTO vault_files (sha256, name, key, size, kept_at)"
            " VALUES (:sha256, :name, :key, :size, :now) ON CONFLICT (sha256) DO UPDATE"
            " SET name = :name, key = :key, size = :size, kept_at = :now"
        ),
        row,
    )
    return True


def put_evidence(
    connection: Connection, case_id: str, upload_id: str, sha256: bytes | None, why: str
) -> bool:
    """What a case keeps of an upload; `why` it has no bytes. False where that stands already."""
    changed = connection.execute(
        text(
            "INSERT INTO evidence (case_id, upload_id, kept_at, sha256, why)"
            " VALUES (:case, :upload, :now, :sha256, :why) ON CONFLICT DO UPDATE"
            " SET sha256 = coalesce(excluded.sha256, sha256), why = excluded.why"
            " WHERE sha256 IS NULL AND excluded.sha256 IS NOT NULL AND destroyed_at IS NULL"
        ),
        {"case": case_id, "upload": upload_id, "now": now_ms(), "sha256": sha256, "why": why},
    )
    return bool(changed.rowcount)


def set_why(connection: Connection, case_id: str, upload_id: str, why: str) -> None:
    """Why there are no bytes."""
    connection.execute(
        text(
            "UPDATE evidence SET why = :why WHERE case_id = :case AND upload_id = :upload AND sha256 IS NULL"
        ),
        {"case": case_id, "upload": upload_id, "why": why},
    )


def add_context(connection: Connection, upload_id: str, sealed: bytes) -> None:
    """The record and account as they are now, for all cases of the upload."""
    connection.execute(
        text("UPDATE evidence SET context = :context WHERE upload_id = :upload AND destroyed_at IS NULL"),
        {"upload": upload_id, "context": sealed},
    )


def evidence_of(connection: Connection, *, case_id: str = "", upload_id: str = "") -> list[EvidenceRecord]:
    """Of a case or of an upload, oldest first."""
    rows = connection.execute(
        text(
            "SELECT evidence.*, uploads.cid AS cid FROM evidence JOIN uploads ON uploads.id = upload_id"
            " WHERE case_id = :case OR upload_id = :upload ORDER BY kept_at"
        ),
        {"case": case_id, "upload": upload_id},
    )
    return [
        EvidenceRecord(
            case_id=row.case_id,
            upload_id=row.upload_id,
            kept_at=row.kept_at,
            sha256=row.sha256,
            why=row.why,
            context=row.context,
            destroy_at=row.destroy_at,
            destroyed_at=row.destroyed_at,
        )
        for row in rows
    ]


def set_clock(connection: Connection, case_id: str, destroy_at: int | None) -> bool:
    """When a case's evidence ends, None for not by itself; whether there is any."""
    changed = connection.execute(
        text("UPDATE evidence SET destroy_at = :at WHERE case_id = :case AND destroyed_at IS NULL"),
        {"case": case_id, "at": destroy_at},
    )
    return bool(changed.rowcount)


def cases_to_destroy(connection: Connection) -> list[str]:
    """Those whose time has come, unless a hold keeps them."""
    return list(
        connection.scalars(
            text(
                "SELECT DISTINCT case_id FROM evidence WHERE destroy_at <= :now AND destroyed_at IS NULL"
                " AND case_id NOT IN (SELECT case_id FROM holds WHERE until > :now)"
            ),
            {"now": now_ms()},
        )
    )


def destroy_evidence(connection: Connection, case_id: str, *, only_due: bool = False) -> int:
    """Takes a case's evidence out, with the keys of the files that no other case keeps.

    How many uploads it had evidence of. The files themselves are noise from the commit on. With
    `only_due` nothing goes where a hold or a later end was set since the case was looked up.
    """
    key = {"case": case_id, "now": now_ms()}
    if only_due and case_id not in cases_to_destroy(connection):
        return 0
    destroyed = connection.execute(
        text(
            "UPDATE evidence SET sha256 = NULL, context = NULL, why = '', destroyed_at = :now"
            " WHERE case_id = :case AND destroyed_at IS NULL"
        ),
        key,
    ).rowcount
    connection.execute(
        text(
            "DELETE FROM vault_files WHERE NOT EXISTS"
            " (SELECT 1 FROM evidence WHERE evidence.sha256 = vault_files.sha256)"
        )
    )
    connection.execute(
        text(
            "DELETE FROM addresses WHERE upload_id IN (SELECT upload_id FROM evidence WHERE case_id = :case)"
            " AND upload_id NOT IN (SELECT upload_id FROM evidence WHERE destroyed_at IS NULL)"
        ),
        key,
    )
    return destroyed


def put_address(connection: Connection, upload_id: str, sealed: bytes) -> None:
    connection.execute(
        text("INSERT OR IGNORE INTO addresses (upload_id, at, sealed) VALUES (:upload, :now, :sealed)"),
        {"upload": upload_id, "now": now_ms(), "sealed": sealed},
    )


def address_of(connection: Connection, upload_id: str) -> bytes | None:
    found: bytes | None = connection.scalar(
        text("SELECT sealed FROM addresses WHERE upload_id = :upload"), {"upload": upload_id}
    )
    return found


def forget_addresses(connection: Connection, days: int) -> None:
    """Those that are no evidence, older than so many days."""
    connection.execute(
        text(
            "DELETE FROM addresses WHERE at < :before AND upload_id NOT IN"
            " (SELECT upload_id FROM evidence WHERE destroyed_at IS NULL)"
        ),
        {"before": now_ms() - days * DAY_MS},
    )
