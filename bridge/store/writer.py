"""The thread side of the write path: a group of changes as one transaction, its events as leaves."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, text

from bridge.errors import UnrecordedChange
from bridge.events import Event
from bridge.store.database import writer_engine
from bridge.uploads import now_ms

T = TypeVar("T")

UNLOGGED = frozenset(
    {"signals", "retries", "entry_counts", "upload_counts", "sqlite_sequence"}
    | {
        "wanted_blobs",
        "blob_records",
        "addresses",
        "repos_due",
        "positions",
        "attempts",
        "tries",
        "alarms",
        "callbacks_seen",
        "asked_actions",
        "rematch",
        "late_uploads",
        "self_tests",
        "exchange_states",
        "exchange_entries",
        "hma_contents",
    }
)
"""Tables that need no event: what is computed from others, what is to be done, when to try again."""

APPEND_ONLY = frozenset(
    {"log_entries", "log_nodes", "log_case_entries", "log_head", "log_checkpoints", "log_keys"}
)
"""Tables that nobody but the compliance log may write."""

_WRITES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}

Events = Sequence[Event] | Callable[[T], Sequence[Event]]
"""The events of a change, or a function that knows them once its result is there."""


class Ledger(Protocol):
    """What makes events leaves of the compliance log, inside the transaction, on the writer's thread."""

    def open(self, connection: sqlite3.Connection) -> None:
        """Once, before anything is written."""

    def admit(self, events: Sequence[Event]) -> None:
        """Raises ValueError for an event that no leaf may say."""

    def append(self, connection: sqlite3.Connection, events: Sequence[Event]) -> Sequence[int]:
        """The index of each event's entry. Raises BridgeError or sqlite3.Error: then nothing happened."""

    def committed(self) -> None:
        """What was appended last is on disk."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something to do to the rows, with the events that say so."""

    make: Callable[[Connection], object]
    events: Events[object]


@dataclass(frozen=True, slots=True)
class Failed:
    """A change that was rolled back, alone of its group."""

    error: Exception


class Writer:
    """The one connection that writes. Every method runs on the one thread that owns it."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self._path = path
        self._ledger = ledger
        self._engine = writer_engine(path, self._hear)
        self._touched: set[str] = set()
        self._logging = False

    def begin(self) -> int:
        """Begins or checks the log; the number of the newest event."""
        with self._engine.connect() as connection:
            with connection.begin(), self._as_ledger():
                self._ledger.open(_driver(connection))
            self._ledger.committed()
            return connection.scalar(text("SELECT coalesce(max(seq), 0) FROM events")) or 0

    def commit(self, group: Sequence[Change]) -> tuple[list[object], int]:
        """Makes all changes one durable commit; each one's result or `Failed`, and the newest event's number.

        Raises what the ledger, SQLite or the disk raises: then nothing of the group happened.
        """
        results: list[object] = []
        happened: list[Event] = []
        with self._engine.connect() as connection:
            with connection.begin():
                for change in group:
                    savepoint = connection.begin_nested()
                    try:
                        result, events = self._make(connection, change)
                    except Exception as error:
                        savepoint.rollback()
                        results.append(Failed(error))
                    else:
                        savepoint.commit()
                        results.append(result)
                        happened += events
                seq = 0
                if happened:
                    with self._as_ledger():
                        entries = self._ledger.append(_driver(connection), happened)
                    seq = _append_news(_driver(connection), happened, entries)
            if happened:
                self._ledger.committed()
        return results, seq

    def sign(self) -> None:
        """A commit of no event: the log signs its head anew."""
        with self._engine.connect() as connection:
            with connection.begin(), self._as_ledger():
                self._ledger.append(_driver(connection), ())
            self._ledger.committed()

    def truncate(self) -> bool:
        """Empties the write-ahead log into the file; False where a reader holds an older state."""
        with contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout=2000")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self._engine.dispose()

    def _make(self, connection: Connection, change: Change) -> tuple[object, Sequence[Event]]:
        self._touched.clear()
        before = _driver(connection).total_changes
        result = change.make(connection)
        events = change.events(result) if callable(change.events) else change.events
        changed = _driver(connection).total_changes - before
        if changed and not events and not self._touched <= UNLOGGED:
            tables = ", ".join(sorted(self._touched - UNLOGGED))
            raise UnrecordedChange(f"A change of {tables} came without an event.")
        self._ledger.admit(events)
        return result, events

    def _hear(
        self, action: int, table: str | None, _: str | None, database: str | None, *__: str | None
    ) -> int:
        """SQLite's authorizer: asked of every table that a statement touches; temporary ones are no state."""
        if action in _WRITES and table and database != "temp":
            if table in APPEND_ONLY and not self._logging:
                return sqlite3.SQLITE_DENY
            self._touched.add(table)
        return sqlite3.SQLITE_OK

    @contextlib.contextmanager
    def _as_ledger(self) -> Iterator[None]:
        self._logging = True
        try:
            yield
        finally:
            self._logging = False


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _append_news(connection: sqlite3.Connection, events: Sequence[Event], entries: Sequence[int]) -> int:
    """Adds `events` to the news, each with its entry in the log; the number of the last."""
    now = now_ms()
    connection.executemany(
        "INSERT INTO events (at, type, subject, idx) VALUES (?, ?, ?, ?)",
        [(now, event.type.value, event.subject, idx) for event, idx in zip(events, entries, strict=True)],
    )
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0])
