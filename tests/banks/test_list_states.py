"""How a list is: when it is read, why it fails, when it is late; what cannot be connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bridge.banks.banks import Banks, bank_created
from bridge.banks.from_hma import HmaBankRows
from bridge.catalogue import FROM_ARACHNID, FROM_HMA, Bank, Category, ListKind, ListState
from bridge.errors import Conflict, ExchangeError, InputError, StoreError
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName
from bridge.store.banks import insert_bank
from bridge.store.exchanges import all_exchanges, end_sync
from bridge.store.staleness import latest_list, stalest_list
from bridge.store.store import Store
from bridge.uploads import DAY_MS, now_ms
from tests.banks.syncing import Office, md5, until


async def test_waits_grow_and_an_owner_who_says_how_long_is_believed(office: Office) -> None:
    source = await office.connect("list")
    source.errors = [ExchangeError("Not now.", retry_after=1800) for _ in range(1)]
    state = await office.sync("list")
    assert 1_790_000 < state.due_at - now_ms() <= 1800 * 1250
    source.errors = [ExchangeError("Not now.")]
    state = await office.sync("list")
    assert 110_000 < state.due_at - now_ms() <= 150_000


async def test_what_no_one_foresaw_fails_the_sync_and_tells_no_value(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    source = await office.connect("list")
    source.errors = [ValueError(md5(77).hex)]
    state = await office.sync("list")
    assert state.fault == "The list cannot be read: ValueError."
    assert md5(77).hex not in caplog.text


async def test_a_secret_that_is_missing_is_named(store: Store) -> None:
    office = Office(store, secrets={})
    source = await office.connect("list")
    source.put("k", md5(1))
    state = await office.sync("list")
    assert "secret ncmec is not set" in state.fault
    office.held[SecretName.NCMEC] = "user:word"
    assert (await office.sync("list")).fault == ""
    await office.syncs.close()


async def test_locked_keys_are_the_reason_until_they_are_unlocked(store: Store) -> None:
    office = Office(store, secrets={})
    await office.connect("list")
    office.locked = True
    state = await office.sync("list")
    assert (state.fault, "key unlock" in state.remedy) == ("The log's keys are locked.", True)
    await office.syncs.close()


async def test_the_owner_task_reads_what_is_due_and_what_is_asked_for(office: Office) -> None:
    source = await office.connect("list")
    source.put("k", md5(1))
    task = asyncio.create_task(office.syncs.run())
    await until(lambda: len(source.asked) == 1 and not office.syncs.running)
    source.put("l", md5(2))
    await office.syncs.ask("list")
    await until(lambda: len(source.asked) == 2 and not office.syncs.running)
    assert await office.values("list") == source.values
    await office.exchanges.remove("list", "user:op")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_list_that_was_put_off_by_a_clock_that_was_ahead_is_due(office: Office) -> None:
    source = await office.connect("list")
    state = await office.sync("list")
    ahead = now_ms() + 365 * DAY_MS
    await office.store.write(lambda connection: end_sync(connection, state.id, ahead), ())
    source.asked.clear()
    task = asyncio.create_task(office.syncs.run())
    await until(lambda: source.asked and not office.syncs.running)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await office.state("list")).due_at < ahead


async def test_while_the_store_takes_nothing_a_list_is_not_tried_over_and_over(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await office.connect("list")

    async def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    looks = 0
    read = office.store.read

    async def counted(query: Callable[[Connection], Any]) -> Any:
        nonlocal looks
        looks += query is all_exchanges
        return await read(query)

    monkeypatch.setattr(office.store, "write", full)
    monkeypatch.setattr(office.store, "read", counted)
    task = asyncio.create_task(office.syncs.run())
    await until(lambda: "waits for the store" in caplog.text)

    def has_looked_again() -> bool:
        office.syncs.look()
        return looks >= 4

    await until(has_looked_again)
    assert caplog.text.count("waits for the store") == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_list_that_was_not_read_for_three_intervals_is_late(office: Office) -> None:
    await office.connect("list")
    never = await office.state("list")
    assert office.syncs.state_of(never, now_ms()) is ListState.NEVER
    state = await office.sync("list")
    assert office.syncs.state_of(state, now_ms() + DAY_MS) is ListState.LATE


async def test_a_list_that_says_nothing_new_is_not_stale_and_one_that_is_not_read_is_late(
    office: Office,
) -> None:
    source = await office.connect("list", category=Category.NCII)
    source.put("k", md5(1))
    await office.sync("list")
    long_ago = now_ms() - 40 * DAY_MS
    aged = text("UPDATE banks SET updated_at = :then, mode = 'enforce'")
    event = Event(EventType.BANK_CREATED, "list")
    await office.store.write(lambda c: c.execute(aged, {"then": long_ago}).rowcount, [event])
    state = await office.sync("list")
    assert await office.store.read(stalest_list) == ("list", state.succeeded_at)
    source.errors = [ExchangeError("The owner does not answer.")]
    await office.sync("list")
    assert await office.store.read(latest_list) == ("list", state.succeeded_at)


@pytest.mark.parametrize("origin", [FROM_HMA, FROM_ARACHNID])
async def test_no_list_fills_a_bank_whose_entries_are_elsewhere(office: Office, origin: str) -> None:
    await office.connect("list", category=Category.OWN)
    there = Bank("THERE", origin=origin)
    await office.store.write(
        lambda connection: insert_bank(connection, there), lambda made: [bank_created(made, "bridge")]
    )
    with pytest.raises(Conflict, match="No list fills the bank THERE"):
        await office.exchanges.connect("b", ListKind.NCMEC, {"source": "list"}, "user:op", "THERE")


async def test_what_cannot_be_connected_is_refused_with_a_reason(office: Office) -> None:
    await office.connect("list", category=Category.NCII)
    await HmaBankRows(office.store)(["THERE"])
    for name, kind, settings, bank, why in (
        ("list", ListKind.NCMEC, {"source": "list"}, "list", "connected already"),
        ("b", ListKind.NCMEC, {}, "", "setting source is missing"),
        ("b", ListKind.NCMEC, {"source": "none"}, "", "takes the name of a source"),
        ("b", ListKind.NCMEC, {"source": "list", "x": "y"}, "", "no setting 'x'"),
        ("_", ListKind.NCMEC, {"source": "list"}, "", "cannot be a list's name"),
        ("b", ListKind.STOPNCII, {}, "", "cannot be read by this version"),
        ("taken", ListKind.NCMEC, {"source": "list"}, "", "exists already"),
        ("b", ListKind.NCMEC, {"source": "list"}, "THERE", "No list fills the bank THERE"),
    ):
        if name == "taken":
            await Banks(office.store).create(Bank("taken"), "user:op")
        with pytest.raises((InputError, Conflict), match=why):
            await office.exchanges.connect(name, kind, settings, "user:op", bank)
