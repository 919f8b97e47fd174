"""Contents put into HMA's banks and taken out again: each once, though HMA takes the same twice.

What is sent is noted before. Where the answer was lost (a kill, a cut line), the content is looked for
among the numbers that HMA gave since, before anything more is sent to that bank.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge.catalogue import Bank
from bridge.errors import BadSignal, Conflict
from bridge.hma.events import put_there, taken_out_there
from bridge.hma.guarding import check_may_receive
from bridge.hma.naming import name_there
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaNotReady, HmaRefused
from bridge.matching.hma_values import HMA_NAMES, HmaContent
from bridge.signals import Signal
from bridge.store import hma_contents as stored
from bridge.store.hma_contents import Sent
from bridge.store.store import Store
from bridge.uploads import new_id

AT_ONCE = 8
"""Requests that look for a content: as many as the client has connections."""
NOT_FOUND = 404

Content = tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """`numbers` are those that HMA gave, in order; `added` and `already` count signals."""

    numbers: tuple[int, ...]
    added: int
    already: int


class Contents:
    """All methods raise HmaError where HMA gives no answer of use; what it answered until then is noted."""

    def __init__(self, store: Store, client: HmaClient) -> None:
        self.client = client
        self._store = store
        self._busy: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, bank: Bank, contents: Sequence[Content], actor: str) -> Put:
        """Adds those that are not there. Raises Forbidden where the bank's values must not go there,
        Conflict while something else is put into it.
        """
        await check_may_receive(self.client, bank)
        contents = [tuple(replace(signal, quality=None) for signal in content) for content in contents]
        async with self._alone_with(bank):
            await self._settle(bank)
            sending, there = await self._sort(bank, contents)
            if there:
                await self._store.write(lambda connection: _note_there(connection, bank, there), ())
            numbers, added = await self._send(bank, sending, actor) if sending else ({}, 0)
            total = sum(map(len, contents))
        return Put(tuple(numbers.values()), added, total - added)

    async def take_out(self, bank: Bank, sent: Sequence[Sent], actor: str) -> int:
        """Removes them, each only where it still is what was sent; how many signals they had."""
        for one in sent:
            if one.content_id is not None and await self._is_still(bank, one, one.content_id):
                await self.client.delete_content(name_there(bank), one.content_id)
        batches = [one.batch for one in sent]
        return await self._store.write(
            lambda connection: stored.forget(connection, batches),
            lambda removed: taken_out_there(bank, removed, actor),
        )

    async def settle(self, bank: Bank) -> None:
        """Finds what was sent and never answered. Raises Forbidden, Conflict."""
        await check_may_receive(self.client, bank)
        async with self._alone_with(bank):
            await self._settle(bank)

    async def was_emptied(self, bank: Bank) -> bool:
        """Whether what was put into it is gone: the bank was deleted there, or HMA was set up anew."""
        ends = await self._store.read(lambda connection: stored.ends(connection, bank))
        for one in ends:
            if one.content_id is not None and await self._is_still(bank, one, one.content_id):
                return False
        return bool(ends)

    async def forget_lost(self, bank: Bank, content: Content) -> None:
        """What was put in with these signals and is no more there: taken out by others, or all lost."""
        sent = await self._store.read(
            lambda c: {one.batch: one for signal in content for one in stored.with_signal(c, bank, signal)}
        )
        lost = [
            one.batch
            for one in sent.values()
            if one.content_id is not None and not await self._is_still(bank, one, one.content_id)
        ]
        if lost:
            await self._store.write(
                lambda connection: stored.forget(connection, lost),
                lambda gone: taken_out_there(bank, gone, "bridge"),
            )

    async def find(self, bank: Bank, signal: Signal) -> int | None:
        """The number of the content that has this very signal, by HMA's index; None where it knows none."""
        try:
            hits = await self.client.raw_lookup(HMA_NAMES[signal.type], signal.value, (name_there(bank),))
        except HmaNotReady:
            return None
        for hit in hits:
            if hit.distance == 0:
                content = await self.look_at(bank, hit.content_id)
                if content and _has(content, bank, (signal,)):
                    return hit.content_id
        return None

    async def _find_own(self, bank: Bank, signal: Signal) -> int | None:
        """The same before something is sent. A look-up has its hash in the address, which whatever stands
        before HMA may write down: nobody's list is gone through that way.
        """
        return None if bank.category.is_listed else await self.find(bank, signal)

    async def look_at(self, bank: Bank, content_id: int) -> HmaContent | None:
        """Any content of any bank by its number, None where there is none."""
        try:
            return await self.client.content(name_there(bank), content_id, signals=True)
        except HmaRefused as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise

    async def _sort(
        self, bank: Bank, contents: Sequence[Content]
    ) -> tuple[dict[str, Content], dict[str, tuple[Content, int]]]:
        """What is to be sent, and what HMA has though nobody noted it, with its number."""
        signals = [signal for content in contents for signal in content]
        known = await self._store.read(lambda connection: stored.known(connection, bank, signals))
        sending: dict[str, Content] = {}
        there: dict[str, tuple[Content, int]] = {}
        for content in contents:
            new = tuple(dict.fromkeys(signal for signal in content if signal not in known))
            known.update(new)
            numbers = {signal: await self._find_own(bank, signal) for signal in new}
            for signal, number in numbers.items():
                if number is not None:
                    there[new_id()] = (signal,), number
            if rest := tuple(signal for signal in new if numbers[signal] is None):
                sending[new_id()] = rest
        return sending, there

    async def _send(
        self, bank: Bank, sending: Mapping[str, Content], actor: str
    ) -> tuple[dict[str, int], int]:
        await self._store.write(lambda connection: stored.note_sending(connection, bank, sending), ())
        answers: dict[str, int] = {}
        untold = list(sending)
        try:
            for batch, content in sending.items():
                try:
                    answers[batch] = await self.client.add_signals(name_there(bank), _as_hma_names(content))
                except HmaRefused:
                    raise
                except BaseException:
                    untold.remove(batch)  # it may be there
                    raise
                untold.remove(batch)
        finally:
            added = await self._store.write(
                lambda connection: _note_done(connection, answers, untold),
                lambda added: put_there(bank, added, actor),
            )
        return answers, added

    async def _settle(self, bank: Bank) -> None:
        """The first of them is sent again: what is looked for lies below the number that it gets."""
        doubtful = await self._store.read(lambda connection: stored.unanswered(connection, bank))
        if not doubtful:
            return
        first = doubtful[0]
        again = await self.client.add_signals(name_there(bank), _as_hma_names(first.signals))
        answers, twice = await self._search(bank, doubtful, again)
        if first.batch in answers:
            twice.append(again)
        else:
            answers[first.batch] = again
        for number in twice:
            await self.client.delete_content(name_there(bank), number)
        lost = [one.batch for one in doubtful if one.batch not in answers]
        await self._store.write(
            lambda connection: _note_done(connection, answers, lost),
            lambda added: put_there(bank, added, "bridge"),
        )

    async def _search(
        self, bank: Bank, doubtful: Sequence[Sent], below: int
    ) -> tuple[dict[str, int], list[int]]:
        """The number of each that is there, and the numbers of those that are there once more."""
        answers: dict[str, int] = {}
        twice: list[int] = []
        numbers = range(min(one.after for one in doubtful) + 1, below)
        for at in range(0, len(numbers), AT_ONCE):
            some = numbers[at : at + AT_ONCE]
            for content in await asyncio.gather(*(self.look_at(bank, number) for number in some)):
                if content is None:
                    continue
                which = next((one for one in doubtful if _is(content, bank, one.signals)), None)
                if which is not None and content.id > which.after:
                    if which.batch in answers:
                        twice.append(content.id)
                    else:
                        answers[which.batch] = content.id
        return answers, twice

    async def _is_still(self, bank: Bank, sent: Sent, content_id: int) -> bool:
        """HMA does not look whether a number is of that bank; after it was set up anew it is another's."""
        content = await self.look_at(bank, content_id)
        return content is not None and _has(content, bank, sent.signals)

    @asynccontextmanager
    async def _alone_with(self, bank: Bank) -> AsyncIterator[None]:
        lock = self._busy[bank.id]
        if lock.locked():
            raise Conflict(f"Something is put into {bank.name} already.", "Wait until it is done.")
        async with lock:
            yield


def holdable(signals: Sequence[Signal], bank: Bank, types: Collection[str]) -> Content:
    """Those of a type that this HMA has on, by its names. Raises BadSignal where there are none."""
    found = tuple(signal for signal in signals if HMA_NAMES.get(signal.type) in types)
    if not found:
        held = ", ".join(kind.value for kind, name in HMA_NAMES.items() if name in types)
        raise BadSignal(f"{bank.name} is a bank of HMA, which holds {held} only.", "Give one, or the file.")
    return found


def _as_hma_names(content: Content) -> dict[str, bytes]:
    return {HMA_NAMES[signal.type]: signal.value for signal in content}


def _has(content: HmaContent, bank: Bank, signals: Content) -> bool:
    """Whether it is of that bank and has at least these signals."""
    if content.bank.name != name_there(bank):
        return False
    return all(content.signals.get(HMA_NAMES[signal.type]) == signal.hex for signal in signals)


def _is(content: HmaContent, bank: Bank, signals: Content) -> bool:
    """Whether it is of that bank and has these signals and no others."""
    return len(content.signals) == len(signals) and _has(content, bank, signals)


def _note_done(connection: Connection, answers: Mapping[str, int], lost: Sequence[str]) -> int:
    stored.take_back(connection, lost)
    return stored.note_answers(connection, answers)


def _note_there(connection: Connection, bank: Bank, there: Mapping[str, tuple[Content, int]]) -> None:
    stored.note_sending(connection, bank, {batch: content for batch, (content, _) in there.items()})
    stored.note_answers(connection, {batch: number for batch, (_, number) in there.items()})
