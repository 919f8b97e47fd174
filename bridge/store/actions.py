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
    """Writes down the automatic takedown of one upload; its idempotency key.

    What lies on the PDS (an attributed DID and a CID) waits for the runner. For the upload of an
    app the caller's answer BLOCK is the whole effect: it is written down as done.
    """
    key = f"takedown:{upload.id}"
    connection.execute(
        insert(tables.actions).prefix_with("OR IGNORE"),
        {
            "idempotency_key": key,
            "type": "takedown" if upload.is_on_pds else "block",
            "state": "planned" if upload.is_on_pds else "confirmed",
            "automatic": 1,
            "case_id": case_id,
            "upload_id": upload.id,
            "content_id": takedown.match.content_id,
            "did": upload.did,
            "cid": upload.cid,
            "why": takedown.why,
            "planned_at": now_ms(),
        },
    )
    return key
