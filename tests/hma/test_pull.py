"""A bank of HMA read into an own one: all of it that is on, though HMA lists none."""

from __future__ import annotations

import pytest

from bridge.catalogue import Bank
from bridge.errors import BadBank, HmaError, NotFound
from bridge.hma import pull
from bridge.signals import Signal
from bridge.store.banks import bank_records, find_bank
from bridge.store.entries import page_of_entries
from tests.banks.syncing import Office
from tests.fakes.hma import Trouble
from tests.hma.houses import ME, HmaHouse, hex_of, pdqs


@pytest.fixture(autouse=True)
def short_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many numbers as are asked for at once are the end, twice as many in any case."""
    monkeypatch.setattr(pull, "PAGE", 8)
    monkeypatch.setattr(pull, "TAIL", 16)
    monkeypatch.setattr(pull, "LONGEST_GAP", 64)


def load(house: HmaHouse, bank: str, signals: list[Signal]) -> list[int]:
    return house.hma.load(bank, *(signal.hex for signal in signals))


async def held(house: HmaHouse, name: str) -> list[str]:
    def read(connection: object) -> list[str]:
        bank = find_bank(connection, name)  # type: ignore[arg-type]
        return sorted(
            signal.hex
            for _, signal in page_of_entries(connection, bank, 0, 10_000)  # type: ignore[arg-type]
        )

    return await house.store.read(read)


async def test_all_of_one_bank_comes_here_and_nothing_of_another(house: HmaHouse) -> None:
    theirs, others = pdqs(30), pdqs(20, seed=2)
    load(house, "LIST", theirs[:10])
    load(house, "OTHERS", others)
    load(house, "LIST", theirs[10:])
    await house.own.create(Bank("here"), ME)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.is_done, done.is_whole) == (30, True, True)
    assert (done.seen, done.stored) == (50, 50)
    assert await held(house, "here") == hex_of(theirs)


async def test_what_a_list_brought_here_before_stays_when_its_owner_withdraws_it(house: HmaHouse) -> None:
    theirs = pdqs(4)
    office = Office(house.store)
    source = await office.connect("here")
    for number, signal in enumerate(theirs):
        source.put(f"k{number}", signal)
    await office.sync("here")
    load(house, "LIST", theirs[:2])
    done = await house.pulled("here", "LIST")
    assert (done.added, done.already, done.is_done) == (0, 2, True)
    await office.exchanges.remove("here", ME)
    await office.syncs.purge()
    assert await held(house, "here") == hex_of(theirs[:2])
    await office.syncs.close()


async def test_it_goes_on_where_it_was_cut_off(house: HmaHouse) -> None:
    theirs = pdqs(50)
    load(house, "LIST", theirs)
    await house.own.create(Bank("here"), ME)
    one_page = pull.Pull(house.store, house.contents, 0.0)
    first = await one_page.pull("here", "LIST", ME)
    assert (first.added, first.is_done) == (8, False)
    house.hma.trouble = Trouble.FAULT
    with pytest.raises(HmaError):
        await one_page.pull("here", "LIST", ME)
    house.hma.trouble = None
    asked = len(house.hma.asked)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.already) == (42, 0)
    assert not any("/content/8?" in line for line in house.hma.asked[asked:])
    assert await held(house, "here") == hex_of(theirs)


async def test_what_is_added_there_later_comes_with_the_next(house: HmaHouse) -> None:
    load(house, "LIST", pdqs(5))
    await house.own.create(Bank("here"), ME)
    await house.pulled("here", "LIST")
    later = pdqs(3, seed=2)
    load(house, "LIST", later)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.is_whole) == (3, True)
    assert set(hex_of(later)) <= set(await held(house, "here"))


async def test_numbers_that_were_given_to_nobody_are_passed_over(house: HmaHouse) -> None:
    load(house, "LIST", pdqs(2))
    house.hma.state._last_id += 40
    load(house, "LIST", pdqs(2, seed=2))
    await house.own.create(Bank("here"), ME)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.is_whole) == (4, True)


async def test_where_not_all_was_found_it_says_so(house: HmaHouse) -> None:
    load(house, "LIST", pdqs(2))
    house.hma.state._last_id += 500
    load(house, "LIST", pdqs(2, seed=2))
    await house.own.create(Bank("here"), ME)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.is_done, done.is_whole) == (2, True, False)
    assert (done.seen, done.stored) == (2, 4)


async def test_what_is_off_there_does_not_come(house: HmaHouse) -> None:
    theirs = pdqs(3)
    numbers = load(house, "LIST", theirs)
    house.hma.state.contents[numbers[1]].disable_until = 0
    await house.own.create(Bank("here"), ME)
    await house.pulled("here", "LIST")
    assert await held(house, "here") == hex_of([theirs[0], theirs[2]])


async def test_flat_hashes_are_refused_and_counted(house: HmaHouse) -> None:
    house.hma.load("LIST", "0" * 64, pdqs(1)[0].hex)
    await house.own.create(Bank("here"), ME)
    done = await house.pulled("here", "LIST")
    assert (done.added, done.refused) == (1, 1)


async def test_both_kinds_of_hashes_come_with_their_kind(house: HmaHouse) -> None:
    bank = house.hma.state.add_bank("LIST")
    house.hma.state.add(bank, {"pdq": pdqs(1)[0].hex, "video_md5": "0" * 32})
    await house.own.create(Bank("here"), ME)
    await house.pulled("here", "LIST")
    (record,) = await house.store.read(bank_records)
    assert {kind.value: count for kind, count in record.signals.items()} == {"pdq": 1, "md5": 1}


async def test_only_own_banks_are_filled_and_only_from_banks_there_are(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    await house.own.create(Bank("here"), ME)
    with pytest.raises(BadBank):
        await house.pulled("LIST", "LIST")
    with pytest.raises(NotFound, match="HMA has no bank named 'NONE'"):
        await house.pulled("here", "NONE")
    with pytest.raises(NotFound):
        await house.pulled("nowhere", "LIST")
