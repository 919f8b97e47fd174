"""An own bank mirrored to an HMA, in slices: each goes on where the last one ended, whatever ended it.

What HMA's bank lacks is added, what has left the own one leaves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge.catalogue import FROM_HMA, Bank, Role
from bridge.errors import BadBank
from bridge.hma.banks import HmaBanks
from bridge.hma.contents import Contents
from bridge.hma.events import taken_out_there
from bridge.hma.guarding import check_may_receive
from bridge.hma.naming import name_there
from bridge.matching.hma_values import HMA_NAMES
from bridge.signals import Signal, SignalType
from bridge.store import banks as stored
from bridge.store import hma_contents
from bridge.store.store import Store

PAGE = 50
"""Entries between two commits: what a kill leaves to be looked for."""
SLICE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What one slice did; counts are of entries. The next one is asked for with `next`.

    `there` is what HMA calls it; `left` is how many there are still to send, `unheld` those of types that HMA
    does not hold.
    """

    bank: Bank
    there: str
    added: int
    already: int
    removed: int
    left: int
    unheld: int
    next: int
    is_done: bool


class Mirror:
    def __init__(
        self, store: Store, contents: Contents, banks: HmaBanks, slice_seconds: float = SLICE_SECONDS
    ) -> None:
        self._store = store
        self._contents = contents
        self._banks = banks
        self._slice_seconds = slice_seconds

    async def push(self, name: str, actor: str, after: int = 0) -> Mirrored:
        """One slice; the first has `after` 0.

        Raises NotFound, BadBank where the bank cannot be mirrored, Forbidden where its values must not go
        there, Conflict, HmaError.
        """
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        _check_may_be_mirrored(bank)
        await check_may_receive(self._contents.client, bank)
        await self._make_there(bank, actor)
        types, removed = await self._types(), 0
        if after == 0:
            removed = await self._begin(bank, actor)
        added = already = 0
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._slice_seconds
        while signals := await self._next(bank, types, after):
            put = await self._contents.put(bank, [(one,) for one in signals.values()], actor)
            added, already, after = added + put.added, already + put.already, max(signals)
            if loop.time() >= ends:
                break
        left, unheld = await self._store.read(
            lambda connection: hma_contents.count_left(connection, bank, types)
        )
        is_done = not signals
        there = name_there(bank)
        return Mirrored(bank, there, added, already, removed, 0 if is_done else left, unheld, after, is_done)

    async def _next(self, bank: Bank, types: Sequence[SignalType], after: int) -> dict[int, Signal]:
        return await self._store.read(
            lambda connection: hma_contents.not_sent(connection, bank, types, after, PAGE)
        )

    async def _begin(self, bank: Bank, actor: str) -> int:
        """What was cut off is found, what left the own bank is taken out; how many entries these were."""
        await self._contents.settle(bank)
        if await self._contents.was_emptied(bank):
            await self._store.write(
                lambda connection: hma_contents.forget_bank(connection, bank),
                lambda gone: taken_out_there(bank, gone, "bridge"),
            )
        removed = 0
        while gone := await self._store.read(
            lambda connection: hma_contents.left_the_bank(connection, bank, PAGE)
        ):
            removed += await self._contents.take_out(bank, gone, actor)
        return removed

    async def _make_there(self, bank: Bank, actor: str) -> None:
        """HMA's bank, and where it is no one with ours by its name, its row here with the same policy."""
        there = name_there(bank)
        if there.casefold() == bank.name.casefold():
            await self._banks.make_there(there)
        elif not await self._store.read(lambda connection: _has(connection, there)):
            await self._banks.create(
                replace(bank, name=there, description=f"mirrors {bank.name}", origin="", id=0), actor
            )

    async def _types(self) -> Sequence[SignalType]:
        """Those of ours that this HMA has on."""
        there = await self._contents.client.signal_types()
        return [kind for kind, name in HMA_NAMES.items() if name in there]


def _has(connection: Connection, name: str) -> bool:
    return any(one.name == name for one in stored.all_banks(connection))


def _check_may_be_mirrored(bank: Bank) -> None:
    if bank.origin == FROM_HMA:
        raise BadBank(f"{bank.name} is a bank of HMA already.", "Name one of your own.")
    if bank.is_elsewhere:
        raise BadBank(f"What is in {bank.name} is not here.", "Mirror another bank.")
    if bank.role is Role.ALLOW:
        raise BadBank("An allow bank is not mirrored: its entries would match there.", "It stays here.")
    if bank.is_memory:
        raise BadBank("What was taken down here is remembered here alone.", "Mirror another bank.")
