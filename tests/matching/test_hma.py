"""The matcher that asks an HMA: what it finds there, and when "nothing near" counts."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from bridge.banks.policies import Policies, Wanted
from bridge.catalogue import Category, OnMatch
from bridge.matching.hma_known import BEHIND_SECONDS
from bridge.matching.matcher import Query
from bridge.signals import UPRIGHT, Signal, SignalType, View
from bridge.store.events import events_after
from bridge.verdicts import Reason, Verdict
from tests.houses import jpeg, png
from tests.matching.hma_house import HmaHouse, hma_house
from tests.pictures import encoded


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    async with hma_house(tmp_path) as opened:
        yield opened


async def test_a_copy_matches_hmas_content_by_its_number_there(house: HmaHouse) -> None:
    _, wanted, _ = await house.banked("BAD_THINGS", png(1), png(0), png(2))
    await house.hma.inquire()
    outcome = await house.upload(jpeg(0))
    assert outcome.verdict is Verdict.MATCHED
    [match] = outcome.matches
    assert (match.bank.name, match.content_id, match.entry_id) == ("BAD_THINGS", wanted, -wanted)
    assert match.value == b""
    assert match.distance <= 8
    assert outcome.banks == ("BAD_THINGS",)
    assert (await house.upload(png(3))).verdict is Verdict.NO_MATCH


async def test_no_picture_leaves_and_every_hash_is_asked_for_once(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    house.fake.asked.clear()
    signals = await house.signals(jpeg(0))
    await house.upload(jpeg(0))
    assert all(line.startswith("GET /m/raw_lookup?") for line in house.fake.asked)
    assert len(house.fake.asked) == len(set(house.fake.asked))
    wanted = {view.pdq.hex() for view in signals.views if view.quality >= 50} | {signals.md5.hex()}
    assert {line.partition("signal=")[2].partition("&")[0] for line in house.fake.asked} == wanted


async def test_of_a_flat_picture_only_the_exact_hash_is_asked(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    house.fake.asked.clear()
    flat = encoded(np.full((64, 64, 3), 128, np.uint8))
    assert (await house.upload(flat)).verdict is Verdict.NO_MATCH
    assert [line.partition("&")[0] for line in house.fake.asked] == [
        "GET /m/raw_lookup?signal_type=video_md5"
    ]


async def test_the_very_same_bytes_match_by_md5(house: HmaHouse) -> None:
    fake = house.fake.state
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    digest = hashlib.md5(b"a film", usedforsecurity=False).hexdigest()
    content = fake.add(fake.banks[0], {"video_md5": digest})
    fake.build_index()
    await house.hma.inquire()
    [match] = (await house.upload(b"a film")).matches
    assert (match.content_id, match.signal_type, match.distance) == (content.id, SignalType.MD5, 0)
    assert match.is_exact


async def test_our_threshold_narrows_hmas(house: HmaHouse) -> None:
    far = bytes([0b10101010] * 32)
    house.fake.load("BAD_THINGS", far.hex(), "0f" * 32, "f0" * 32)
    await house.hma.inquire()
    near = (int.from_bytes(far) ^ ((1 << 25) - 1)).to_bytes(32)
    query = Query((), (View(UPRIGHT, near, 100),))
    [match] = (await house.hma.match(query)).matches
    assert match.distance == 25
    await Policies(house.store).change(Wanted("BAD_THINGS", {"threshold": 24}), "test")
    assert (await house.hma.match(query)).matches == ()


async def test_a_bank_seen_first_is_made_as_one_whose_matches_a_person_looks_at(house: HmaHouse) -> None:
    await house.banked("NEW_BANK", png(0), png(1), png(2))
    await house.hma.inquire()
    bank = await house.row("NEW_BANK")
    assert (bank.category, bank.on_match, bank.threshold) == (Category.EXPLOITATIVE, OnMatch.REVIEW, 31)
    assert bank.origin == "hma"
    kinds = [kind.value for _, kind, _ in await house.store.read(lambda c: events_after(c, 0, 99))]
    assert kinds.count("bank.created") == 1
    await house.hma.inquire()
    kinds = [kind.value for _, kind, _ in await house.store.read(lambda c: events_after(c, 0, 99))]
    assert kinds.count("bank.created") == 1


async def test_a_bank_made_there_just_now_is_known_by_its_first_match(house: HmaHouse) -> None:
    await house.banked("OLD", png(1), png(2), png(3))
    await house.hma.inquire()
    await house.banked("NEW", png(0))
    [match] = (await house.upload(jpeg(0))).matches
    assert match.bank.name == "NEW"
    assert match.bank.category is Category.EXPLOITATIVE


async def test_a_bank_here_of_the_same_name_is_that_bank(house: HmaHouse) -> None:
    await house.bank("nsfw", category=Category.NCII, threshold=20)
    await house.banked("NSFW", png(0), png(1), png(2))
    await house.hma.inquire()
    [match] = (await house.upload(jpeg(0))).matches
    assert (match.bank.name, match.bank.category) == ("nsfw", Category.NCII)


@pytest.mark.parametrize("coin", [0.0, 0.99])
async def test_chance_decides_nothing(coin: float, house: HmaHouse) -> None:
    """Neither HMA's coin, nor that of our seed, which would always leave the same banks out."""
    house.fake.state.coin = lambda: coin
    for ratio in (0.9, 0.5, 0.01):
        await house.banked(f"BY_{int(ratio * 100)}", png(0), png(1), ratio=ratio)
    await house.hma.inquire()
    for _ in range(3):
        comparison = await house.asked(jpeg(0))
        assert {match.bank.name for match in comparison.matches} == {"BY_90", "BY_50", "BY_1"}


async def test_what_is_off_or_deleted_does_not_match(house: HmaHouse) -> None:
    state = house.fake.state
    [off, *_] = await house.banked("OFF", png(0), png(1), png(2), ratio=0)
    [half_off, half_gone, *_] = await house.banked("HALF", png(0), png(0), png(2), ratio=0.5)
    [full_off, full_gone, *_] = await house.banked("FULL", png(0), png(0), png(2))
    for number in (half_off, full_off):
        state.contents[number].disable_until = 0
    for number in (half_gone, full_gone):
        del state.contents[number]
    await house.hma.inquire()
    comparison = await house.asked(jpeg(0))
    assert comparison.matches == ()
    assert comparison.unchecked is None
    assert set(comparison.banks) == {"HALF", "FULL"}, "a bank that is off was not compared"
    assert off in {each.id for each in state.index["pdq"]}


async def test_whoever_may_not_know_a_listed_bank_does_not_hear_of_it(house: HmaHouse) -> None:
    await house.banked("LISTED", png(0), png(1), png(2))
    await house.hma.inquire()
    assert (await house.asked(jpeg(0))).matches
    public = await house.asked(jpeg(0), listed=False)
    assert public.matches == ()
    assert public.unchecked is not None
    assert public.unchecked.reason == Reason.NO_LIST


async def unchecked(house: HmaHouse, body: bytes) -> tuple[str, str]:
    """The reason, and its words, why an upload of it is not checked."""
    outcome = await house.upload(body)
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert outcome.banks == ()
    assert outcome.unchecked is not None
    return outcome.unchecked.reason, outcome.reason


async def test_before_hma_said_what_it_has_nothing_counts(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    assert (await unchecked(house, jpeg(0)))[0] == Reason.INDEX_NOT_READY


async def test_an_empty_hma_calls_itself_ready_and_is_no_list(house: HmaHouse) -> None:
    house.fake.state.add_bank("EMPTY")
    await house.hma.inquire()
    assert (await unchecked(house, jpeg(0)))[0] == Reason.NO_LIST


async def test_an_index_of_exactly_one_hash_finds_nothing_and_says_nothing(house: HmaHouse) -> None:
    """#1318 of ThreatExchange: HMA answers "nothing near" even for the very same picture."""
    await house.banked("BAD_THINGS", png(0))
    await house.hma.inquire()
    reason, words = await unchecked(house, png(0))
    assert reason == Reason.INDEX_NOT_READY
    assert "exactly one PDQ hash" in words
    await house.banked("BAD_THINGS", png(1), png(2))
    await house.hma.inquire()
    assert (await house.upload(png(0))).verdict is Verdict.MATCHED


async def test_a_flat_index_of_one_hash_is_believed_and_its_hash_stands_in_no_address(
    house: HmaHouse,
) -> None:
    """As assets/deploy/hma sets HMA up: seen with the real server of 1.1.7."""
    house.fake.state.is_flat = True
    await house.banked("BAD_THINGS", png(0))
    await house.hma.inquire()
    (content,) = house.fake.state.contents.values()
    assert not any(content.signals["pdq"] in line for line in house.fake.asked)
    assert (await house.upload(png(0))).verdict is Verdict.MATCHED
    assert (await house.upload(png(1))).verdict is Verdict.NO_MATCH


@pytest.mark.parametrize(("is_flat", "verdict"), [(False, Verdict.NOT_CHECKED), (True, Verdict.NO_MATCH)])
async def test_an_index_of_equal_hashes_is_believed_where_it_finds_them(
    house: HmaHouse, is_flat: bool, verdict: Verdict
) -> None:
    house.fake.state.is_flat = is_flat
    await house.banked("BAD_THINGS", png(0), png(0))
    await house.hma.inquire()
    assert (await house.upload(png(1))).verdict is verdict
    assert house.hma.is_whole is is_flat
    await house.banked("OTHERS", png(2), png(3))
    await house.hma.inquire()
    assert (await house.upload(png(1))).verdict is Verdict.NO_MATCH


async def test_an_index_that_was_never_built_says_nothing(house: HmaHouse) -> None:
    bank = house.fake.state.add_bank("BAD_THINGS")
    house.fake.state.add(bank, {"pdq": "0f" * 32})
    await house.hma.inquire()
    assert "not built its index" in (await unchecked(house, png(0)))[1]


async def test_an_index_may_be_behind_for_its_own_rhythm_but_not_for_good(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    state = house.fake.state
    state.add(state.banks[0], {"pdq": "0f" * 32})
    await house.hma.inquire()
    assert (await house.upload(png(0))).verdict is Verdict.NO_MATCH
    house.clock.now += BEHIND_SECONDS + 1
    await house.hma.inquire()
    assert "has been behind its banks for 5 min" in (await unchecked(house, jpeg(5)))[1]
    state.build_index()
    await house.hma.inquire()
    assert (await house.upload(jpeg(6))).verdict is Verdict.NO_MATCH


async def test_alive_is_not_ready(house: HmaHouse) -> None:
    """A stale index goes on answering lookups, so only /status tells."""
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    house.fake.is_stale = True
    await house.hma.inquire()
    reason, words = await unchecked(house, png(0))
    assert reason == Reason.MATCHER_DOWN
    assert "INDEX-STALE" in words


async def test_what_hma_said_of_itself_is_there_to_be_shown(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    known = house.hma.known
    assert known is not None
    assert (known.on, known.hashes, known.has_token, known.is_guarded) == (("BAD_THINGS",), 3, False, False)
    assert house.hma.is_whole
    assert not house.hma.has_off("bad_things")


async def test_a_hash_of_a_type_that_hma_has_not_is_compared_with_no_bank(house: HmaHouse) -> None:
    await house.banked("BAD_THINGS", png(1), png(2), png(3))
    await house.hma.inquire()
    query = Query((Signal(SignalType.SHA256, bytes(32)),), ())
    assert await house.hma.match(query) == await house.hma.match(Query((), ()))
    assert (await house.hma.match(query)).banks == ()
