"""Undoing a batch of decisions: what stood before stands again, as far as it can be taken back."""

from __future__ import annotations

from sqlalchemy import text

from bridge.banks.banks import removed_from
from bridge.banks.memory import forget
from bridge.deciding.deed import Deed
from bridge.store.banks import all_banks
from bridge.store.subjects import UP, Newest, Subject, before_batch, newest_action
from bridge.telling import tell_of_undoing

_KINDS = ("takedown", "hold", "restore")
_COLUMNS = "did, cid, uri, id, idempotency_key, type, state, case_id, upload_id"


def take_back(deed: Deed, *, is_first: bool) -> int:
    """Everything that the deed's batch did in its case; how many effects had left already.

    What it ended in cases that are none of its own is brought back with its first one.
    """
    told = 0
    of_subject: dict[Subject, list[Newest]] = {}
    for subject, action, was_ended in _actions(deed, is_first):
        if action.type in _KINDS:
            mine = of_subject.setdefault(subject, [])
            if not was_ended:
                mine.append(action)
        elif action.state == "planned":
            deed.end(action)
        elif action.state != "cancelled":
            told += 1
            deed.events += tell_of_undoing(
                deed.connection, action.key, action.upload_id, deed.case_id, deed.category, deed.actor
            )
    for subject, actions in of_subject.items():
        _as_before(deed, subject, actions)
    _forget_entries(deed)
    return told


def _as_before(deed: Deed, subject: Subject, actions: list[Newest]) -> None:
    """`actions` are those of the batch on the subject; empty where it only ended others."""
    before = before_batch(deed.connection, subject, deed.batch)
    began = [action for action in actions if action.state in ("running", "confirmed")]
    for action in actions:
        deed.end(action)
    if not began and not (before is not None and before.state == "cancelled"):
        return
    wanted = before.type if before is not None else UP
    now = newest_action(deed.connection, subject)
    is_newer = now is not None and now.id > max((each.id for each in (before, *actions) if each), default=0)
    if now is not None and is_newer and now.type == wanted:
        return  # another case of the batch brought it back
    upload_id = actions[0].upload_id if actions else before.upload_id if before is not None else ""
    deed.plan(wanted, subject, upload_id, why="undone", undoes=True)
    was_remembered = any(action.type == "takedown" and action.state == "confirmed" for action in began)
    if was_remembered and wanted == "hold":  # the restoring of what was not held forgets by itself
        sha256 = deed.connection.scalar(text("SELECT sha256 FROM uploads WHERE id = :id"), {"id": upload_id})
        deed.events += forget(deed.connection, sha256) if sha256 else []


def _actions(deed: Deed, is_first: bool) -> list[tuple[Subject, Newest, bool]]:
    """Those the batch planned in the case, and those of others that it ended; whether it ended them."""
    rows = deed.connection.execute(
        text(
            f"SELECT {_COLUMNS}, 0 AS was_ended FROM actions"
            " WHERE decision = :batch AND decision <> '' AND case_id = :case"
            f" UNION ALL SELECT {_COLUMNS}, 1 AS was_ended FROM actions"
            " WHERE ended_by = :batch AND ended_by <> '' AND decision <> :batch AND (case_id = :case"
            "  OR (:first AND case_id NOT IN (SELECT case_id FROM decisions WHERE batch = :batch)))"
            " ORDER BY id"
        ),
        {"batch": deed.batch, "case": deed.case_id, "first": is_first},
    )
    return [(Subject(*row[:3]), Newest(*row[3:9]), bool(row.was_ended)) for row in rows]


def _forget_entries(deed: Deed) -> None:
    """The allow entries that the batch made."""
    rows = deed.connection.execute(
        text(
            "DELETE FROM entries WHERE id IN (SELECT entry_id FROM decision_entries JOIN decisions"
            " ON decisions.id = decision_id WHERE batch = :batch AND case_id = :case) RETURNING bank_id"
        ),
        {"batch": deed.batch, "case": deed.case_id},
    )
    removed: dict[int, int] = {}
    for row in rows:
        removed[row.bank_id] = removed.get(row.bank_id, 0) + 1
    for bank in all_banks(deed.connection):
        deed.events += removed_from(bank, removed.get(bank.id, 0), deed.actor)
