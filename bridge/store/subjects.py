"""What stands at the PDS by our actions: for one account's blob, record, or account; and how to change it.

Of the actions on one subject the newest that was not ended says what should stand there.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.uploads import now_ms

UP = "restore"
"""What is done to a subject that should stand as it was."""
_KINDS = "('takedown', 'hold', 'restore')"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record where there is a `uri`, else a blob where there is a `cid`, else an account."""

    did: str
    cid: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest action on a subject that counts."""

    id: int
    key: str
    type: str
    state: str
    case_id: str
    upload_id: str

    @property
    def is_down(self) -> bool:
        return self.type != UP


def newest_action(connection: Connection, subject: Subject) -> Newest | None:
    """None where nobody ever took it down."""
    return _newest(connection, subject, "state IN ('planned', 'running', 'confirmed')", {})


def live_actions(connection: Connection, subject: Subject) -> list[Newest]:
    """Those on it that have come to no end, newest first."""
    return _actions(connection, subject, "state IN ('planned', 'running')", {})


def before_batch(connection: Connection, subject: Subject, batch: str) -> Newest | None:
    """The one that counted before a batch of decisions was made."""
    return _newest(
        connection,
        subject,
        "decision <> :batch AND (state IN ('planned', 'running', 'confirmed') OR ended_by = :batch)",
        {"batch": batch},
    )


def _newest(
    connection: Connection, subject: Subject, condition: str, values: dict[str, str]
) -> Newest | None:
    found = _actions(connection, subject, condition, values, limit=1)
    return found[0] if found else None


def _actions(
    connection: Connection, subject: Subject, condition: str, values: dict[str, str], limit: int = -1
) -> list[Newest]:
    """Newest first; a negative `limit` is none."""
    named = "uri = :uri" if subject.uri else "cid = :cid AND uri = ''"
    rows = connection.execute(
        text(
            "SELECT id, idempotency_key, type, state, case_id, upload_id FROM actions"
            f" WHERE did = :did AND {named} AND type IN {_KINDS} AND {condition}"
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"did": subject.did, "cid": subject.cid, "uri": subject.uri, "limit": limit, **values},
    )
    return [Newest(*row) for row in rows]


def end_action(connection: Connection, action_id: int, batch: str) -> bool:
    """Ends an action that has not come to its end by itself; whether it was so."""
    ended = connection.execute(
        text(
            "UPDATE actions SET state = 'cancelled', ended_by = :batch, ended_at = :now"
            " WHERE id = :id AND state IN ('planned', 'running')"
        ),
        {"id": action_id, "batch": batch, "now": now_ms()},
    ).rowcount
    if ended:
        connection.execute(text("DELETE FROM attempts WHERE action_id = :id"), {"id": action_id})
    return bool(ended)


def is_wanted_down(connection: Connection, subject: Subject, case_id: str) -> bool:
    """Whether another case with this blob is open, or was decided by taking it down."""
    found = connection.scalar(
        text(
            "SELECT 1 FROM uploads JOIN case_uploads ON upload_id = uploads.id"
            " JOIN cases ON cases.id = case_id"
            " WHERE did = :did AND cid = :cid AND case_id <> :case AND (state = 'open' OR EXISTS"
            " (SELECT 1 FROM decision_uploads AS du JOIN decisions AS d ON d.id = du.decision_id"
            "  WHERE du.upload_id = uploads.id AND d.case_id = cases.id AND d.undone_at IS NULL"
            "  AND d.superseded_at IS NULL"
            "  AND d.choice LIKE 'takedown%')) LIMIT 1"
        ),
        {"did": subject.did, "cid": subject.cid, "case": case_id},
    )
    return found is not None


def down_beside(connection: Connection, case_id: str) -> list[Subject]:
    """The records and the account that the case took down; not what a standing decision of it says."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT did, cid, uri FROM actions WHERE case_id = :case AND type = 'takedown'"
            " AND did <> '' AND (uri <> '' OR cid = '') AND state IN ('planned', 'running', 'confirmed')"
            " AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.batch = actions.decision"
            "  AND d.case_id = :case AND d.undone_at IS NULL AND d.superseded_at IS NULL)"
        ),
        {"case": case_id},
    )
    return [Subject(*row) for row in rows]


def is_decided_down(connection: Connection, subject: Subject, case_id: str) -> bool:
    """Whether a standing decision of another case takes this record or account down."""
    by = (
        "d.choice = 'takedown_record' AND EXISTS (SELECT 1 FROM decision_uploads JOIN uploads AS u"
        " ON u.id = upload_id LEFT JOIN blob_records AS b ON b.did = u.did AND b.cid = u.cid"
        " WHERE decision_id = d.id AND :uri IN (u.uri, b.uri))"
        if subject.uri
        else "d.choice = 'takedown_account'"
    )
    found = connection.scalar(
        text(
            "SELECT 1 FROM decisions AS d JOIN cases ON cases.id = d.case_id WHERE gathers = 'did:' || :did"
            f" AND d.case_id <> :case AND d.undone_at IS NULL AND d.superseded_at IS NULL AND {by} LIMIT 1"
        ),
        {"did": subject.did, "uri": subject.uri, "case": case_id},
    )
    return found is not None


def records_of(connection: Connection, did: str, cid: str) -> list[str]:
    """The URIs of the records that refer to a blob."""
    return list(
        connection.scalars(
            text(
                "SELECT uri FROM blob_records WHERE did = :did AND cid = :cid"
                " UNION SELECT uri FROM uploads WHERE did = :did AND cid = :cid AND uri <> '' ORDER BY 1"
            ),
            {"did": did, "cid": cid},
        )
    )
