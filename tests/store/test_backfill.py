"""One look through all accounts, as the store counts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bridge.store.backfill import (
    ACCOUNTS,
    LISTED_AT,
    Run,
    begin_run,
    count_listed,
    count_to_fetch,
    join_run,
    last_run,
)
from bridge.store.store import Store
from bridge.store.wanted import WantedBlob, end_repo, look_through_repos, position, set_position, want_blobs
from bridge.uploads import Source
from tests.stores import open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store.db")
    yield opened
    await opened.close()


def list_account(connection: Connection, did: str, blobs: int) -> None:
    end_repo(connection, did)
    count_listed(connection, accounts=1, blobs=blobs)


def read_accounts(connection: Connection, *dids: str) -> None:
    look_through_repos(connection, dids)
    set_position(connection, ACCOUNTS, None)
    count_listed(connection, accounts=0, blobs=0)


async def test_a_run_ends_with_its_last_account_and_not_before(store: Store) -> None:
    def change(connection: Connection) -> tuple[Run | None, ...]:
        begin_run(connection)
        read_accounts(connection, "did:a", "did:b")
        list_account(connection, "did:a", 3)
        halfway, listed_at = last_run(connection), position(connection, LISTED_AT)
        assert listed_at is None
        list_account(connection, "did:b", 4)
        ended = last_run(connection)
        assert ended is not None
        assert position(connection, LISTED_AT) == str(ended.ended_at)
        return halfway, ended

    halfway, ended = await store.write(change, ())
    assert halfway is not None
    assert ended is not None
    assert (halfway.accounts, halfway.blobs, halfway.ended_at) == (1, 3, None)
    assert (ended.accounts, ended.blobs, ended.ended_at is None) == (2, 7, False)


async def test_an_account_that_comes_back_between_two_runs_is_counted_to_none(store: Store) -> None:
    def change(connection: Connection) -> Run | None:
        list_account(connection, "did:a", 1)
        assert last_run(connection) is None
        begin_run(connection)
        read_accounts(connection)
        list_account(connection, "did:a", 9)
        return last_run(connection)

    run = await store.write(change, ())
    assert run is not None
    assert (run.accounts, run.blobs) == (0, 0)


async def test_who_asks_while_one_is_under_way_joins_it_and_a_gap_begins_anew(store: Store) -> None:
    def change(connection: Connection) -> None:
        first = join_run(connection)
        read_accounts(connection, "did:a")
        assert join_run(connection) == first
        assert position(connection, ACCOUNTS) is None, "the list of accounts is not read again"
        begin_run(connection)
        assert position(connection, ACCOUNTS) == ""

    await store.write(change, ())


async def test_what_is_found_after_a_run_ended_is_not_its_to_fetch(store: Store) -> None:
    def change(connection: Connection) -> tuple[int, int]:
        want_blobs(connection, [WantedBlob("did:a", each, "", Source.BACKFILL) for each in ("x", "y")])
        connection.execute(text("UPDATE wanted_blobs SET found_at = 10"))
        want_blobs(connection, [WantedBlob("did:a", "z", "", Source.FIREHOSE)])
        return count_to_fetch(connection, Run(5)), count_to_fetch(connection, Run(5, ended_at=10))

    assert await store.write(change, ()) == (3, 2)
