"""What is put into an HMA and taken out of it, in the log: of its banks, and of own ones mirrored there."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.banks.banks import added_to, bank_event, removed_from
from bridge.catalogue import FROM_HMA, Bank
from bridge.events import Event, EventType


def put_there(bank: Bank, entries: int, actor: str) -> Sequence[Event]:
    if bank.origin == FROM_HMA:
        return added_to(bank, entries, actor)
    return _mirrored(bank, entries, actor, "added")


def taken_out_there(bank: Bank, entries: int, actor: str) -> Sequence[Event]:
    if bank.origin == FROM_HMA:
        return removed_from(bank, entries, actor)
    return _mirrored(bank, entries, actor, "removed")


def _mirrored(bank: Bank, entries: int, actor: str, change: str) -> Sequence[Event]:
    if not entries:
        return []
    return [bank_event(EventType.BANK_MIRRORED, bank, actor, entries=entries, change=change)]
