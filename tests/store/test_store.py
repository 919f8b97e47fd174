"""The one write path: grouped, durable, and never without an event."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from bridge.errors import Conflict, StoreError, UnrecordedChange
from bridge.events import Event, EventType
from bridge.store.api_keys import insert_key
from bridge.store.database import PRAGMAS
from bridge.store.events import events_after
from bridge.store.store import Store
from bridge.store.writer import APPEND_ONLY, UNLOGGED
from tests.stores import open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store.db")
    yield opened
    await opened.close()


def made(name: str) -> Event:
    return Event(EventType.API_KEY_CREATED, name)


async def add_key(store: Store, name: str) -> None:
    await store.write(lambda connection: insert_key(connection, name, name, ["all"]), [made(name)])


def key_names(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT name FROM api_keys ORDER BY rowid")))


async def test_what_was_written_is_there_for_the_next_who_opens_the_store(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store.db")
    await add_key(store, "app")
    await store.close()
    again = await open_store(tmp_path / "store.db")
    assert await again.read(key_names) == ["app"]
    assert again.seq == 1
    await again.close()


def test_a_reader_who_was_cancelled_leaves_no_thread_behind_the_event_loop(tmp_path: Path) -> None:
    async def cancel_at_every_step() -> None:
        for steps in range(40):
            store = await open_store(tmp_path / "store.db")
            reader = asyncio.create_task(store.read(key_names))
            for _ in range(steps):
                await asyncio.sleep(0)
            reader.cancel()
            await store.close()
            with pytest.raises(StoreError, match="closed"):
                await store.read(key_names)

    asyncio.run(cancel_at_every_step())
    assert [thread.name for thread in threading.enumerate() if "connection_worker" in thread.name] == []


async def test_a_change_without_an_event_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(UnrecordedChange, match="api_keys"):
        await store.write(lambda connection: insert_key(connection, "app", "app", ["all"]), ())
    assert await store.read(key_names) == []


async def test_the_same_statement_is_refused_the_second_time_too(store: Store) -> None:
    """SQLite speaks to its authorizer when a statement is prepared: none may be kept prepared."""
    for _ in range(2):
        with pytest.raises(UnrecordedChange):
            await store.write(lambda connection: insert_key(connection, "app", "app", ["all"]), ())


async def test_every_table_is_logged_or_named_as_unlogged(store: Store) -> None:
    logged = {
        "events", "banks", "entries", "uploads", "matches", "cases", "case_uploads", "decisions",
        "actions", "api_keys", "holds", "erasures", "reports", "secrets", "evidence", "vault_files",
        "log_anchors", "log_actors", "log_opening_keys", "log_openings", "decision_uploads",
        "decision_entries", "case_notes", "policies", "pause", "reveals", "messages", "settings",
        "exchanges", "feedbacks",
    }  # fmt: skip
    tables = await store.read(
        lambda connection: set(
            connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        )
    )
    assert tables == logged | UNLOGGED | APPEND_ONLY


async def test_unlogged_tables_take_changes_without_an_event(store: Store) -> None:
    await store.write(lambda c: c.execute(text("UPDATE retries SET attempts = 0")), ())
    assert store.seq == 0


async def test_a_failing_change_is_undone_and_its_neighbours_in_the_group_stand(store: Store) -> None:
    results = await asyncio.gather(
        add_key(store, "first"), add_key(store, "first"), add_key(store, "third"), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), Conflict, type(None)]
    assert await store.read(key_names) == ["first", "third"]
    assert [subject for _, _, subject in await store.read(lambda c: events_after(c, 0, 9))] == [
        "first",
        "third",
    ]


async def test_callers_who_wait_together_share_one_commit(store: Store) -> None:
    commits = 0

    def count(_connection: Connection) -> None:
        nonlocal commits
        commits += 1

    from sqlalchemy import event

    event.listen(store._writer._engine, "commit", count)
    await asyncio.gather(*(add_key(store, f"key{number}") for number in range(100)))
    assert len(await store.read(key_names)) == 100
    assert commits < 10


async def test_events_may_depend_on_the_result_of_the_change(store: Store) -> None:
    def change(connection: Connection) -> str:
        insert_key(connection, "app", "app", ["all"])
        return "app"

    await store.write(change, lambda name: [made(name), made(f"{name} again")])
    assert [subject for _, _, subject in await store.read(lambda c: events_after(c, 0, 9))] == [
        "app",
        "app again",
    ]


async def test_a_caller_who_is_cancelled_cancels_nothing(store: Store) -> None:
    task = asyncio.create_task(add_key(store, "app"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add_key(store, "next")
    assert await store.read(key_names) == ["app", "next"]


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="readonly"):
        await store.read(lambda connection: connection.execute(text("DELETE FROM api_keys")))


async def test_every_connection_of_the_real_pools_is_set_as_we_rely_on(store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    wanted["busy_timeout"] = int(PRAGMAS["busy_timeout"])

    def pragmas(connection: Connection) -> dict[str, object]:
        return {name: connection.scalar(text(f"PRAGMA {name}")) for name in (*wanted, "secure_delete")}

    assert (await store.read(pragmas)).items() >= wanted.items()
    assert await store.write(pragmas, ()) == wanted | {"secure_delete": 1}


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
async def test_nobody_but_the_log_writes_the_logs_tables(store: Store, table: str) -> None:
    with pytest.raises(DatabaseError, match=r"not authorized|prohibited"):
        await store.write(lambda c: c.execute(text(f"DELETE FROM {table}")), [made("app")])


async def test_a_reader_goes_on_while_a_writer_holds_the_lock(store: Store) -> None:
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert await store.read(key_names) == []
    finally:
        other.rollback()
        other.close()


async def test_news_are_waited_for_and_the_wait_ends(store: Store) -> None:
    waiting = asyncio.create_task(store.wait_for_news(0, seconds=30))
    await add_key(store, "app")
    assert await waiting == 1
    reader = asyncio.create_task(store.wait_for_news(1, seconds=30, is_reader=True))
    owner = asyncio.create_task(store.wait_for_news(1, seconds=30))
    await asyncio.sleep(0)
    await store.let_go_of_readers()
    assert await reader == 1
    assert not owner.done()  # it would ask again at once, and again, until it is cancelled
    await add_key(store, "another")
    assert await owner == 2


async def test_a_closed_store_takes_nothing_more(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store.db")
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await add_key(store, "app")


async def test_a_commit_that_fails_fails_every_caller_and_the_writer_lives_on(store: Store) -> None:
    from sqlalchemy import event

    def fail(_connection: Connection) -> None:
        raise OSError(28, "No space left on device")

    event.listen(store._writer._engine, "commit", fail)
    with pytest.raises(StoreError, match="No space left"):
        await add_key(store, "app")
    event.remove(store._writer._engine, "commit", fail)
    await add_key(store, "next")
    assert await store.read(key_names) == ["next"]


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.store.test_store import add_key
from tests.stores import open_store

async def main():
    store = await open_store(Path(sys.argv[1]))
    number = 0
    while True:
        await asyncio.gather(*(add_key(store, f"key{number + at}") for at in range(20)))
        number += 20
        print(number, flush=True)

asyncio.run(main())
"""


def test_what_was_answered_survives_a_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    answered = [int(process.stdout.readline()) for _ in range(3)][-1]
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    answered = int(rest[-1]) if rest else answered
    with sqlite3.connect(path) as connection:
        (keys,) = connection.execute("SELECT count(*) FROM api_keys").fetchone()
        (events,) = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    assert keys >= answered
    assert keys == events
