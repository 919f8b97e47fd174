"""The outbox: effects of decisions, planned in the transaction that decided them."""

from __future__ import annotations

from sqlalchemy import Connection, insert, text

from bridge.orders import Planned
from bridge.policy import Usage
from bridge.store import tables
from bridge.store.pauses import find_pause
from bridge.store.subjects import Subject
from bridge.uploads import DAY_MS, Upload, new_id, now_ms

HOUR_MS = 3600 * 1000


def usage(connection: Connection) -> Usage:
    """The automatic actions that count against the caps; and whether nothing is to be done by itself."""
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
    paused = find_pause(connection) is not None
    return Usage(today or 0, {row.content_id: row.n for row in rows}, is_paused=paused)


def plan(connection: Connection, upload: Upload, case_id: str, action: Planned) -> str:
    """Writes down an action on one upload; its idempotency key, empty where it was planned before.

    What lies on the PDS waits for the runner. BLOCK has happened when the caller hears it.
    """
    key = f"{'takedown' if action.type == 'block' else action.type}:{upload.id}"
    if action.type == "preserve":
        key += f":{case_id}"  # a case that the upload joins later keeps its own
    return _insert(connection, key, case_id, action, upload.id, (upload.did, upload.cid, ""))


def plan_subject(connection: Connection, case_id: str, action: Planned, did: str, cid: str, uri: str) -> str:
    """The same for a record (`cid` is the record's), or an account where there is only a DID."""
    known = connection.scalar(
        text(
            "SELECT 1 FROM actions WHERE type = :type AND case_id = :case AND did = :did AND uri = :uri"
            " AND upload_id = '' AND state <> 'failed'"
        ),
        {"type": action.type, "case": case_id, "did": did, "uri": uri},
    )
    return (
        ""
        if known
        else _insert(connection, f"{action.type}:{new_id()}", case_id, action, "", (did, cid, uri))
    )


def plan_decided(
    connection: Connection,
    case_id: str,
    action: str,
    subject: Subject,
    upload_id: str,
    why: str,
    wait_until: int,
    decision: str,
) -> str:
    """The same for what a person decided, under a key of its own each time; not begun before `wait_until`."""
    key = f"{action}:{upload_id or 'subject'}:{new_id()}"
    named = (subject.did, subject.cid, subject.uri)
    return _insert(connection, key, case_id, Planned(action, why), upload_id, named, wait_until, decision)


def plan_message(
    connection: Connection,
    type_: str,
    case_id: str,
    upload_id: str,
    key: str,
    wait_until: int,
    decision: str,
) -> str:
    """The same for what somebody is told; without a `key` it is told each time."""
    key = f"{type_}:{key or upload_id or 'case'}" + ("" if key else f":{new_id()}")
    return _insert(connection, key, case_id, Planned(type_), upload_id, ("", "", ""), wait_until, decision)


def _insert(
    connection: Connection,
    key: str,
    case_id: str,
    action: Planned,
    upload_id: str,
    subject: tuple[str, str, str],
    wait_until: int = 0,
    decision: str = "",
) -> str:
    did, cid, uri = subject
    row = {
        "idempotency_key": key,
        "type": action.type,
        "state": "confirmed" if action.type == "block" else "planned",
        "automatic": int(action.automatic),
        "case_id": case_id,
        "upload_id": upload_id,
        "content_id": action.content_id,
        "did": did,
        "cid": cid,
        "uri": uri,
        "why": action.why,
        "planned_at": now_ms(),
        "wait_until": wait_until,
        "decision": decision,
        "ended_by": "",
        "ended_at": now_ms() if action.type == "block" else None,
    }
    inserted = connection.execute(insert(tables.actions).prefix_with("OR IGNORE"), row)
    return key if inserted.rowcount else ""
