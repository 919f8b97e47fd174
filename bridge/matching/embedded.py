"""The matcher in this process: exact signals from the store, PDQ from the index beside it.

The index says which codes are near, the store says whose they are. So a removed entry stops
matching with the commit that removes it, and before each answer the index reads what the store
has that it has not: a new entry matches with the next question.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from bridge.catalogue import LARGEST_THRESHOLD
from bridge.errors import NotChecked, StoreError
from bridge.matching.codes import Codes, bytes_of, codes_of
from bridge.matching.index import Found, PdqIndex
from bridge.matching.matcher import Query
from bridge.matching.nearness import match_of, plainest
from bridge.matching.segment import IndexDamaged
from bridge.memory import give_free_pages_back
from bridge.signals import SignalType, View
from bridge.store.banks import filled_block_banks
from bridge.store.entries import Entry, count_of_pdq, entries_with, newest_entry, pdq_after
from bridge.store.store import Store
from bridge.uploads import now_ms
from bridge.verdicts import Comparison, Match, Reason

BATCH = 50_000
"""Entries read from the store at a time, and how far behind the index may be and still answer."""
FAR_BEHIND = 500_000
"""From so many entries on, building the index anew is quicker than catching up."""
FEW = 100_000
"""Dead codes that are never worth building the index anew for."""
KEEP_UP_SECONDS = 0.2
READ_SECONDS = 60
DISK_SECONDS = 30

NO_LIST = "No list is connected: nothing can match."

log = logging.getLogger(__name__)

T = TypeVar("T")


class IndexState(StrEnum):
    READY = "ready"
    BUILDING = "building"


class EmbeddedMatcher:
    """Exact recall up to each bank's threshold. `start` opens it, `keep_up` is its owner task."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self.ready = asyncio.Event()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._index: PdqIndex | None = None
        self._seen = 0
        self._catching_up = asyncio.Lock()

    @property
    def state(self) -> IndexState:
        return IndexState.READY if self.ready.is_set() else IndexState.BUILDING

    @property
    def is_whole(self) -> bool:
        return self.ready.is_set()

    @property
    def codes(self) -> int:
        return 0 if self._index is None else len(self._index)

    async def start(self) -> None:
        """Opens the index. One that is damaged or ahead of the store is left to `keep_up` to build."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)  # it holds the values of lists
        try:
            index = await asyncio.to_thread(PdqIndex.open, self._folder)
        except IndexDamaged as damage:
            log.warning("The index is built anew: %s", damage.message)
            return
        newest = await self._store.read(newest_entry)
        if index.through <= newest <= index.through + FAR_BEHIND:
            self._adopt(index)
            return
        log.warning("The index is built anew: it has entry %d, the store %d.", index.through, newest)
        await asyncio.to_thread(index.close)

    async def keep_up(self) -> None:
        """Builds what is missing, reads what is new, merges when it is time. Ends when cancelled.

        On a full disk it tries again later: what is in memory goes on matching.
        """
        while True:
            try:
                await self._keep_up_once()
            except (OSError, StoreError) as error:
                log.warning("The index cannot be kept up: %s", error)
                await asyncio.sleep(DISK_SECONDS)

    async def _keep_up_once(self) -> None:
        if self._index is None or await self._is_mostly_dead(self._index):
            await self._build()
        elif not await self._catch_up():
            await asyncio.sleep(KEEP_UP_SECONDS)
        if self._index is not None and self._index.needs_merge():
            await asyncio.to_thread(self._index.merge)
            await asyncio.to_thread(give_free_pages_back)

    async def close(self) -> None:
        self._closed = True
        if self._index is not None:
            await asyncio.to_thread(self._index.close)
            self._index = None

    async def match(self, query: Query) -> Comparison:
        """Unchecked: no_list where no block bank has an entry, index_not_ready while it is built.

        Exact signals need no index: they are compared in any case.
        """
        exact = [(signal.type, signal.value) for signal in query.exact]
        filled, newest, entries = await self._store.read(
            lambda c: (filled_block_banks(c), newest_entry(c), entries_with(c, exact) if exact else [])
        )
        banks = [bank for bank in filled if query.asks(bank)]
        near: dict[bytes, list[tuple[View, int]]] = {}
        unchecked = None if banks else NotChecked(Reason.NO_LIST, NO_LIST, retry_after=300)
        if query.views:
            try:
                near = await self._near(query, newest)
            except NotChecked as error:
                unchecked = unchecked or error
        if near:
            codes = [(SignalType.PDQ, value) for value in near]
            entries += await self._store.read(lambda c: entries_with(c, codes))
        matches = await asyncio.to_thread(_matches, query, entries, near) if entries else ()
        names = () if unchecked else tuple(bank.name for bank in banks)
        return Comparison(matches, names, unchecked, newest)

    async def _near(self, query: Query, newest: int) -> dict[bytes, list[tuple[View, int]]]:
        """The codes near any view, each with those views and distances; entries up to `newest` count."""
        while self._seen < newest and await self._catch_up():
            pass
        index = self._index
        if index is None:
            raise NotChecked(Reason.INDEX_NOT_READY, "The index is being built.")
        codes = codes_of([view.pdq for view in query.views])
        return await asyncio.to_thread(lambda: _by_code(index.search(codes, LARGEST_THRESHOLD), query.views))

    async def _catch_up(self) -> bool:
        """Adds one batch of what the store has and the index has not; whether there was any."""
        async with self._catching_up:
            index = self._index
            if index is None:
                return False
            seen = self._seen
            blob, last, newest = await self._store.read(
                lambda connection: (*pdq_after(connection, seen, BATCH), newest_entry(connection))
            )
            if blob:
                await asyncio.to_thread(index.add, codes_of(blob), last)
            whole = len(blob) < BATCH * SignalType.PDQ.size
            self._seen = max(last, newest) if whole else last
            return bool(blob)

    async def _build(self) -> None:
        began = now_ms()
        newest = await self._store.read(newest_entry)
        index = await asyncio.to_thread(PdqIndex.build, self._folder, self._batches(newest), newest)
        async with self._catching_up:
            self._adopt(index)
        log.info("The index of %d hashes was built in %d ms.", len(index), now_ms() - began)

    async def _is_mostly_dead(self, index: PdqIndex) -> bool:
        """Whether most of its codes are of entries that were removed: they match nothing but take room."""
        return len(index) > 2 * await self._store.read(count_of_pdq) + FEW

    def _batches(self, newest: int) -> Iterator[Codes]:
        """All codes of the store up to entry `newest`; for a worker thread."""
        after = 0
        while after < newest:
            blob, after = self._read_from_thread(partial(pdq_after, after=after, limit=BATCH))
            if not blob:
                return
            yield codes_of(blob)

    def _read_from_thread(self, query: Callable[[Connection], T]) -> T:
        """Raises StoreError once the matcher is closed, which ends the build or merge that asks."""
        if self._closed:
            raise StoreError("The matcher is closed.")
        reading = self._store.read(query)
        return asyncio.run_coroutine_threadsafe(reading, self._loop).result(timeout=READ_SECONDS)

    def _adopt(self, index: PdqIndex) -> None:
        self._seen = index.through
        self._index = index
        self.ready.set()


def _by_code(found: Found, views: Sequence[View]) -> dict[bytes, list[tuple[View, int]]]:
    near: dict[bytes, list[tuple[View, int]]] = {}
    for number, code, distance in zip(found.queries, bytes_of(found.codes), found.distances, strict=True):
        near.setdefault(code, []).append((views[int(number)], int(distance)))
    return near


def _matches(
    query: Query, entries: Sequence[Entry], near: dict[bytes, list[tuple[View, int]]]
) -> tuple[Match, ...]:
    return plainest(
        match
        for entry in entries
        if query.asks(entry.bank)
        if (match := match_of(entry, near.get(entry.signal.value, ()), query.wanted))
    )
