"""After each sync the bank equals the list, whatever happened meanwhile; nothing else in it is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bridge.banks.banks import Banks
from bridge.catalogue import Bank, ListState
from bridge.errors import Conflict, ExchangeError
from bridge.signals import Signal, SignalType
from bridge.store.events import events_after
from bridge.uploads import now_ms
from tests.banks.syncing import Office, md5, sha1


async def test_a_list_is_read_whole_then_only_what_is_new(office: Office) -> None:
    source = await office.connect("list")
    for number in range(5):
        source.put(f"k{number}", md5(number))
    state = await office.sync("list")
    assert await office.values("list") == source.values
    assert (state.entries, state.fault, state.succeeded_at is not None) == (5, "", True)
    assert office.syncs.state_of(state, now_ms()) is ListState.CURRENT
    source.asked.clear()
    source.put("k5", md5(5))
    source.put("k1", md5(11))  # replaces what the key had
    source.drop("k2")
    state = await office.sync("list")
    assert await office.values("list") == source.values
    assert source.asked[0] != "", "it went on behind what it had read"
    assert state.entries == 5


@pytest.mark.parametrize(("refuses", "fault"), [(1, ""), (9, "refuses the pages that it names itself")])
async def test_a_sync_ends_where_the_owner_refuses_what_it_names(
    office: Office, refuses: int, fault: str
) -> None:
    source = await office.connect("list")
    for number in range(5):
        source.put(f"k{number}", md5(number))
    source.refuses = refuses
    state = await office.sync("list")
    assert fault in state.fault
    assert bool(fault) == bool(state.fault)
    assert len(source.asked) <= 4


async def test_an_entry_stays_while_any_key_still_has_its_value(office: Office) -> None:
    source = await office.connect("list")
    source.put("a", md5(1))
    source.put("b", md5(1))
    await office.sync("list")
    source.drop("a")
    await office.sync("list")
    assert await office.values("list") == {("md5", md5(1).hex)}
    source.drop("b")
    await office.sync("list")
    assert await office.values("list") == set()


async def test_a_value_that_moves_to_another_key_in_the_same_page_keeps_its_entry(office: Office) -> None:
    source = await office.connect("list")
    source.page_size = 10
    source.put("a", md5(1))
    await office.sync("list")
    before = await ids(office)
    source.drop("a")
    source.put("b", md5(1))
    await office.sync("list")
    assert await ids(office) == before


async def test_what_somebody_put_in_by_hand_stays_when_the_list_withdraws_it(office: Office) -> None:
    banks = Banks(office.store)
    await banks.create(Bank("mine"), "user:op")
    await banks.add_signals("mine", [md5(1)], "user:op")  # before the list has it
    source = await office.connect("list", bank="mine")
    for number in (1, 2, 3, 4):
        source.put(f"k{number}", md5(number))
    await office.sync("list")
    await banks.add_signals("mine", [md5(2)], "user:op")  # after it
    await banks.import_list("mine", pieces(md5(3).hex), "user:op")
    for number in (1, 2, 3, 4):
        source.drop(f"k{number}")
    await office.sync("list")
    assert await office.values("mine") == {("md5", md5(number).hex) for number in (1, 2, 3)}


async def test_two_lists_fill_one_bank_and_neither_removes_what_the_other_has(office: Office) -> None:
    one = await office.connect("one")
    other = await office.connect("other", bank="one")
    one.put("k", md5(1))
    other.put("k", md5(1))
    await office.sync("one")
    await office.sync("other")
    one.drop("k")
    await office.sync("one")
    assert await office.values("one") == {("md5", md5(1).hex)}
    await office.exchanges.remove("other", "user:op")
    await purge(office)
    assert await office.values("one") == set()


async def test_a_list_that_is_removed_takes_only_its_own_entries_with_it(office: Office) -> None:
    banks = Banks(office.store)
    source = await office.connect("list")
    source.put("k", md5(1), sha1(1))
    await office.sync("list")
    await banks.add_signals("list", [md5(9)], "user:op")
    with pytest.raises(Conflict, match="fills this bank"):
        await banks.delete("list", "user:op")
    await office.exchanges.remove("list", "user:op")
    await purge(office)
    assert await office.values("list") == {("md5", md5(9).hex)}
    await banks.delete("list", "user:op")
    kinds = [kind.value for _, kind, _ in await office.store.read(lambda c: events_after(c, 0, 99))]
    assert "list.connected" in kinds
    assert "list.removed" in kinds
    assert "bank.entries_removed" in kinds


async def test_what_is_put_in_by_hand_while_a_removed_list_leaves_the_bank_stays(office: Office) -> None:
    banks = Banks(office.store)
    source = await office.connect("list")
    for number in (1, 2, 3):
        source.put(f"k{number}", md5(number))
    await office.sync("list")
    await office.exchanges.remove("list", "user:op")
    await banks.add_signals("list", [md5(1)], "user:op")
    await banks.import_list("list", pieces(md5(2).hex), "user:op")
    await purge(office)
    assert await office.values("list") == {("md5", md5(number).hex) for number in (1, 2)}


async def test_the_signals_of_one_key_are_one_picture(office: Office) -> None:
    source = await office.connect("list")
    source.put("a", md5(1), sha1(1), Signal(SignalType.PDQ, b"\x0f" * 32))
    source.put("b", md5(2))
    await office.sync("list")
    contents = await office.store.read(
        lambda c: [row[0] for row in c.execute(text("SELECT coalesce(content_id, id) FROM entries"))]
    )
    assert (len(contents), len(set(contents))) == (4, 2)


async def test_an_expired_checkpoint_means_a_full_listing_which_withdraws_what_it_does_not_name(
    office: Office,
) -> None:
    source = await office.connect("list")
    for number in range(5):
        source.put(f"k{number}", md5(number))
    await office.sync("list")
    source.forget_quietly("k3")
    source.put("k7", md5(7))
    source.expired = True
    state = await office.sync("list")
    assert await office.values("list") == source.values
    assert (state.entries, state.fault) == (5, "")
    source.put("k8", md5(8))
    await office.sync("list")
    assert await office.values("list") == source.values


async def test_a_sync_that_broke_off_goes_on_where_it_stood(office: Office) -> None:
    source = await office.connect("list")
    for number in range(6):
        source.put(f"k{number}", md5(number))
    source.errors, source.errors_at = [ExchangeError("The owner answers with status 500.", "Wait.")], 4
    state = await office.sync("list")
    assert (state.fault, state.remedy) == ("The owner answers with status 500.", "Wait.")
    assert office.syncs.state_of(state, now_ms()) is ListState.FAILING
    assert 0 < state.due_at - now_ms() <= 75_000
    assert len(await office.values("list")) == 4
    source.asked.clear()
    state = await office.sync("list")
    assert source.asked[0] != ""
    assert await office.values("list") == source.values
    assert (state.failures, state.fault) == (0, "")


async def test_a_withdrawal_that_broke_off_is_ended_by_the_next_sync(office: Office) -> None:
    source = await office.connect("list")
    source.put("k1", md5(1))
    await office.sync("list")
    await office.store.write(
        lambda c: (
            c.execute(text("UPDATE exchange_states SET withdrawing = 1, listing = listing + 1")).rowcount
        ),
        (),
    )
    source.put("k2", md5(2))
    state = await office.sync("list")
    assert await office.values("list") == {("md5", md5(2).hex)}
    assert not state.withdrawing


async def test_poor_hashes_do_not_enter_and_are_counted(office: Office) -> None:
    source = await office.connect("list")
    source.put("flat", Signal(SignalType.PDQ, bytes(32)))
    source.put("poor", Signal(SignalType.PDQ, b"\x0f" * 32, 12))
    state = await office.sync("list")
    assert (state.entries, state.unread) == (0, 2)


async def ids(office: Office) -> list[int]:
    return await office.store.read(lambda c: list(c.scalars(text("SELECT id FROM entries ORDER BY id"))))


async def purge(office: Office) -> None:
    await office.syncs.purge()


async def pieces(body: str) -> AsyncIterator[bytes]:
    yield body.encode()
