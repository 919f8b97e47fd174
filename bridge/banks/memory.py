"""What was taken down here is remembered: by its exact hash, in a bank of its own for each category.

A PDS forgets a takedown with the record it was on, and knows it for one account only. These banks
do not; they match like any other, and a match is a takedown that was decided already.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.banks.banks import added_to, bank_created, removed_from
from bridge.catalogue import MEMORY, Bank, Category, OnMatch
from bridge.errors import NotFound
from bridge.events import Event
from bridge.signals import Signal, SignalType
from bridge.store import entries
from bridge.store.banks import find_bank, insert_bank
from bridge.store.retries import recheck_bytes


def remember(connection: Connection, sha256: bytes, case_id: str) -> list[Event]:
    """Enters the hash into the bank of the case's category; the events that say so.

    Copies that other accounts have already are compared anew, and so taken down too.
    """
    category = _category(connection, case_id)
    events: list[Event] = []
    try:
        bank = find_bank(connection, _name(category))
    except NotFound:
        bank = insert_bank(connection, _bank(category))
        events.append(bank_created(bank, "bridge"))
    _, added = entries.add_content(connection, bank, [Signal(SignalType.SHA256, sha256)])
    if added:
        recheck_bytes(connection, sha256)  # others may have it too
    return [*events, *added_to(bank, added, "bridge")]


def forget(connection: Connection, sha256: bytes) -> list[Event]:
    """Takes the hash out of every such bank: it was restored."""
    events: list[Event] = []
    for category in Category:
        try:
            bank = find_bank(connection, _name(category))
        except NotFound:
            continue
        removed = entries.remove_signal(connection, bank, Signal(SignalType.SHA256, sha256))
        events += removed_from(bank, removed, "bridge")
    return events


def _category(connection: Connection, case_id: str) -> Category:
    found = connection.scalar(text("SELECT category FROM cases WHERE id = :id"), {"id": case_id})
    return Category(found) if found else Category.OWN


def _name(category: Category) -> str:
    return f"{MEMORY} {category.words}"


def _bank(category: Category) -> Bank:
    return Bank(
        _name(category),
        category,
        on_match=OnMatch.TAKEDOWN,
        threshold=0,
        description="What was taken down here, by its exact hash.",
    )
