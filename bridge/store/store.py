"""The one write path: many callers, one transaction, one commit, and no change without its event.

`Store.write` hands a change to a single owner task, which groups what is waiting into one durable
commit: BEGIN IMMEDIATE, a savepoint a caller, the events of each beside its rows. The caller hears
of it after the commit. A caller who is cancelled cancels nothing. A change of rows that touches a
table not listed in UNLOGGED and brings no event is rolled back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bridge.errors import StoreError, UnrecordedChange
from bridge.events import Event
from bridge.store.database import migrate, reader_engine, writer_engine
from bridge.uploads import now_ms

T = TypeVar("T")

UNLOGGED = frozenset({"signals", "retries", "entry_counts", "upload_counts", "sqlite_sequence"})
"""Tables that need no event: what is computed from others, and when to try again."""

LARGEST_GROUP = 256
LONGEST_QUEUE = 4096

_WRITES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}


Events = Sequence[Event] | Callable[[T], Sequence[Event]]
"""The events of a change, or a function that knows them once its result is there."""


@dataclass(slots=True)
class _Waiting(Generic[T]):
    change: Callable[[Connection], T]
    events: Events[T]
    answer: asyncio.Future[T]


class Store:
    """Everything the bridge knows, in one SQLite file. Made by `Store.open`, ended by `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0
        """The number of the newest event that is committed."""
        self.ending = False
        self._touched: set[str] = set()
        self._readers = reader_engine(path)
        self._writers = writer_engine(path, self._hear)
        self._queue: asyncio.Queue[_Waiting[object] | None] = asyncio.Queue(LONGEST_QUEUE)
        self._news = asyncio.Condition()
        self._owner: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def owner(self) -> asyncio.Task[None]:
        """The task that writes; whoever opened the store watches that it lives."""
        assert self._owner is not None, "the store is open"
        return self._owner

    @classmethod
    async def open(cls, path: Path) -> Store:
        await asyncio.to_thread(migrate, path)
        store = cls(path)
        store.seq = await store.read(
            lambda connection: connection.scalar(text("SELECT coalesce(max(seq), 0) FROM events")) or 0
        )
        store._owner = asyncio.create_task(store._write_groups(), name="store writer")
        return store

    async def close(self) -> None:
        """Commits what is waiting, lets readers end, then lets go of the file."""
        if self._owner is not None:
            await self._queue.put(None)
            await self._owner
            self._owner = None
        self._closed = True
        await asyncio.gather(*self._reading, return_exceptions=True)
        await self._writers.dispose()
        await self._readers.dispose()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs `query` on one consistent state of the store; readers never wait for the writer.

        Raises StoreError where the store cannot be read. A caller who is cancelled leaves the query
        to end by itself: a connection cut off while it opens keeps a thread that outlives the loop.
        """
        if self._closed:
            raise StoreError("The store is closed.")
        reading = asyncio.create_task(self._read(query), name="store reader")
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)
        return await asyncio.shield(reading)

    async def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            async with self._readers.connect() as connection:
                return await connection.run_sync(query)
        except SQLAlchemyError as error:
            raise StoreError(f"The store cannot be read: {_sentence(error)}", "Look at the disk.") from error

    async def write(self, change: Callable[[Connection], T], events: Events[T]) -> T:
        """Makes `change` and records `events` in the same transaction; returns once both are on disk.

        Raises whatever `change` raises, UnrecordedChange where it touched a logged table without an
        event, StoreError where the commit failed: then nothing of it happened.
        """
        if self._owner is None:
            raise StoreError("The store is closed.")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Waiting(change, events, answer))  # type: ignore[arg-type]
        return await asyncio.shield(answer)

    async def wait_for_news(self, seq: int, seconds: float) -> int:
        """The newest event's number, as soon as it is above `seq` or `seconds` have passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self.seq > seq or self.ending)
        return self.seq

    async def let_go_of_readers(self) -> None:
        """Ends every wait for news: the bridge stops."""
        async with self._news:
            self.ending = True
            self._news.notify_all()

    def _hear(self, action: int, table: str | None, *_: str | None) -> int:
        if action in _WRITES and table:
            self._touched.add(table)
        return sqlite3.SQLITE_OK

    async def _write_groups(self) -> None:
        try:
            await self._write_until_closed()
        finally:
            while not self._queue.empty():
                if late := self._queue.get_nowait():
                    _fail(late, StoreError("The store is closed."))

    async def _write_until_closed(self) -> None:
        open_ = True
        while open_:
            first = await self._queue.get()
            if first is None:
                return
            group = [first]
            while len(group) < LARGEST_GROUP and not self._queue.empty():
                waiting = self._queue.get_nowait()
                if waiting is None:
                    open_ = False
                    break
                group.append(waiting)
            await self._commit(group)

    async def _commit(self, group: list[_Waiting[object]]) -> None:
        """One transaction for the whole group; an error in it fails every caller, not the owner task."""
        try:
            async with self._writers.connect() as connection:
                made, seq = await connection.run_sync(self._make, group)
        except (SQLAlchemyError, OSError) as error:
            failure = StoreError(f"The store could not write: {_sentence(error)}", "Look at the disk.")
            for waiting in group:
                _fail(waiting, failure)
            return
        for waiting, result in made:
            if isinstance(result, _Failed):
                _fail(waiting, result.error)
            elif not waiting.answer.done():
                waiting.answer.set_result(result)
        if seq > self.seq:
            async with self._news:
                self.seq = seq
                self._news.notify_all()

    def _make(
        self, connection: Connection, group: list[_Waiting[object]]
    ) -> tuple[list[tuple[_Waiting[object], object]], int]:
        made: list[tuple[_Waiting[object], object]] = []
        seq = self.seq
        with connection.begin():
            for waiting in group:
                savepoint = connection.begin_nested()
                self._touched.clear()
                changed = _rows_changed(connection)
                try:
                    result = waiting.change(connection)
                    events = waiting.events(result) if callable(waiting.events) else waiting.events
                    changed = _rows_changed(connection) - changed
                    if changed and not events and not self._touched <= UNLOGGED:
                        tables = ", ".join(sorted(self._touched - UNLOGGED))
                        raise UnrecordedChange(f"A change of {tables} came without an event.")
                    seq = _append(connection, events) or seq
                except Exception as error:
                    savepoint.rollback()
                    made.append((waiting, _Failed(error)))
                else:
                    savepoint.commit()
                    made.append((waiting, result))
        return made, seq


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


def _fail(waiting: _Waiting[object], error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


def _rows_changed(connection: Connection) -> int:
    """How many rows this connection has changed so far, through triggers too."""
    driver: Any = connection.connection.driver_connection
    return int(driver.total_changes)


def _append(connection: Connection, events: Sequence[Event]) -> int:
    """Adds `events` in their order and returns the number of the last, 0 where there are none."""
    seq = 0
    for event in events:
        row = connection.exec_driver_sql(
            "INSERT INTO events (at, type, subject, actor, details) VALUES (?, ?, ?, ?, ?)",
            (now_ms(), event.type.value, event.subject, event.actor, json.dumps(dict(event.details))),
        )
        seq = row.lastrowid
    return seq


def _sentence(error: SQLAlchemyError | OSError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
