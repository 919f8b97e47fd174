"""The rows that an erasure empties, and what opens their entries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

from bridge.store.reports import empty_reporters, reports_by


def erase_uploads(connection: Connection, ids: Sequence[str]) -> int:
    """Empties the uploads' rows and drops what opens their entries; how many entries that were.

    Uploads of one commit share an entry: what opens it goes for all of them.
    """
    if not ids:
        return 0
    among = {"ids": list(ids)}

    def run(statement: str) -> int:
        expanding = text(statement).bindparams(bindparam("ids", expanding=True))
        return connection.execute(expanding, among).rowcount

    dropped = run("DELETE FROM log_openings WHERE idx IN (SELECT idx FROM events WHERE subject IN :ids)")
    run(
        "DELETE FROM signals WHERE sha256 IN (SELECT sha256 FROM uploads WHERE id IN :ids)"
        " AND sha256 NOT IN (SELECT sha256 FROM uploads WHERE id NOT IN :ids)"
    )
    run("DELETE FROM blob_records WHERE (did, cid) IN (SELECT did, cid FROM uploads WHERE id IN :ids)")
    run(
        "UPDATE uploads SET did = '', claimed_author = '', cid = '', uri = '', photo_id = '',"
        " metadata = '{}', reason = '', sha256 = x'' WHERE id IN :ids"
    )
    run("DELETE FROM retries WHERE upload_id IN :ids")
    run("DELETE FROM addresses WHERE upload_id IN :ids")
    return dropped


def cases_of(connection: Connection, account: str) -> list[str]:
    return list(
        connection.scalars(
            text(
                "SELECT case_id FROM case_uploads JOIN uploads ON id = upload_id"
                " WHERE :account IN (did, claimed_author) AND :account <> ''"
                " UNION SELECT id FROM cases WHERE gathers = 'did:' || :account"
            ),
            {"account": account},
        )
    )


def uploads_of(connection: Connection, account: str) -> list[str]:
    statement = text("SELECT id FROM uploads WHERE :account IN (did, claimed_author)")
    return list(connection.scalars(statement, {"account": account})) if account else []


def erase_loose(connection: Connection, account: str, now: int) -> int:
    """The account's uploads and reports that are in no case that still keeps them; what waits of it."""
    for table in ("wanted_blobs", "repos_due", "blob_records"):
        connection.execute(text(f"DELETE FROM {table} WHERE did = :did"), {"did": account})
    held = set(connection.scalars(text("SELECT upload_id FROM case_uploads JOIN erasures USING (case_id)")))
    own = [each for each in uploads_of(connection, account) if each not in held]
    return erase_uploads(connection, own) + erase_reports_by(connection, account, now)


def erase_reports_by(connection: Connection, account: str, now: int) -> int:
    """Drops what opens the entries of an account's reports, but for cases on hold; how many those were."""
    refs, _ = reports_by(connection, account, now)
    statement = text(
        "DELETE FROM log_openings WHERE idx IN (SELECT idx FROM events WHERE subject IN :refs)"
    ).bindparams(bindparam("refs", expanding=True))
    dropped = connection.execute(statement, {"refs": refs}).rowcount
    empty_reporters(connection, refs)
    return dropped


def cases_due(connection: Connection, now: int) -> list[tuple[str, str]]:
    """Deferred erasures whose hold has ended by `now`, each with its basis."""
    rows = connection.execute(
        text(
            "SELECT case_id, basis FROM erasures WHERE case_id NOT IN"
            " (SELECT case_id FROM holds WHERE until > :now)"
        ),
        {"now": now},
    )
    return [(row.case_id, row.basis) for row in rows]
