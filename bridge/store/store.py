"""The one write path: many callers, one transaction, one commit, and no change without its event.

`Store.write` hands a change to a single owner task, which groups what is waiting into one durable
commit: BEGIN IMMEDIATE, a savepoint a caller, then the events of all as leaves of the compliance
log. The caller hears of it after the commit. A caller who is cancelled cancels nothing. A change
of rows that touches a table not listed in `writer.UNLOGGED` and brings no event is rolled back.

The writer is one plain connection in a thread of its own, and a few more read: a commit or a read is
one hop, not one a statement.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bridge.errors import BridgeError, StoreError
from bridge.store.database import READERS, migrate, reader_engine
from bridge.store.writer import Change, Events, Failed, Ledger, Writer

T = TypeVar("T")

LARGEST_GROUP = 256
LONGEST_QUEUE = 4096
PATIENT_SECONDS = 30
"""For which readers may keep an older state alive before the operator is told."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    change: Change
    answer: asyncio.Future[Any]


class Store:
    """Everything the bridge knows, in one SQLite file. Made by `Store.open`, ended by `close`."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.path = path
        self.seq = 0
        """The number of the newest event that is committed."""
        self.ending = False
        self._readers = reader_engine(path)
        self._writer = Writer(path, ledger)
        self._thread = ThreadPoolExecutor(1, "store writer")
        self._reader_threads = ThreadPoolExecutor(READERS, "store reader")
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue(LONGEST_QUEUE)
        self._news = asyncio.Condition()
        self._owner: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def owner(self) -> asyncio.Task[None]:
        """The task that writes; whoever opened the store watches that it lives."""
        assert self._owner is not None, "the store is open"
        return self._owner

    @classmethod
    async def open(cls, path: Path, ledger: Ledger) -> Store:
        """Raises SchemaTooNew, StoreError."""
        await asyncio.to_thread(migrate, path)
        store = cls(path, ledger)
        try:
            store.seq = await store._on_thread(store._writer.begin)
        except (SQLAlchemyError, sqlite3.Error) as error:
            await store.close()
            raise StoreError(f"The store cannot be opened: {_sentence(error)}", _hint(error)) from error
        store._owner = asyncio.create_task(store._write_groups(), name="store writer")
        return store

    async def close(self) -> None:
        """Commits what is waiting, lets readers end, then lets go of the file."""
        if self._owner is not None:
            await self._queue.put(None)
            await self._owner
            self._owner = None
        self._closed = True
        await asyncio.to_thread(self._reader_threads.shutdown)
        self._readers.dispose()
        await self._on_thread(self._writer.close)  # last, so that it empties the write-ahead log
        self._thread.shutdown()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs `query` on one consistent state of the store; readers never wait for the writer.

        Raises StoreError where the store cannot be read. A caller who is cancelled leaves a query that
        runs to end by itself.
        """
        if self._closed:
            raise StoreError("The store is closed.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader_threads, self._read, query)

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._readers.connect() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise StoreError(f"The store cannot be read: {_sentence(error)}", _hint(error)) from error

    async def write(self, change: Callable[[Connection], T], events: Events[T]) -> T:
        """Makes `change` and logs `events` in the same transaction; returns once both are on disk.

        Raises whatever `change` raises, UnrecordedChange where it touched a logged table without an
        event, StoreError or LogError where the commit failed: then nothing of it happened.
        """
        if self._owner is None:
            raise StoreError("The store is closed.")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Waiting(Change(change, events), answer))  # type: ignore[arg-type]
        return await asyncio.shield(answer)

    async def sign(self) -> None:
        """Signs the log's head anew, without an entry: its key was locked and is open now.

        Raises StoreError.
        """
        try:
            await self._on_thread(self._writer.sign)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(f"The log could not be signed: {_sentence(error)}.", _hint(error)) from error

    async def empty_write_ahead_log(self) -> None:
        """Empties it into the file, so that what was erased is in neither.

        Raises StoreError where a reader holds an older state for too long.
        """
        for _ in range(PATIENT_SECONDS):
            if await self._on_thread(self._writer.truncate):
                return
            await asyncio.sleep(1)
        raise StoreError(
            "The values are erased, but a reader still keeps the store's old pages in its write-ahead log.",
            "Close other programs that read the store; restarting the bridge empties it too.",
        )

    async def wait_for_news(self, seq: int, seconds: float, *, is_reader: bool = False) -> int:
        """The newest event's number, as soon as it is above `seq` or `seconds` have passed.

        A reader is let go when the bridge stops; an owner task waits until it is cancelled.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self.seq > seq or (is_reader and self.ending))
        return self.seq

    async def let_go_of_readers(self) -> None:
        """Ends the waits of readers: the bridge stops."""
        async with self._news:
            self.ending = True
            self._news.notify_all()

    async def _on_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

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

    async def _commit(self, group: list[_Waiting]) -> None:
        """One transaction for the whole group; an error in it fails every caller, not the owner task."""
        try:
            results, seq = await self._on_thread(self._writer.commit, [each.change for each in group])
        except BridgeError as error:
            failure: BridgeError = error
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            failure = StoreError(f"Nothing was done and nothing recorded: {_sentence(error)}.", _hint(error))
        except Exception:
            log.exception("A commit failed")
            failure = StoreError("Nothing was done and nothing recorded: the commit failed.")
        else:
            await self._answer(group, results, seq)
            return
        for waiting in group:
            _fail(waiting, failure)

    async def _answer(self, group: list[_Waiting], results: list[object], seq: int) -> None:
        for waiting, result in zip(group, results, strict=True):
            if isinstance(result, Failed):
                _fail(waiting, result.error)
            elif not waiting.answer.done():
                waiting.answer.set_result(result)
        if seq > self.seq:
            async with self._news:
                self.seq = seq
                self._news.notify_all()


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


def _sentence(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")


def _hint(error: Exception) -> str:
    if "disk is full" in str(error) or getattr(error, "errno", None) == errno.ENOSPC:
        return "Make room on the disk; it goes on by itself."
    return "Look at the disk."
