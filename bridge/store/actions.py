"""The outbox: effects of decisions, planned in the transaction that decided them."""

from __future__ import annotations

from sqlalchemy import Connection, insert, text

from bridge.policy import Takedown, Usage
from bridge.store import tables
from bridge.uploads import Upload, now_ms

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000


def usage(connection: Connection) -> Usage:
    """The automatic actions that count against the caps."""
    now = now_ms()
    today = connection.scalar(
        text("SELECT count(*) FROM actions WHERE automatic = 1 AND planned_at > :since"),
        {"since": now - DAY_MS},
    )
    rows = connection.execute(
        text(
            "SELECT content_id, count(*) AS n FROM actions WHERE automatic = 1 AND planned_at > :since"
            " GROUP BY content_id"
        ),
        {"since": now - HOUR_MS},
    )
    return Usage(today or 0, {row.content_id: row.n for row in rows})


def plan_takedown(connection: Connection, upload: Upload, case_id: str, takedown: Takedown) -> str:
    """Writes down the automatic takedown of one upload; its key, empty where it was planned before.

    What lies on the PDS (an attributed DID and a CID) waits for the runner. For the upload of an
    app the caller's answer BLOCK is the whole effect: it is written down as done.
    """
    key = f"takedown:{upload.id}"
    return _plan(
        connection,
        upload,
        case_id,
        key=key,
        kind="takedown" if upload.is_on_pds else "block",
        state="planned" if upload.is_on_pds else "confirmed",
        automatic=1,
        content_id=takedown.match.content_id,
        why=takedown.why,
    )


def plan_preservation(connection: Connection, upload: Upload, case_id: str) -> str:
    """Writes down that the evidence of one upload is gathered before any takedown of it; its key as above."""
    return _plan(
        connection,
        upload,
        case_id,
        key=f"preserve:{upload.id}",
        kind="preserve",
        state="planned",
        automatic=0,
        content_id=0,
        why="",
    )


def plan_hold(connection: Connection, upload: Upload, case_id: str) -> str:
    """Writes down that one upload is taken down until its case is decided; its key as above.

    A hold is no automatic takedown: the caps do not count it.
    """
    key = f"hold:{upload.id}"
    why = "held at the gate"
    return _plan(
        connection, upload, case_id, key=key, kind="hold", state="planned", automatic=0, content_id=0, why=why
    )


def _plan(
    connection: Connection,
    upload: Upload,
    case_id: str,
    *,
    key: str,
    kind: str,
    state: str,
    automatic: int,
    content_id: int,
    why: str,
) -> str:
    planned = connection.execute(
        insert(tables.actions).prefix_with("OR IGNORE"),
        {
            "idempotency_key": key,
            "type": kind,
            "state": state,
            "automatic": automatic,
            "case_id": case_id,
            "upload_id": upload.id,
            "content_id": content_id,
            "did": upload.did,
            "cid": upload.cid,
            "why": why,
            "planned_at": now_ms(),
        },
    )
    return key if planned.rowcount else ""
