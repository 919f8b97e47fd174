"""An HMA's banks as banks here: their policy is ours, their entries stay there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from bridge.banks.banks import bank_created
from bridge.catalogue import FROM_HMA, LARGEST_THRESHOLD, Bank, Category
from bridge.events import Event
from bridge.store import banks as stored
from bridge.store.store import Store


class HmaBankRows:
    """Nobody told what a bank is that is seen for the first time: its values are never shown, and what it
    matches a person looks at. By its name it is one with a bank here that has the same, whoever made it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, names: Collection[str]) -> Mapping[str, Bank]:
        """By HMA's names for them. Raises StoreError."""
        found = await self._store.read(lambda connection: _found(connection, names))
        if missing := [name for name in names if name not in found]:
            made = await self._store.write(
                lambda connection: _made(connection, missing), lambda made: list(map(_event, made))
            )
            found |= {bank.name: bank for bank in made}
            if len(found) < len(set(names)):  # somebody else made one meanwhile
                found = await self._store.read(lambda connection: _found(connection, names))
        return found


def _found(connection: Connection, names: Collection[str]) -> dict[str, Bank]:
    rows = {bank.name.casefold(): bank for bank in stored.all_banks(connection)}
    return {name: rows[name.casefold()] for name in names if name.casefold() in rows}


def _made(connection: Connection, names: Collection[str]) -> list[Bank]:
    there = _found(connection, names)
    return [stored.insert_bank(connection, _bank(name)) for name in names if name not in there]


def _bank(name: str) -> Bank:
    return Bank(
        name,
        Category.EXPLOITATIVE,
        threshold=LARGEST_THRESHOLD,
        description="A bank of HMA's. Say what it is, and what follows.",
        origin=FROM_HMA,
    )


def _event(bank: Bank) -> Event:
    return bank_created(bank, "bridge")
