"""What follows from a release: what was taken down or held comes back, and a false match is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bridge.banks.banks import added_to, bank_created
from bridge.catalogue import Bank, Category, OnMatch, Role
from bridge.deciding.deed import Deed
from bridge.errors import Conflict, InputError, NotFound
from bridge.policy import ALLOW_DISTANCE
from bridge.records import MatchRecord
from bridge.signals import EXACT_TYPES, Signal, Signals, SignalType
from bridge.store.banks import find_bank, insert_bank
from bridge.store.decisions import File, keep_entries
from bridge.store.entries import allow_against
from bridge.store.signals import known_signals
from bridge.store.subjects import (
    UP,
    Subject,
    down_beside,
    is_decided_down,
    is_wanted_down,
    live_actions,
    newest_action,
)
from bridge.store.uploads import upload_records

FALSE_MATCHES = "false matches"
"""The name of the allow bank that holds what was decided to be one."""


def let_go(deed: Deed, files: Sequence[File]) -> int:
    """Takes back what keeps these pictures down; how many stay down, for another case says so."""
    kept_down = 0
    for subject, file in {Subject(file.did, file.cid): file for file in files if file.is_on_pds}.items():
        newest = newest_action(deed.connection, subject)
        if newest is None or not newest.is_down:
            continue
        if is_wanted_down(deed.connection, subject, deed.case_id):
            kept_down += 1
            continue
        _bring_back(deed, subject, file.id)
    return kept_down


def let_go_beside(deed: Deed) -> int:
    """The same for posts and the account that were taken down in this case, unless a standing decision
    of it says so.
    """
    kept_down = 0
    for subject in down_beside(deed.connection, deed.case_id):
        newest = newest_action(deed.connection, subject)
        if newest is None or not newest.is_down:
            continue
        if is_decided_down(deed.connection, subject, deed.case_id):
            kept_down += 1
            continue
        _bring_back(deed, subject)
    return kept_down


def _bring_back(deed: Deed, subject: Subject, upload_id: str = "") -> None:
    """Ends what has not come to its end, also what waits for the end of a pause beneath something newer."""
    may_have_happened = False
    for action in live_actions(deed.connection, subject):
        deed.end(action)
        may_have_happened |= action.state == "running"
    standing = newest_action(deed.connection, subject)
    if may_have_happened or (standing is not None and standing.is_down):
        deed.plan(UP, subject, upload_id)


def remember_false_match(deed: Deed, decision: int, files: Sequence[File]) -> None:
    """Allows these very bytes against the entries they matched; in own banks also what is nearly the same.

    Raises InputError for an exact child-safety match, Conflict where the bank's name is taken.
    """
    made: list[int] = []
    bank = _bank(deed)
    for file in files:
        [record] = upload_records(deed.connection, ids=[file.id])
        standing = [m for m in record.matches if m.role is Role.BLOCK and not m.cancelled_by]
        if any(m.category is Category.CHILD_SAFETY and m.signal_type in EXACT_TYPES for m in standing):
            raise InputError("An exact child-safety match is never allowed for good.", "Release it instead.")
        signals = known_signals(deed.connection, file.sha256)
        for match in standing:
            made += _allow(deed.connection, bank, match, file, signals)
    if made:
        keep_entries(deed.connection, decision, made)
    deed.events += added_to(bank, len(made), deed.actor)


def _allow(
    connection: Connection, bank: Bank, match: MatchRecord, file: File, signals: Signals | None
) -> list[int]:
    """The entries made against one match's entry."""
    allowed = [Signal(SignalType.SHA256, file.sha256)]
    is_own_pdq = not match.category.is_listed and match.signal_type is SignalType.PDQ
    if is_own_pdq and signals is not None and (view := signals.reference):
        allowed.append(Signal(SignalType.PDQ, view.pdq, view.quality))
    made = (allow_against(connection, bank, signal, match.entry_id) for signal in allowed)
    return [entry for entry in made if entry is not None]


def _bank(deed: Deed) -> Bank:
    try:
        bank = find_bank(deed.connection, FALSE_MATCHES)
    except NotFound:
        fresh = Bank(FALSE_MATCHES, role=Role.ALLOW, on_match=OnMatch.LOG, threshold=ALLOW_DISTANCE)
        bank = insert_bank(
            deed.connection, replace(fresh, description="What was decided to be a false match.")
        )
        deed.events.append(bank_created(bank, deed.actor))
    if bank.role is not Role.ALLOW:
        raise Conflict(f"Your bank {FALSE_MATCHES} is no allow bank.", "Rename it, or release without it.")
    return bank
