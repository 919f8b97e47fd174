"""The SQLite file: how it is opened, and that every connection is set as we rely on.

Readers are deferred and may not write; the one writer takes the lock at once.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from bridge.errors import SchemaTooNew, StoreError

READERS = 4
OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # an answer is given after the commit is on disk, not before
    "foreign_keys": "ON",
    "recursive_triggers": "ON",  # else INSERT OR REPLACE slips past append-only triggers
    "busy_timeout": "10000",
    "wal_autocheckpoint": "4000",  # 16 MB: a long import rewrites the same pages less often
    "trusted_schema": "OFF",
    "cell_size_check": "ON",
}

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def writer_engine(path: Path, authorizer: Authorizer) -> Engine:
    """One connection, for one thread. `authorizer` hears of every table a statement touches.

    SQLite asks it only when a statement is prepared, so no prepared statement may be kept. An error names
    no parameters: among them are the values of lists.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=1,
        max_overflow=0,
        connect_args={"cached_statements": 0},
        hide_parameters=True,
    )
    _prepare(engine, "BEGIN IMMEDIATE", {**PRAGMAS, "secure_delete": "ON", "temp_store": "MEMORY"})

    @event.listens_for(engine, "connect")
    def listen(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.set_authorizer(authorizer)

    return engine


def reader_engine(path: Path) -> Engine:
    """A few connections with small caches of their own: the system caches the file for all of them."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=READERS,
        max_overflow=0,
        poolclass=QueuePool,
        hide_parameters=True,
    )
    _prepare(engine, "BEGIN DEFERRED", {**PRAGMAS, "query_only": "ON", "cache_size": "-512"})
    return engine


def _prepare(engine: Engine, begin: str, pragmas: dict[str, str]) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma, value in pragmas.items():
            cursor.execute(f"PRAGMA {pragma}={value}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def say_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def migrate(path: Path) -> None:
    """Brings the file to this version's schema, one numbered SQL file after another, all of them or none.

    Raises SchemaTooNew where a later version wrote the file.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old.", "Install SQLite 3.37 or later.")
    steps = migrations()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA secure_delete=ON")  # a table that is made anew leaves no copy behind
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(steps):
            raise SchemaTooNew(f"{path.name} was written by a later version of hma-console.")
        if version < len(steps):
            script = "\n".join(steps[version:])
            connection.executescript(f"BEGIN IMMEDIATE;{script}\n;PRAGMA user_version={len(steps)};COMMIT;")
    path.chmod(0o600)


def migrations() -> list[str]:
    """The schema, step by step, as SQL."""
    folder = files("bridge.store") / "migrations"
    scripts = sorted(
        (entry for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name)),
        key=lambda entry: entry.name,
    )
    return [script.read_text() for script in scripts]
