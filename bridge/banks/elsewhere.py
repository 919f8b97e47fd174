"""Banks of somebody who is asked and keeps his list: their policy is ours, their entries stay there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from bridge.banks.banks import bank_created
from bridge.catalogue import Bank
from bridge.store.banks import all_banks, insert_bank
from bridge.store.store import Store


class BanksElsewhere:
    """They are made when they are asked for the first time. One of the same name serves as it is:
    the operator may have changed what its matches do.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, wanted: Sequence[Bank]) -> Mapping[str, Bank]:
        """By name. Raises StoreError."""
        found = await self._store.read(lambda connection: _found(connection, wanted))
        if len(found) == len(wanted):
            return found
        whole, _ = await self._store.write(
            lambda connection: _with_made(connection, wanted),
            lambda done: [bank_created(bank, "bridge") for bank in done[1]],
        )
        return whole


def _found(connection: Connection, wanted: Sequence[Bank]) -> dict[str, Bank]:
    rows = {bank.name.casefold(): bank for bank in all_banks(connection)}
    known = {bank.name: rows.get(bank.name.casefold()) for bank in wanted}
    return {name: bank for name, bank in known.items() if bank is not None}


def _with_made(connection: Connection, wanted: Sequence[Bank]) -> tuple[dict[str, Bank], list[Bank]]:
    found = _found(connection, wanted)
    made = {bank.name: insert_bank(connection, bank) for bank in wanted if bank.name not in found}
    return found | made, list(made.values())
