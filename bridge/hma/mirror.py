"""An own bank mirrored to an HMA, in slices: each goes on where the last one ended, whatever ended it.

What HMA's bank lacks is added, what has left the own one leaves it. HMA's row here has the own bank's policy.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.banks.banks import removed_from
from bridge.catalogue import FROM_HMA, Bank, Role
from bridge.errors import BadBank, Conflict, NotFound
from bridge.hma.banks import HmaBanks
from bridge.hma.contents import Contents
from bridge.hma.guarding import check_may_receive
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

    `left` is how many there are still to look at, `unheld` those of types that HMA does not hold.
    """

    bank: Bank
    added: int
    already: int
    removed: int
    left: int
    unheld: int
    next: int
    is_done: bool


def name_there(bank: Bank) -> str:
    """The name of the bank of HMA that mirrors it: other than its own, in HMA's letters."""
    return "MIRROR_" + re.sub(r"[^A-Z0-9]+", "_", bank.name.upper()).strip("_")[:56]


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
        source = await self._store.read(lambda connection: stored.find_bank(connection, name))
        _check_may_be_mirrored(source)
        await check_may_receive(self._contents.client, source)
        bank, removed = await self._target(source, actor), 0
        types = await self._types()
        if after == 0:
            removed = await self._begin(source, bank, actor)
        added = already = 0
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._slice_seconds
        while signals := await self._next(source, bank, types, after):
            put = await self._contents.put(bank, [(one,) for one in signals.values()], actor, source.id)
            added, already, after = added + put.added, already + put.already, max(signals)
            if loop.time() >= ends:
                break
        left, unheld = await self._store.read(
            lambda connection: hma_contents.count_left(connection, source, bank, types)
        )
        is_done = not signals
        return Mirrored(bank, added, already, removed, 0 if is_done else left, unheld, after, is_done)

    async def _next(
        self, source: Bank, bank: Bank, types: Sequence[SignalType], after: int
    ) -> dict[int, Signal]:
        return await self._store.read(
            lambda connection: hma_contents.not_sent(connection, source, bank, types, after, PAGE)
        )

    async def _begin(self, source: Bank, bank: Bank, actor: str) -> int:
        """What was cut off is found, what left the own bank is taken out; how many entries these were."""
        await self._contents.settle(bank)
        if await self._contents.was_emptied(bank):
            await self._store.write(
                lambda connection: hma_contents.forget_bank(connection, bank),
                lambda gone: removed_from(bank, gone, "bridge"),
            )
        removed = 0
        while gone := await self._store.read(
            lambda connection: hma_contents.left_the_source(connection, source, bank, PAGE)
        ):
            removed += await self._contents.take_out(bank, gone, actor)
        return removed

    async def _target(self, source: Bank, actor: str) -> Bank:
        name = name_there(source)
        try:
            bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        except NotFound:
            wanted = replace(source, name=name, description=f"mirrors {source.name}", id=0)
            return await self._banks.create(wanted, actor)
        if bank.origin != FROM_HMA:
            raise Conflict(f"{bank.name} is a bank of your own.", "Give it another name, then mirror.")
        return bank

    async def _types(self) -> Sequence[SignalType]:
        """Those of ours that this HMA has on."""
        there = await self._contents.client.signal_types()
        return [kind for kind, name in HMA_NAMES.items() if name in there]


def _check_may_be_mirrored(source: Bank) -> None:
    if source.origin == FROM_HMA:
        raise BadBank(f"{source.name} is a bank of HMA already.", "Name one of your own.")
    if source.role is Role.ALLOW:
        raise BadBank("An allow bank is not mirrored: its entries would match there.", "It stays here.")
    if source.is_memory:
        raise BadBank("What was taken down here is remembered here alone.", "Mirror another bank.")
