"""The embedded matcher on a real store and real index files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.banks.banks import Banks
from bridge.catalogue import Bank, Category, Role
from bridge.errors import NotFound
from bridge.matching.embedded import EmbeddedMatcher, IndexState
from bridge.matching.matcher import Query
from bridge.signals import UPRIGHT, Signal, Signals, SignalType, View, ViewKind, ViewName
from bridge.store.entries import add_content, add_entries
from bridge.store.store import Store
from bridge.verdicts import Match
from tests.stores import open_store

HASH = bytes.fromhex("8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0")


def flipped(value: bytes, bits: int) -> bytes:
    """`value` at a distance of `bits`, spread over all of it."""
    number = int.from_bytes(value)
    for at in range(bits):
        number ^= 1 << (at * 7 % 256)
    return number.to_bytes(32)


def upload(*views: View, tag: bytes = b"u") -> Signals:
    return Signals(tag * 32, tag * 20, tag * 16, 1, "image/png", views=views)


def seen(pdq: bytes, quality: int = 90, name: ViewName = UPRIGHT) -> Signals:
    return upload(View(name, pdq, quality))


class House:
    """A store with banks and a matcher on it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.banks = Banks(store)
        self.matcher = EmbeddedMatcher(store, folder)

    async def bank(self, name: str, *values: bytes, quality: int | None = None, **settings: object) -> Bank:
        bank = await self.banks.create(replace(Bank(name), **settings), "test")  # type: ignore[arg-type]
        for value in values:
            await self.banks.add_signals(name, [Signal(SignalType.PDQ, value, quality)], "test")
        return bank

    async def match(self, signals: Signals, wanted: int | None = None) -> tuple[Match, ...]:
        return (await self.matcher.match(Query.of_upload(signals, wanted))).matches

    async def unchecked(self, signals: Signals) -> str:
        why = (await self.matcher.match(Query.of_upload(signals))).unchecked
        return why.reason if why else ""

    async def found(self, signals: Signals, wanted: int | None = None) -> list[tuple[str, int]]:
        return [(match.bank.name, match.distance) for match in await self.match(signals, wanted)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = await open_store(tmp_path / "store.db")
    opened = House(store, tmp_path / "index")
    await opened.matcher.start()
    yield opened
    await opened.matcher.close()
    await store.close()


async def test_without_a_block_list_nothing_can_be_compared(house: House) -> None:
    assert await house.unchecked(seen(HASH)) == "no_list"
    await house.bank("empty")
    await house.bank("own allow", HASH, role=Role.ALLOW)
    assert await house.unchecked(seen(HASH)) == "no_list"


async def test_an_answer_names_the_block_banks_it_asked(house: House) -> None:
    await house.bank("own", HASH)
    await house.bank("empty")
    await house.bank("own allow", HASH, role=Role.ALLOW)
    comparison = await house.matcher.match(Query.of_upload(seen(flipped(HASH, 99))))
    assert (comparison.matches, comparison.banks) == ((), ("own",))


async def test_an_entry_matches_with_the_next_question_and_a_removed_one_does_not(house: House) -> None:
    await house.bank("own", flipped(HASH, 99))
    assert await house.found(seen(HASH)) == []
    await house.banks.add_signals("own", [Signal(SignalType.PDQ, flipped(HASH, 6))], "test")
    assert await house.found(seen(HASH)) == [("own", 6)]
    await house.banks.remove_signal("own", Signal(SignalType.PDQ, flipped(HASH, 6)), "test")
    assert await house.found(seen(HASH)) == []


async def test_each_bank_matches_up_to_its_own_threshold(house: House) -> None:
    await house.bank("near", HASH, threshold=10)
    await house.bank("far", HASH, threshold=31)
    assert await house.found(seen(flipped(HASH, 10))) == [("near", 10), ("far", 10)]
    assert await house.found(seen(flipped(HASH, 11))) == [("far", 11)]
    assert await house.found(seen(flipped(HASH, 31))) == [("far", 31)]
    assert await house.found(seen(flipped(HASH, 32))) == []


async def test_a_deleted_bank_stops_matching_at_once(house: House) -> None:
    await house.bank("own", HASH)
    await house.bank("other", HASH)
    await house.banks.delete("own", "test")
    assert await house.found(seen(HASH)) == [("other", 0)]


async def test_exact_signals_match_without_any_view(house: House) -> None:
    await house.bank("own")
    signals = upload(tag=b"v")
    await house.banks.add_signals("own", [Signal(SignalType.MD5, signals.md5)], "test")
    (match,) = await house.match(signals)
    assert (match.signal_type, match.distance, match.is_exact) == (SignalType.MD5, 0, True)


async def test_a_picture_told_by_its_sha256_is_not_told_again_by_its_md5(house: House) -> None:
    await house.bank("own")
    signals = seen(HASH)
    await house.banks.add_picture("own", signals, "test")
    assert [match.signal_type for match in await house.match(signals)] == [SignalType.SHA256, SignalType.PDQ]


async def test_a_picture_of_poor_quality_matches_exactly_only(house: House) -> None:
    await house.bank("own")
    poor = seen(HASH, quality=49)
    done = await house.banks.add_picture("own", poor, "test")
    assert {signal.type for signal in done.signals} == {SignalType.SHA256, SignalType.SHA1, SignalType.MD5}
    assert [match.signal_type for match in await house.match(poor)] == [SignalType.SHA256]
    await house.bank("all", HASH, takes_poor_quality=True)
    others = replace(poor, sha256=b"o" * 32, sha1=b"o" * 20, md5=b"o" * 16)
    assert await house.found(others) == [("all", 0)]


async def test_the_lower_quality_of_both_sides_counts(house: House) -> None:
    await house.bank("own", HASH, quality=55)
    (match,) = await house.match(seen(HASH, quality=90))
    assert match.quality == 55


async def test_a_turned_view_matches_less_far_and_is_named(house: House) -> None:
    await house.bank("own", HASH)
    mirrored = ViewName(ViewKind.TURNED, 3)
    (match,) = await house.match(seen(flipped(HASH, 20), 80, mirrored))
    assert match.view.words == "mirrored"
    assert await house.found(seen(flipped(HASH, 21), 80, mirrored)) == []
    assert await house.found(seen(flipped(HASH, 20), 69, mirrored)) == []


async def test_the_references_view_is_named_where_it_matches_too(house: House) -> None:
    """Only by the reference's view may anything be done without a person."""
    await house.bank("own", HASH)
    put_back = View(ViewName(ViewKind.PUT_BACK, 2), HASH, 90)
    (match,) = await house.match(upload(View(UPRIGHT, flipped(HASH, 9), 90), put_back))
    assert (match.view, match.distance) == (UPRIGHT, 9)


async def test_a_callers_threshold_narrows_own_banks_and_not_listed_ones(house: House) -> None:
    await house.bank("own", HASH)
    await house.bank("list", HASH, category=Category.NCII, threshold=20)
    assert await house.found(seen(flipped(HASH, 12)), wanted=5) == [("list", 12)]
    assert len(await house.found(seen(flipped(HASH, 30)), wanted=51)) == 0


async def test_a_hash_alone_over_tcp_meets_own_and_test_banks_only(house: House) -> None:
    await house.bank("list", HASH, category=Category.CHILD_SAFETY, threshold=31)
    query = Query.of_hash(Signal(SignalType.PDQ, HASH), None, listed=False)
    unchecked = (await house.matcher.match(query)).unchecked
    assert unchecked is not None
    assert unchecked.reason == "no_list"
    await house.bank("own", flipped(HASH, 2))
    comparison = await house.matcher.match(query)
    assert [match.bank.name for match in comparison.matches] == ["own"]
    assert comparison.banks == ("own",)


async def test_the_same_hash_in_many_banks_is_one_code_and_as_many_matches(house: House) -> None:
    for number in range(5):
        await house.bank(f"bank {number}", HASH)
    assert len(await house.found(seen(HASH))) == 5
    assert house.matcher.codes <= 5


async def test_the_index_is_built_anew_where_its_files_are_damaged(house: House, tmp_path: Path) -> None:
    await house.bank("own", *(flipped(HASH, bits) for bits in range(0, 60, 3)))
    await house.match(seen(HASH))
    assert house.matcher._index is not None
    await asyncio.to_thread(house.matcher._index.merge)
    await house.matcher.close()
    for file in sorted((tmp_path / "index").iterdir()):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    again = EmbeddedMatcher(house.store, tmp_path / "index")
    await again.start()
    assert again.state is IndexState.BUILDING
    comparison = await again.match(Query.of_upload(seen(HASH)))
    assert (comparison.matches, comparison.banks) == ((), ())
    assert comparison.unchecked is not None
    assert comparison.unchecked.reason == "index_not_ready"
    keeping = asyncio.create_task(again.keep_up())
    async with asyncio.timeout(20):
        await again.ready.wait()
    keeping.cancel()
    assert len((await again.match(Query.of_upload(seen(HASH)))).matches) == 9
    await again.close()


async def test_an_index_ahead_of_a_restored_store_is_not_trusted(house: House, tmp_path: Path) -> None:
    await house.bank("own", HASH)
    await house.match(seen(HASH))
    assert house.matcher._index is not None
    await asyncio.to_thread(house.matcher._index.merge)
    await house.matcher.close()
    restored = await open_store(tmp_path / "older.db")
    matcher = EmbeddedMatcher(restored, tmp_path / "index")
    await matcher.start()
    assert matcher.state is IndexState.BUILDING
    await matcher.close()
    await restored.close()


async def kept_up_until(house: House, reached: Callable[[], bool]) -> None:
    """Runs the owner task until it has done what is asked; its errors are the test's."""
    keeping = asyncio.create_task(house.matcher.keep_up())
    async with asyncio.timeout(20):
        while not reached() and not keeping.done():
            await asyncio.sleep(0)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def test_an_index_of_mostly_removed_hashes_is_built_anew_without_a_pause(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.matching.embedded.FEW", 0)
    await house.bank("own", HASH)
    await house.bank("gone", *(flipped(HASH, bits) for bits in range(40, 60)))
    await house.match(seen(HASH))
    await house.banks.delete("gone", "test")
    purging = asyncio.create_task(house.banks.purge())
    await kept_up_until(house, lambda: house.matcher.codes == 1)
    purging.cancel()
    assert await house.found(seen(HASH)) == [("own", 0)]


async def test_on_a_full_disk_new_entries_go_on_matching(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = False

    def full(*_: object) -> None:
        nonlocal tried
        tried = True
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.matching.index.write_segment", full)
    monkeypatch.setattr("bridge.matching.index.PdqIndex.needs_merge", lambda index: len(index) > 0)
    await house.bank("own", HASH)
    await house.match(seen(HASH))
    await kept_up_until(house, lambda: tried)
    await house.banks.add_signals("own", [Signal(SignalType.PDQ, flipped(HASH, 3))], "test")
    assert sorted(await house.found(seen(HASH))) == [("own", 0), ("own", 3)]


async def test_exact_signals_are_compared_although_the_index_is_not_ready(house: House) -> None:
    await house.bank("own", HASH)
    signals = seen(flipped(HASH, 3))
    await house.banks.add_signals("own", [signals.exact[0]], "test")
    unready = EmbeddedMatcher(house.store, house.folder)
    comparison = await unready.match(Query.of_upload(signals))
    assert [match.signal_type for match in comparison.matches] == [SignalType.SHA256]
    assert comparison.unchecked is not None


async def test_what_enters_a_bank_that_was_deleted_meanwhile_is_refused(house: House) -> None:
    bank = await house.bank("own", HASH)
    await house.banks.delete("own", "test")
    for write in (
        lambda connection: add_content(connection, bank, [Signal(SignalType.PDQ, HASH)]),
        lambda connection: add_entries(connection, bank, [Signal(SignalType.PDQ, HASH)]),
    ):
        with pytest.raises(NotFound, match="deleted meanwhile"):
            await house.store.write(write, ())
