"""Banks as the operator and apps change them: each change with its event, in one transaction."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge import policy
from bridge.banks.lists import BadLine, Batch, ListReader
from bridge.bell import Bell
from bridge.catalogue import Bank
from bridge.errors import BadSignal, Conflict, Forbidden, InputError, StoreError, Unhashable
from bridge.events import Event, EventType
from bridge.signals import Signal, Signals, SignalType
from bridge.store import banks as stored
from bridge.store import entries, hma_contents
from bridge.store.store import Store
from bridge.uploads import new_id, now_ms

ROWS_AT_ONCE = 25_000
BYTES_AT_ONCE = 1 << 20
PAGE = 10_000
BAD_LINES_SHOWN = 100
PURGE_SECONDS = 600

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Import:
    """A list being read into a bank; counts grow while it runs."""

    bank: str
    actor: str
    bytes_total: int | None
    is_listed: bool
    id: str = field(default_factory=lambda: new_id(8))
    started_at: int = field(default_factory=now_ms)
    bytes_read: int = 0
    lines: int = 0
    added: int = 0
    already: int = 0
    bad_count: int = 0
    bad: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Addition:
    """What adding one picture or hash did."""

    bank: Bank
    content_id: int
    added: int
    already: int
    signals: tuple[Signal, ...]


class Banks:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._deleted = Bell()
        self.imports: dict[str, Import] = {}
        """The imports that run now."""

    async def create(self, bank: Bank, actor: str) -> Bank:
        """Raises BadBank, BadThreshold, Conflict."""
        bank.check()
        return await self._store.write(
            lambda connection: stored.insert_bank(connection, bank), lambda made: [bank_created(made, actor)]
        )

    async def delete(self, name: str, actor: str) -> None:
        """The bank matches nothing from the commit on; its entries are removed after it, in slices."""
        await self._store.write(
            lambda connection: stored.delete_bank(connection, name),
            lambda bank: [bank_event(EventType.BANK_DELETED, bank, actor)],
        )
        self._deleted.ring()

    async def purge(self) -> None:
        """Owner task: removes the entries of deleted banks, each slice in a transaction of its own."""
        while True:
            try:
                while await self._store.read(entries.has_orphans):
                    await self._store.write(entries.purge_orphans, _purged)
                while await self._store.read(hma_contents.has_orphans):
                    await self._store.write(hma_contents.purge_orphans, ())
            except StoreError as error:
                log.warning("Entries of a deleted bank stay for now: %s", error.message)
            await self._deleted.wait(PURGE_SECONDS)

    async def add_signals(
        self, name: str, signals: Sequence[Signal], actor: str, metadata: Mapping[str, object] | None = None
    ) -> Addition:
        """Adds the signals of one picture as one content. Raises NotFound, BadSignal."""
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        check_may_enter(bank, signals)
        content_id, added = await self._store.write(
            lambda connection: entries.add_content(connection, bank, signals, metadata),
            lambda done: added_to(bank, done[1], actor),
        )
        return Addition(bank, content_id, added, len(signals) - added, tuple(signals))

    async def add_picture(
        self, name: str, signals: Signals, actor: str, metadata: Mapping[str, object] | None = None
    ) -> Addition:
        """Adds the exact signals of a file and, where its quality allows, its PDQ hash.

        Raises Unhashable where the file is neither a readable picture nor a video.
        """
        if signals.fault:
            raise Unhashable(signals.fault)
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        return await self.add_signals(name, entering(bank, signals), actor, metadata)

    async def remove_signal(self, name: str, signal: Signal, actor: str) -> int:
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        return await self._store.write(
            lambda connection: entries.remove_signal(connection, bank, signal),
            lambda removed: removed_from(bank, removed, actor),
        )

    async def remove_content(self, name: str, content_id: int, actor: str) -> int:
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        return await self._store.write(
            lambda connection: entries.remove_content(connection, bank, content_id),
            lambda removed: removed_from(bank, removed, actor),
        )

    async def import_list(
        self, name: str, pieces: AsyncIterator[bytes], actor: str, bytes_total: int | None = None
    ) -> Import:
        """Reads a list of any length in bounded memory; what was read before an error stays.

        Raises NotFound, Conflict where the bank is being filled already, InputError for no list.
        """
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        if bank.name in self.imports:
            raise Conflict(f"A list is being read into {bank.name} already.", "Wait until it is done.")
        job = self.imports[bank.name] = Import(bank.name, actor, bytes_total, bank.category.is_listed)
        try:
            await self._read_all(bank, job, pieces)
        finally:
            del self.imports[bank.name]
        return job

    async def _read_all(self, bank: Bank, job: Import, pieces: AsyncIterator[bytes]) -> None:
        """The next rows are read while the last ones are being written."""
        reader = ListReader()
        waiting: list[Signal] = []
        writing: asyncio.Task[None] | None = None
        try:
            async for data, last in _in_large_pieces(pieces):
                batch = await asyncio.to_thread(_read, reader, bank, data, last)
                job.bytes_read += len(data)
                job.lines += len(batch.signals) + len(batch.bad)
                job.bad_count += len(batch.bad)
                job.bad += batch.bad[: BAD_LINES_SHOWN - len(job.bad)]
                waiting += [signal for _, signal in batch.signals]
                while len(waiting) >= ROWS_AT_ONCE or (last and waiting):
                    if writing:
                        await writing
                    writing = asyncio.create_task(self._add_rows(bank, job, waiting[:ROWS_AT_ONCE]))
                    del waiting[:ROWS_AT_ONCE]
        finally:
            if writing:
                await writing
        if not job.lines:
            raise InputError("The list is empty.", "Give one hash a line, or CSV or JSON.")

    async def _add_rows(self, bank: Bank, job: Import, signals: list[Signal]) -> None:
        await self._store.write(lambda connection: entries.keep_by_hand(connection, bank, signals), ())
        added = await self._store.write(
            lambda connection: entries.add_entries(connection, bank, signals),
            lambda added: added_to(bank, added, job.actor),
        )
        job.added += added
        job.already += len(signals) - added

    async def export(self, name: str, form: str) -> AsyncIterator[bytes]:
        """The bank as text, csv or json. Raises Forbidden where its values are somebody's list."""
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        if bank.category.is_listed:
            raise Forbidden(f"Values of {bank.name} are never exported.", "Ask the owner of the list for it.")
        if form not in _WRITERS:
            raise InputError(f"There is no format {form[:20]!r}.", "Use text, csv or json.")
        return self._pages(bank, form)

    async def _pages(self, bank: Bank, form: str) -> AsyncIterator[bytes]:
        opening, write, between, closing = _WRITERS[form]
        yield opening
        after, first = 0, True
        while page := await self._page(bank, after):
            text = between.join(write(signal) for _, signal in page)
            yield (text if first else between + text).encode()
            after, first = page[-1][0], False
        yield closing

    async def _page(self, bank: Bank, after: int) -> list[tuple[int, Signal]]:
        return await self._store.read(lambda c: entries.page_of_entries(c, bank, after, PAGE))


def _read(reader: ListReader, bank: Bank, data: bytes, last: bool) -> Batch:
    """The next lines of a list, those taken out that may not enter the bank."""
    batch, kept = reader.feed(data, last=last), []
    for line, signal in batch.signals:
        try:
            policy.admit(bank, signal)
            kept.append((line, signal))
        except BadSignal as bad:
            batch.bad.append(BadLine(line, bad.message))
    return replace(batch, signals=kept, bad=sorted(batch.bad, key=lambda bad: bad.line))


async def _in_large_pieces(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """The same bytes in pieces worth a thread's while, the last one marked."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= BYTES_AT_ONCE:
            yield bytes(held), False
            held.clear()
    yield bytes(held), True


def _as_csv(signal: Signal) -> str:
    quality = "" if signal.quality is None else signal.quality
    return f"{signal.type.value},{signal.hex},{quality}"


def _as_json(signal: Signal) -> str:
    return json.dumps({"hash_type": signal.type.value, "hash_value": signal.hex, "quality": signal.quality})


def _as_text(signal: Signal) -> str:
    return f"sha256:{signal.hex}" if signal.type is SignalType.SHA256 else signal.hex


_WRITERS = {
    "text": (b"", _as_text, "\n", b"\n"),
    "csv": (b"hash_type,hash_value,quality\n", _as_csv, "\n", b"\n"),
    "json": (b"[\n", _as_json, ",\n", b"\n]\n"),
}


def bank_created(bank: Bank, actor: str) -> Event:
    facts: dict[str, str | int] = {
        "bank": bank.id,
        "category": bank.category.value,
        "role": bank.role.value,
        "on_match": bank.on_match.value,
        "mode": bank.mode.value,
        "threshold": bank.threshold,
    }
    private = {"bank": bank.name, **({"note": bank.description} if bank.description else {})}
    return Event(EventType.BANK_CREATED, bank.name, actor, facts, private)


def bank_event(type_: EventType, bank: Bank, actor: str, **facts: int | str) -> Event:
    return Event(type_, bank.name, actor, {"bank": bank.id, **facts}, {"bank": bank.name})


def check_may_enter(bank: Bank, signals: Sequence[Signal]) -> None:
    """Raises BadSignal, with the bank's name, where one of them is noise."""
    for signal in signals:
        try:
            policy.admit(bank, signal)
        except BadSignal as bad:
            raise BadSignal(f"This hash cannot enter {bank.name}: {bad.message}.", bad.hint) from None


def entering(bank: Bank, signals: Signals) -> list[Signal]:
    """What of a file may enter the bank: its PDQ hash, where its quality allows, before its exact ones."""
    if view := signals.reference:
        pdq = Signal(SignalType.PDQ, view.pdq, view.quality)
        try:
            policy.admit(bank, pdq)
        except BadSignal:
            return list(signals.exact)  # a flat picture: only the very same bytes are it
        return [pdq, *signals.exact]
    return list(signals.exact)


def added_to(bank: Bank, added: int, actor: str) -> list[Event]:
    return [bank_event(EventType.ENTRIES_ADDED, bank, actor, entries=added)] if added else []


def removed_from(bank: Bank, removed: int, actor: str) -> list[Event]:
    return [bank_event(EventType.ENTRIES_REMOVED, bank, actor, entries=removed)] if removed else []


def _purged(removed: int) -> list[Event]:
    return [Event(EventType.ENTRIES_REMOVED, "deleted banks", facts={"entries": removed})]
