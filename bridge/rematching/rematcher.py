"""When a list grows: its new entries are compared with the signals of everything ever seen.

A run is about the entries between two ids. It streams the stored signals past them (`sieve.py` has why
that takes seconds), compares anew what has one within reach, as if it came now, and records what is found
(`finding.py`) in the same transaction that says how far it got: after a kill it goes on there, and what was
found before has its matches and finds nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from bridge.errors import StoreError
from bridge.events import Event, EventType
from bridge.memory import give_free_pages_back
from bridge.outcomes import Outcome
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.rematching.finding import Following, keep, record_found
from bridge.rematching.passing import Candidate, NewSide, really_match
from bridge.store import rematching as stored
from bridge.store.entries import newest_entry
from bridge.store.rematching import NewEntries, Rematch, Seen
from bridge.store.store import Store
from bridge.uploads import Upload
from bridge.verdicts import Reason

ENTRIES = 100_000
"""The most that one run is about, where everything ever seen takes a while to pass: they take 110 MB."""
MUCH_SEEN = 50_000
FEWER_ENTRIES = 25_000
"""The most where less than that was seen: more runs, which are short, and half the memory."""
CHUNK = 2_048
"""Signals read at a time: 2.3 MB."""
THREADS = 2
GROUP = 32
"""Uploads recorded in one transaction."""
SECONDS = 1.0
SETTLES_SECONDS = 60
"""So long at most a list that goes on growing is waited for."""
SAVES = 32
"""Chunks in which nothing is found before the progress is written down."""

log = logging.getLogger(__name__)


class Then(Protocol):
    """What is written together with what was found in so many uploads."""

    def __call__(self, connection: Connection, *, found: int) -> None: ...


class Rematcher:
    """`run` is the owner task, `catch_up` one pass of it. During a pause it waits."""

    def __init__(self, store: Store, pipeline: Pipeline, pause: Pause, following: Following) -> None:
        self._store = store
        self._pipeline = pipeline
        self._pause = pause
        self._following = following

    async def run(self) -> None:
        """Looks every second, and waits until a list that grows has come to rest. Ends when cancelled."""
        newest, waited = 0, 0.0
        while True:
            try:
                before, newest = newest, await self._store.read(newest_entry)
                waited = 0 if newest == before else waited + SECONDS
                if not self._pause.is_on and (newest == before or waited >= SETTLES_SECONDS):
                    await self.catch_up()
                    waited = 0
            except StoreError as error:
                log.warning("New entries are compared with what was seen later: %s", error.message)
            await asyncio.sleep(SECONDS)

    async def catch_up(self) -> None:
        """Compares all entries there are now with everything; what is late, too."""
        while new := await self._next():
            await self._pass(new)
        while late := await self._store.read(lambda c: stored.late_uploads(c, GROUP)):
            await self._record(late, partial(_not_late, uploads=[upload.id for upload, _ in late]))

    async def _next(self) -> NewEntries | None:
        """The entries of the run that was cut off, else of the next; None where all were compared."""
        state = await self._store.read(stored.rematch_state)
        if state.is_running:
            return await self._store.read(
                lambda c: stored.new_entries(c, state.through, state.target, ENTRIES + 1)
            )
        newest, seen = await self._store.read(lambda c: (newest_entry(c), stored.last_seen(c)))
        if newest <= state.through:
            return None
        most = ENTRIES if seen >= MUCH_SEEN else FEWER_ENTRIES
        new = await self._store.read(lambda c: stored.new_entries(c, state.through, newest, most))
        if new.count:
            await self._store.write(lambda c: stored.begin_run(c, new.target, new.count), ())
            return new
        await self._store.write(lambda c: stored.skip_to(c, new.target), _said)
        return await self._next() if new.target < newest else None

    async def _pass(self, new: NewEntries) -> None:
        """A run from where it got to its end."""
        run = await self._store.read(stored.rematch_state)
        if run.done < run.last:
            await self._compare_all(run, new)
        if ended := await self._store.write(stored.end_run, _said):
            seconds = (ended.ended_at - ended.began_at) / 1000
            log.info("%d new entries were compared with everything seen in %.1f s.", ended.entries, seconds)

    async def _compare_all(self, run: Rematch, new: NewEntries) -> None:
        side = await asyncio.to_thread(NewSide, new)
        threads = ThreadPoolExecutor(THREADS, "rematch")
        try:
            await self._stream(run, side, threads)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            del side
            await asyncio.to_thread(give_free_pages_back)

    async def _stream(self, run: Rematch, side: NewSide, threads: ThreadPoolExecutor) -> None:
        """All signals in their order; a few chunks are picked from ahead of what is being recorded."""
        ahead: deque[tuple[int, asyncio.Future[list[Candidate]]]] = deque()
        read, chunks = run.done, 0
        while read < run.last or ahead:
            while read < run.last and len(ahead) <= THREADS:
                seen = await self._store.read(partial(_chunk, after=read, last=run.last))
                read = seen[-1].number if seen else run.last
                picking = asyncio.get_running_loop().run_in_executor(threads, side.pick, seen)
                ahead.append((read, picking))
            number, picking = ahead.popleft()
            await self._compare(await picking, run)
            chunks += 1
            if chunks % SAVES == 0:
                await self._store.write(partial(stored.advance, done=number, found=0), ())

    async def _compare(self, candidates: Sequence[Candidate], run: Rematch) -> None:
        """Compares all uploads of these bytes anew, and records them some at a time."""
        if not candidates:
            return
        matching = await self._store.read(partial(really_match, candidates=candidates, run=run))
        group: list[tuple[Upload, bytes]] = []
        done = run.done
        for candidate in matching:
            after = 0
            while page := await self._store.read(partial(_uploads, sha256=candidate.sha256, after=after)):
                after = page[-1][0]
                group += [(upload, candidate.sha256) for _, upload in page]
                if len(group) >= GROUP:
                    await self._record(group, partial(stored.advance, done=done))
                    group = []
            done = candidate.number
        if group:
            await self._record(group, partial(stored.advance, done=done))

    async def _record(self, some: Sequence[tuple[Upload, bytes]], then: Then) -> None:
        """Records what is found in these uploads, and then does `then`, in one transaction."""
        outcomes = await asyncio.gather(*(self._compared(*each) for each in some))
        keepings = [await keep(self._following, outcome) for outcome in outcomes]

        def change(connection: Connection) -> list[Event]:
            pairs = zip(outcomes, keepings, strict=True)
            said = [record_found(connection, *pair, self._following) for pair in pairs]
            then(connection, found=sum(map(bool, said)))
            return [event for events in said for event in events]

        await self._store.write(change, lambda events: events)

    async def _compared(self, upload: Upload, sha256: bytes) -> Outcome:
        """As it would end if it came now; waits while the matcher cannot say."""
        while True:
            outcome = await self._pipeline.examine_again(upload, sha256)
            why = outcome.unchecked
            if why is None or why.reason == Reason.NO_LIST or outcome.signals.unread:
                return outcome
            await asyncio.sleep(SECONDS)


def _chunk(connection: Connection, after: int, last: int) -> Sequence[Seen]:
    return stored.seen_after(connection, after, last, CHUNK)


def _uploads(connection: Connection, sha256: bytes, after: int) -> list[tuple[int, Upload]]:
    return stored.uploads_of_bytes(connection, sha256, after, GROUP)


def _not_late(connection: Connection, uploads: Sequence[str], found: int) -> None:
    stored.no_longer_late(connection, uploads)


def _said(run: Rematch | None) -> list[Event]:
    """Once for all that was new; nothing where nothing had been seen."""
    if run is None or not run.last:
        return []
    facts = {"entries": run.entries, "seen": run.last, "found": run.found}
    return [Event(EventType.REMATCHED, "bridge", facts=facts)]
