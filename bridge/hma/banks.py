"""Banks of an HMA as the operator and apps change them: there first, then here with its event.

Each change may be made again where it was cut off between the two: HMA answers the second time as the first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bridge.banks.banks import (
    Addition,
    Import,
    bank_created,
    bank_event,
    check_may_enter,
    entering,
    removed_from,
)
from bridge.catalogue import FROM_HMA, Bank, Role
from bridge.errors import BadBank, Conflict, NotFound, Unhashable
from bridge.events import EventType
from bridge.hma.contents import Contents, holdable
from bridge.hma.guarding import check_may_receive
from bridge.hma.naming import NAME
from bridge.matching.hma_errors import HmaRefused
from bridge.signals import Signal, Signals, SignalType
from bridge.store import banks as stored
from bridge.store import hma_contents
from bridge.store.store import Store

_EXISTS = 403


class HmaBanks:
    """Has the methods of `Banks`, for banks whose origin is HMA. All raise HmaError."""

    def __init__(self, store: Store, contents: Contents) -> None:
        self._store = store
        self._contents = contents
        self._client = contents.client
        self.imports: dict[str, Import] = {}

    async def create(self, bank: Bank, actor: str) -> Bank:
        """Makes it there, or takes the one that is there.

        Raises BadBank, BadThreshold, Conflict, Forbidden.
        """
        bank.check()
        if not NAME.fullmatch(bank.name):
            raise BadBank(
                f"{bank.name[:64]!r} cannot be the name of a bank of HMA.",
                "Use capitals, digits and _, no digit first.",
            )
        if bank.role is Role.ALLOW:
            raise BadBank("An allow bank is none of HMA's: its entries would match there.", "Make it here.")
        await check_may_receive(self._client, bank)
        await self._store.read(lambda connection: _check_is_new(connection, bank))
        await self.make_there(bank.name)
        bank = replace(bank, origin=FROM_HMA)
        return await self._store.write(
            lambda connection: stored.insert_bank(connection, bank), lambda made: [bank_created(made, actor)]
        )

    async def make_there(self, name: str) -> None:
        """That there is one of that name is as well."""
        try:
            await self._client.create_bank(name)
        except HmaRefused as refusal:
            if refusal.status != _EXISTS:
                raise

    async def delete(self, name: str, actor: str) -> None:
        bank = await self._bank(name)
        await self._client.delete_bank(bank.name)
        await self._store.write(
            lambda connection: _delete(connection, bank), [bank_event(EventType.BANK_DELETED, bank, actor)]
        )

    async def switch(self, name: str, actor: str, *, on: bool) -> Bank:
        """On for every look-up, or off, at once."""
        bank = await self._bank(name)
        await self._client.set_bank(bank.name, ratio=1.0 if on else 0.0)
        event = bank_event(EventType.BANK_SWITCHED, bank, actor, state="on" if on else "off")
        await self._store.write(lambda connection: stored.touch(connection, bank), [event])
        return bank

    async def add_signals(
        self, name: str, signals: Sequence[Signal], actor: str, metadata: Mapping[str, object] | None = None
    ) -> Addition:
        """Adds the signals of one picture as one content. Raises NotFound, BadSignal, Forbidden."""
        if metadata:
            raise BadBank("HMA takes no metadata with a hash.", "Leave it out, or add to a bank of your own.")
        bank = await self._bank(name)
        content = holdable(signals, bank, await self._client.signal_types())
        check_may_enter(bank, content)
        await self._contents.forget_lost(bank, content)
        done = await self._contents.put(bank, [content], actor)
        number = done.numbers[0] if done.numbers else await self._number(bank, content)
        return Addition(bank, number, done.added, done.already, content)

    async def add_picture(
        self, name: str, signals: Signals, actor: str, metadata: Mapping[str, object] | None = None
    ) -> Addition:
        """Adds what HMA can hold of a file: its MD5 and, where its quality allows, its PDQ hash.

        The picture was hashed here and does not leave. Raises Unhashable.
        """
        if signals.fault:
            raise Unhashable(signals.fault)
        bank = await self._bank(name)
        there = [one for one in entering(bank, signals) if one.type in (SignalType.MD5, SignalType.PDQ)]
        return await self.add_signals(name, there, actor, metadata)

    async def remove_signal(self, name: str, signal: Signal, actor: str) -> int:
        """Removes the content that has it, with its other signals: what was put in here, else what HMA's
        index knows.
        """
        bank = await self._bank(name)
        (signal,) = holdable([signal], bank, await self._client.signal_types())
        sent = await self._store.read(lambda c: hma_contents.with_signal(c, bank, signal))
        if sent:
            return await self._contents.take_out(bank, sent, actor)
        number = await self._contents.find(bank, replace(signal, quality=None))
        return await self.remove_content(name, number, actor) if number is not None else 0

    async def remove_content(self, name: str, content_id: int, actor: str) -> int:
        """Raises NotFound where that number is not of this bank."""
        bank = await self._bank(name)
        sent = await self._store.read(lambda c: hma_contents.with_number(c, bank, content_id))
        content = await self._contents.look_at(bank, content_id)
        if content is None or content.bank.name != bank.name:
            raise NotFound(f"Bank {bank.name} has no content {content_id}.")
        await self._client.delete_content(bank.name, content_id)
        batches = [one.batch for one in sent]
        removed = max(len(content.signals), 1)
        await self._store.write(
            lambda connection: hma_contents.forget(connection, batches), removed_from(bank, removed, actor)
        )
        return removed

    async def import_list(
        self, name: str, pieces: AsyncIterator[bytes], actor: str, bytes_total: int | None = None
    ) -> Import:
        """Raises BadBank: one request an entry is no way to read a list in."""
        raise BadBank(
            f"{name} is a bank of HMA, which takes one hash at a time.",
            "Import the list into a bank of your own, then mirror that one.",
        )

    async def export(self, name: str, form: str) -> AsyncIterator[bytes]:
        """Raises BadBank: HMA lists no bank."""
        raise BadBank(
            f"{name} is a bank of HMA, which lists what is in none.",
            "Mirror it into a bank of your own, then export that one.",
        )

    async def _number(self, bank: Bank, content: Sequence[Signal]) -> int:
        """Under which it is there already, 0 where nobody knows."""
        sent = await self._store.read(lambda c: hma_contents.with_signal(c, bank, content[0]))
        return (sent[0].content_id or 0) if sent else 0

    async def _bank(self, name: str) -> Bank:
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        assert bank.origin == FROM_HMA, "others are not changed here"
        return bank


def _check_is_new(connection: Connection, bank: Bank) -> None:
    try:
        stored.find_bank(connection, bank.name)
    except NotFound:
        return
    raise Conflict(f"A bank named {bank.name} exists already.", "Choose another name.")


def _delete(connection: Connection, bank: Bank) -> None:
    stored.delete_bank(connection, bank.name)
    hma_contents.forget_bank(connection, bank)
