"""Banks of HMA made, filled, emptied and switched from here: there, and in our log."""

from __future__ import annotations

import pytest

from bridge.catalogue import FROM_HMA, Bank, Category, Role
from bridge.errors import BadBank, BadSignal, Conflict, Forbidden, HmaError, NotFound
from bridge.hashing import Hasher
from bridge.signals import Signal, Signals, SignalType
from tests.hma.houses import ME, HmaHouse, hex_of, pdqs
from tests.pictures import encoded, photographs

MD5 = Signal(SignalType.MD5, bytes(range(16)))


async def hashed(picture: bytes) -> Signals:
    hasher = Hasher()
    async with hasher.receive(len(picture)) as receiver:
        await receiver.feed(picture)
        signals = await hasher.hash(await receiver.finish())
    hasher.close()
    return signals


async def test_a_bank_is_made_there_and_has_its_policy_here(house: HmaHouse) -> None:
    made = await house.banks.create(Bank("LIST", Category.NCII, threshold=20), ME)
    assert (made.origin, made.threshold) == (FROM_HMA, 20)
    assert [(bank.name, bank.ratio) for bank in house.hma.state.banks] == [("LIST", 1.0)]
    assert await house.logged() == ["bank.created LIST"]
    with pytest.raises(Conflict):
        await house.banks.create(Bank("LIST"), ME)


async def test_a_bank_that_was_made_there_and_not_here_is_taken(house: HmaHouse) -> None:
    """As after a kill between the two."""
    house.hma.state.add_bank("LIST")
    assert (await house.banks.create(Bank("LIST"), ME)).origin == FROM_HMA


@pytest.mark.parametrize("name", ["list", "9LIVES", "A LIST", "A" * 64])
async def test_a_name_that_hma_does_not_take_is_refused_before_it_is_asked(
    house: HmaHouse, name: str
) -> None:
    with pytest.raises(BadBank):
        await house.banks.create(Bank(name), ME)
    assert house.hma.asked == []


async def test_an_allow_bank_is_none_of_hmas(house: HmaHouse) -> None:
    with pytest.raises(BadBank, match="An allow bank is none of HMA's"):
        await house.banks.create(Bank("FINE", role=Role.ALLOW), ME)


async def test_hashes_are_added_once_and_removed_again(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    (pdq,) = pdqs(1)
    done = await house.banks.add_signals("LIST", [pdq, MD5], ME)
    assert (done.added, done.already, done.content_id) == (2, 0, 1)
    again = await house.banks.add_signals("LIST", [pdq], ME)
    assert (again.added, again.already, again.content_id) == (0, 1, 1)
    assert [each.signals for each in house.hma.state.contents.values()] == [
        {"pdq": pdq.hex, "video_md5": MD5.hex}
    ]
    assert await house.banks.remove_signal("LIST", pdq, ME) == 2
    assert house.hma.state.contents == {}
    assert await house.banks.remove_signal("LIST", pdq, ME) == 0
    assert await house.logged() == [
        "bank.created LIST",
        "bank.entries_added LIST",
        "bank.entries_removed LIST",
    ]


async def test_what_hma_lost_is_added_again_and_not_said_to_be_there(house: HmaHouse) -> None:
    """As where its database was made anew, or somebody took the content out there."""
    await house.banks.create(Bank("LIST"), ME)
    (pdq,) = pdqs(1)
    await house.banks.add_signals("LIST", [pdq, MD5], ME)
    house.hma.state.contents.clear()
    house.hma.state.build_index()
    again = await house.banks.add_signals("LIST", [pdq, MD5], ME)
    assert (again.added, again.already) == (2, 0)
    assert [content.bank.name for content in house.hma.state.contents.values()] == ["LIST"]
    house.hma.state.delete_bank("LIST")
    with pytest.raises(HmaError, match="not found"):
        await house.banks.add_signals("LIST", [pdq, MD5], ME)


async def test_of_a_picture_its_hashes_go_there_and_never_itself(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    picture = encoded(photographs()[0])
    signals = await hashed(picture)
    assert signals.reference is not None
    done = await house.banks.add_picture("LIST", signals, ME)
    assert (done.added, [one.type.value for one in done.signals]) == (2, ["pdq", "md5"])
    (content,) = house.hma.state.contents.values()
    assert content.signals["pdq"] == signals.reference.pdq.hex()
    assert not any(line.endswith("/content") for line in house.hma.asked)


async def test_what_others_added_is_removed_by_what_the_index_knows(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    (here, there) = pdqs(2)
    house.hma.load("LIST", here.hex, there.hex)
    assert await house.banks.remove_signal("LIST", there, ME) == 1
    assert house.there("LIST") == hex_of([here])


async def test_content_is_removed_by_number_only_from_its_own_bank(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    await house.banks.create(Bank("OTHERS"), ME)
    done = await house.banks.add_signals("LIST", pdqs(1), ME)
    for bank, number in (("OTHERS", done.content_id), ("LIST", 99)):
        with pytest.raises(NotFound):
            await house.banks.remove_content(bank, number, ME)
    assert await house.banks.remove_content("LIST", done.content_id, ME) == 1
    assert await house.banks.remove_signal("LIST", pdqs(1)[0], ME) == 0


async def test_it_is_switched_off_and_on_at_once_and_that_is_logged(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    await house.banks.switch("LIST", ME, on=False)
    assert house.hma.state.banks[0].ratio == 0.0
    await house.banks.switch("LIST", ME, on=True)
    assert house.hma.state.banks[0].ratio == 1.0
    assert (await house.logged())[1:] == ["bank.switched LIST", "bank.switched LIST"]


async def test_deleted_there_and_here_nothing_of_it_stays(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    await house.banks.add_signals("LIST", pdqs(2)[:1], ME)
    await house.banks.delete("LIST", ME)
    assert (house.hma.state.banks, house.hma.state.contents) == ([], {})
    await house.banks.create(Bank("LIST"), ME)
    assert (await house.banks.add_signals("LIST", pdqs(2)[:1], ME)).added == 1


async def test_what_hma_cannot_hold_is_said(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    with pytest.raises(BadSignal, match="holds pdq, md5 only"):
        await house.banks.add_signals("LIST", [Signal(SignalType.SHA1, bytes(20))], ME)
    with pytest.raises(BadSignal, match="flat or periodic"):
        await house.banks.add_signals("LIST", [Signal(SignalType.PDQ, bytes(32))], ME)
    with pytest.raises(BadBank):
        await house.banks.export("LIST", "text")
    assert house.hma.state.contents == {}


async def test_a_list_of_somebody_elses_is_neither_made_nor_filled_where_everybody_is_let_in(
    open_house: HmaHouse,
) -> None:
    with pytest.raises(Forbidden):
        await open_house.banks.create(Bank("LIST", Category.CHILD_SAFETY), ME)
    assert open_house.hma.state.banks == []


async def test_an_answer_that_was_lost_is_found_before_more_is_added(house: HmaHouse) -> None:
    await house.banks.create(Bank("LIST"), ME)
    first, second = pdqs(2)
    house.line.losing = {2}
    with pytest.raises(HmaError):
        await house.banks.add_signals("LIST", [first], ME)
    await house.banks.add_signals("LIST", [second], ME)
    done = await house.banks.add_signals("LIST", [first], ME)
    assert (done.added, done.already) == (0, 1)
    assert house.there("LIST") == hex_of([first, second])
