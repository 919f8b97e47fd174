"""An own bank mirrored to HMA: all of it, each entry once, whatever breaks off in between."""

from __future__ import annotations

import asyncio

import pytest

from bridge.catalogue import FROM_HMA, Bank, Category, Role
from bridge.errors import BadBank, Forbidden, HmaError
from bridge.hma.mirror import PAGE
from bridge.hma.naming import name_there
from bridge.signals import Signal, SignalType
from bridge.store import hma_contents
from bridge.store.banks import find_bank
from tests.fakes.hma import Trouble
from tests.hma.houses import ME, HmaHouse, hex_of, pdqs

THERE = "CATS"


async def test_all_of_it_is_there_once_and_again_changes_nothing(house: HmaHouse) -> None:
    hashes = pdqs(2 * PAGE + 7)
    await house.own_bank("cats", hashes)
    done = await house.mirrored("cats")
    assert (done.bank.name, done.there, done.added, done.left) == ("cats", THERE, len(hashes), 0)
    assert house.there(THERE) == hex_of(hashes)
    again = await house.mirrored("cats")
    assert (again.added, again.removed) == (0, 0)
    assert house.there(THERE) == hex_of(hashes)


async def test_every_page_is_in_the_log(house: HmaHouse) -> None:
    await house.own_bank("cats", pdqs(PAGE + 1))
    await house.mirrored("cats")
    assert await house.logged() == [
        "bank.created cats",
        "bank.entries_added cats",
        "bank.mirrored cats",
        "bank.mirrored cats",
    ]


async def test_what_comes_and_goes_follows(house: HmaHouse) -> None:
    first, second = pdqs(5), pdqs(3, seed=2)
    await house.own_bank("cats", first)
    await house.mirrored("cats")
    await house.own.add_signals("cats", second, ME)
    await house.own.remove_signal("cats", first[0], ME)
    done = await house.mirrored("cats")
    assert (done.added, done.removed) == (3, 1)
    assert house.there(THERE) == hex_of([*first[1:], *second])


@pytest.mark.parametrize("lost", [1, 2, PAGE, PAGE + 1])
async def test_an_answer_that_is_lost_leaves_nothing_twice(house: HmaHouse, lost: int) -> None:
    """The first POST makes the bank; then each is an entry."""
    hashes = pdqs(PAGE + 3)
    await house.own_bank("cats", hashes)
    house.line.losing = {lost}
    with pytest.raises(HmaError):
        await house.mirrored("cats")
    await house.mirrored("cats")
    assert house.there(THERE) == hex_of(hashes)


async def test_nothing_is_twice_when_the_line_breaks_again_and_again(house: HmaHouse) -> None:
    """Also while it is looked for what the last break left."""
    hashes = pdqs(12)
    await house.own_bank("cats", hashes)
    house.line.losing = {2, 3, 5, 6, 9, 14}
    for _ in house.line.losing:
        with pytest.raises(HmaError):
            await house.mirrored("cats")
    await house.mirrored("cats")
    assert house.there(THERE) == hex_of(hashes)


async def test_what_others_add_meanwhile_is_not_taken_for_ours(house: HmaHouse) -> None:
    hashes = pdqs(3)
    await house.own_bank("cats", hashes)
    house.line.losing = {2}
    with pytest.raises(HmaError):
        await house.mirrored("cats")
    others = house.hma.state.add_bank("OTHERS")
    for signal in hashes:
        house.hma.state.add(others, {"pdq": signal.hex})
    await house.mirrored("cats")
    assert (house.there(THERE), house.there("OTHERS")) == (hex_of(hashes), hex_of(hashes))


async def test_what_its_index_knows_already_is_not_sent_again(house: HmaHouse) -> None:
    """As after our own store was restored from an older backup."""
    hashes = pdqs(4)
    await house.own_bank("cats", hashes)
    house.hma.load(THERE, *(signal.hex for signal in hashes[:3]))
    done = await house.mirrored("cats")
    assert (done.added, done.already) == (1, 3)
    assert house.there(THERE) == hex_of(hashes)


async def test_an_hma_that_was_set_up_anew_gets_all_of_it_again(house: HmaHouse) -> None:
    hashes = pdqs(4)
    await house.own_bank("cats", hashes)
    await house.mirrored("cats")
    house.hma.state.delete_bank(THERE)
    house.hma.state.add_bank(THERE)
    house.hma.state.build_index()
    await house.mirrored("cats")
    assert house.there(THERE) == hex_of(hashes)


async def test_a_number_that_is_anothers_now_is_not_deleted(house: HmaHouse) -> None:
    """HMA does not look whether a content is of the bank in the address."""
    hashes = pdqs(2)
    await house.own_bank("cats", hashes)
    await house.mirrored("cats")
    (first, _) = house.hma.state.contents.values()
    first.bank = house.hma.state.add_bank("OTHERS")
    for signal in hashes:
        await house.own.remove_signal("cats", signal, ME)
    await house.mirrored("cats")
    assert len(house.hma.state.contents) == 1
    assert first.id in house.hma.state.contents


async def test_of_a_bank_that_was_deleted_no_value_is_kept(house: HmaHouse) -> None:
    await house.own_bank("cats", pdqs(3))
    await house.mirrored("cats")
    await house.own.delete("cats", ME)
    purging = asyncio.create_task(house.own.purge())
    while await house.store.read(hma_contents.has_orphans):
        await asyncio.sleep(0)
    purging.cancel()
    assert await house.store.read(hma_contents.highest) == 0


async def test_a_name_that_hma_does_not_take_gives_a_bank_of_its_own_with_the_same_policy(
    house: HmaHouse,
) -> None:
    await house.own.create(Bank("cats of ana", Category.OWN, threshold=9), ME)
    hashes = pdqs(2)
    await house.own.add_signals("cats of ana", hashes, ME)
    done = await house.mirrored("cats of ana")
    assert done.there == "MIRROR_CATS_OF_ANA"
    assert house.there(done.there) == hex_of(hashes)
    bank = await house.store.read(lambda connection: find_bank(connection, done.there))
    assert (bank.threshold, bank.origin) == (9, FROM_HMA)


async def test_hashes_that_hma_cannot_hold_are_counted(house: HmaHouse) -> None:
    exact = [Signal(SignalType.SHA256, bytes(range(32))), Signal(SignalType.MD5, bytes(16))]
    await house.own_bank("cats", [*pdqs(1), *exact])
    done = await house.mirrored("cats")
    assert (done.added, done.unheld) == (2, 1)


@pytest.mark.parametrize("category", [one for one in Category if one.is_listed])
async def test_a_list_of_somebody_elses_goes_to_no_hma_that_takes_everybody(
    open_house: HmaHouse, category: Category
) -> None:
    await open_house.own_bank("list", pdqs(3), category)
    with pytest.raises(Forbidden, match="go to no HMA that answers without a token"):
        await open_house.mirrored("list")
    assert not open_house.hma.state.contents
    assert not any(line.startswith("POST") for line in open_house.hma.asked)


async def test_a_bank_of_ones_own_may_go_there(open_house: HmaHouse) -> None:
    hashes = pdqs(3)
    await open_house.own_bank("cats", hashes)
    await open_house.mirrored("cats")
    assert open_house.there(THERE) == hex_of(hashes)


async def test_a_list_goes_to_nothing_that_only_looks_guarded(house: HmaHouse) -> None:
    """A proxy, or another console: it sends strangers away too, and would be told the values."""
    await house.own_bank("list", pdqs(3), Category.CHILD_SAFETY)
    house.hma.not_found = {"/site-map"}
    with pytest.raises(Forbidden, match="go to nothing but an HMA"):
        await house.mirrored("list")
    assert not any(line.startswith("POST") for line in house.hma.asked)


async def test_no_address_that_is_asked_for_has_a_value_of_a_list(house: HmaHouse) -> None:
    hashes = pdqs(3)
    await house.own_bank("list", hashes, Category.CHILD_SAFETY)
    house.line.losing = {3}
    with pytest.raises(HmaError):
        await house.mirrored("list")
    await house.mirrored("list")
    await house.own.remove_signal("list", hashes[0], ME)
    await house.mirrored("list")
    assert house.there("LIST") == hex_of(hashes[1:])
    assert not any(signal.hex in line for signal in hashes for line in house.hma.asked)


async def test_the_source_decides_and_not_what_its_mirror_was_made_as(house: HmaHouse) -> None:
    await house.own_bank("list", pdqs(1), Category.CHILD_SAFETY)
    await house.mirrored("list")
    await house.own.add_signals("list", pdqs(1, seed=3), ME)
    house.hma.token = ""
    with pytest.raises(Forbidden):
        await house.mirrored("list")
    assert len(house.hma.state.contents) == 1


async def test_banks_that_would_match_wrongly_there_are_refused(house: HmaHouse) -> None:
    await house.own.create(Bank("fine", role=Role.ALLOW), ME)
    with pytest.raises(BadBank, match="An allow bank is not mirrored"):
        await house.mirrored("fine")
    await house.banks.create(Bank("THEIRS"), ME)
    with pytest.raises(BadBank, match="is a bank of HMA already"):
        await house.mirrored("THEIRS")


@pytest.mark.parametrize("trouble", [Trouble.FAULT, Trouble.FULL, Trouble.HTML, Trouble.HALF_JSON])
async def test_trouble_of_any_kind_is_an_error_and_goes_on_later(house: HmaHouse, trouble: Trouble) -> None:
    hashes = pdqs(3)
    await house.own_bank("cats", hashes)
    house.hma.trouble = trouble
    with pytest.raises(HmaError):
        await house.mirrored("cats")
    house.hma.trouble = None
    await house.mirrored("cats")
    assert house.there(THERE) == hex_of(hashes)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("cats", "CATS"),
        ("9 lives", "MIRROR_9_LIVES"),
        ("Übel.", "MIRROR_BEL"),
        ("x y" * 21, "MIRROR_" + ("X_Y" * 21)[:56]),
    ],
)
def test_the_mirror_has_a_name_that_hma_takes(name: str, there: str) -> None:
    assert name_there(Bank(name)) == there
