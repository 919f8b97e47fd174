"""An HMA that fails in every way while uploads come in: none is called no_match by mistake, none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bridge.banks import memory
from bridge.catalogue import Role
from bridge.matching.breaker import BreakerState
from bridge.matching.embedded import EmbeddedMatcher
from bridge.matching.hma_known import BEHIND_SECONDS
from bridge.outcomes import Outcome
from bridge.verdicts import Reason, Verdict
from tests.fakes.hma import Trouble
from tests.houses import jpeg, png
from tests.matching.hma_house import PATIENCE, HmaHouse, hma_house

FILLERS = (7, 8)
"""Pictures that keep an index from being one of exactly one hash."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    """HMA knows picture 0, the bank here picture 1."""
    async with hma_house(tmp_path) as opened:
        await opened.banked("THERE", png(0), *map(png, FILLERS))
        await opened.bank("here", png(1))
        await opened.hma.inquire()
        yield opened


async def down(house: HmaHouse) -> None:
    await house.fake.down()


def troubled(trouble: Trouble) -> Callable[[HmaHouse], Awaitable[None]]:
    async def begin(house: HmaHouse) -> None:
        house.fake.trouble = trouble

    return begin


async def slow(house: HmaHouse) -> None:
    house.fake.trouble, house.hma.client.http.seconds = Trouble.SLOW, 0.2


async def not_loaded(house: HmaHouse) -> None:
    house.fake.is_loaded = False


async def well(house: HmaHouse) -> None:
    house.fake.trouble, house.fake.is_loaded, house.hma.client.http.seconds = None, True, PATIENCE
    if house.fake._server is None:
        await house.fake.up()
    house.clock.now += 60
    await house.hma.inquire()


TROUBLES = {
    "down": down,
    "not loaded": not_loaded,
    **{each.value: troubled(each) for each in Trouble},
    "slow": slow,
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_in_every_trouble_nothing_is_called_no_match_and_all_is_checked_after_it(
    name: str, house: HmaHouse
) -> None:
    before = [await house.upload(jpeg(n)) for n in (0, 1, 2)]
    assert await house.verdicts(*before) == ["matched", "matched", "no_match"]
    await TROUBLES[name](house)
    during = await asyncio.gather(*(house.upload(jpeg(n)) for n in (0, 1, 2, 0, 1, 2)))
    assert [each.verdict.value for each in during] == ["not_checked", "matched", "not_checked"] * 2
    assert house.hma.breaker.state is BreakerState.OPEN
    assert house.hma.breaker.fault
    assert house.hma.breaker.remedy
    asked = len(house.fake.asked)
    later = await house.upload(jpeg(0))
    assert later.unchecked is not None
    assert later.unchecked.reason == Reason.MATCHER_DOWN
    assert len(house.fake.asked) == asked, "an open breaker asks nothing"
    await well(house)
    assert house.hma.breaker.is_closed
    await house.recheck()
    assert await house.verdicts(*during, later) == ["matched", "matched", "no_match"] * 2 + ["matched"]
    records = [await house.recorded(each) for each in (*during, later)]
    assert all(each.retry_at is None for each in records)


async def test_what_matched_by_the_fallback_is_compared_with_hma_too_when_it_is_back(
    house: HmaHouse,
) -> None:
    await house.banked("BOTH", png(1), png(1), png(1))
    await house.fake.down()
    outcome = await house.upload(jpeg(1))
    assert [match.bank.name for match in outcome.matches] == ["here"]
    assert (await house.recorded(outcome)).retry_at is not None
    await well(house)
    await house.recheck()
    record = await house.recorded(outcome)
    assert {match.bank for match in record.matches} == {"here", "BOTH"}
    assert record.retry_at is None


async def test_the_words_say_whether_the_lists_here_were_compared(house: HmaHouse, tmp_path: Path) -> None:
    await house.fake.down()
    await house.hma.inquire()
    assert (await house.upload(jpeg(2))).reason == "HMA does not answer. The lists here were compared."
    (tmp_path / "bare").mkdir()
    async with hma_house(tmp_path / "bare") as bare:
        await bare.fake.down()
        await bare.hma.inquire()
        assert (await bare.upload(jpeg(2))).reason == "HMA does not answer."


async def test_the_probe_closes_it_and_a_probe_that_fails_does_not(house: HmaHouse) -> None:
    house.fake.trouble = Trouble.FULL
    await house.upload(jpeg(2))
    assert house.hma.breaker.seconds_left == 7, "as its Retry-After says"
    house.clock.now += 7
    await house.hma.inquire()
    assert house.hma.breaker.state is BreakerState.OPEN
    house.fake.trouble = None
    house.clock.now += house.hma.breaker.seconds_left
    await house.hma.inquire()
    assert house.hma.breaker.is_closed


async def test_the_owner_task_finds_out_by_itself_that_hma_is_back(house: HmaHouse) -> None:
    house.fake.trouble = Trouble.FAULT
    running = asyncio.create_task(house.hma.run())
    await until(house, BreakerState.OPEN)
    house.fake.trouble = None
    house.clock.now += 60
    await until(house, BreakerState.CLOSED)
    running.cancel()


async def until(house: HmaHouse, state: BreakerState) -> None:
    async with asyncio.timeout(60):
        while house.hma.breaker.state is not state:
            await asyncio.sleep(0.01)


async def test_what_is_in_a_mirrored_bank_since_counts_before_hma_has_it(house: HmaHouse) -> None:
    await house.banked("COPIED", png(3), *map(png, FILLERS))
    await house.bank("Copied", png(4))
    await house.hma.inquire()
    outcome = await house.upload(jpeg(4))
    assert [match.is_elsewhere for match in outcome.matches] == [False]
    assert "Copied" in outcome.banks


async def test_a_bank_that_is_off_in_hma_is_off_here_while_hma_answers(house: HmaHouse) -> None:
    await house.banked("COPIED", png(3), *map(png, FILLERS))
    await house.banked("OTHER", jpeg(4))
    await house.bank("Copied", png(3))
    _switch_off(house, "COPIED")
    await house.hma.inquire()
    outcome = await house.upload(jpeg(3))
    assert outcome.verdict is Verdict.NO_MATCH
    assert not {"COPIED", "Copied"} & set(outcome.banks)
    assert "OTHER" in outcome.banks
    await house.fake.down()
    assert (await house.upload(jpeg(3))).verdict is Verdict.MATCHED


def _switch_off(house: HmaHouse, name: str) -> None:
    bank = house.fake.state.bank(name)
    assert bank is not None
    bank.ratio = 0.0


async def test_as_a_union_the_copy_here_counts_in_any_case(tmp_path: Path) -> None:
    async with hma_house(tmp_path, is_union=True) as house:
        await house.banked("COPIED", png(3), *map(png, FILLERS))
        await house.banked("OTHER", jpeg(4))
        await house.bank("Copied", png(3))
        await house.hma.inquire()
        assert len((await house.upload(jpeg(3))).matches) == 2
        _switch_off(house, "COPIED")
        await house.hma.inquire()
        outcome = await house.upload(jpeg(3))
        assert [match.is_elsewhere for match in outcome.matches] == [False]
        assert outcome.banks == ("OTHER", "Copied")


async def test_what_was_decided_here_counts_though_hma_knows_nothing_of_it(house: HmaHouse) -> None:
    taken_down = await house.signals(png(4))
    await house.store.write(
        lambda c: memory.remember(c, taken_down.sha256, "no-case"), lambda events: list(events)
    )
    outcome = await house.upload(png(4))
    assert [match.bank.is_memory for match in outcome.matches] == [True]
    await house.bank("allowed", png(1), role=Role.ALLOW)
    allowed = await house.upload(png(1))
    assert allowed.verdict is Verdict.NO_MATCH


async def test_while_the_index_here_is_built_a_list_that_only_is_here_is_not_compared(
    tmp_path: Path,
) -> None:
    async with hma_house(tmp_path) as house:
        await house.banked("THERE", png(0), *map(png, FILLERS))
        await house.hma.inquire()
        unready = EmbeddedMatcher(house.store, tmp_path / "other")
        house.failover._embedded = unready
        assert (await house.upload(jpeg(2))).verdict is Verdict.NO_MATCH, "nothing is here"
        await house.bank("here", png(1))
        outcome = await house.upload(jpeg(5))
        assert outcome.unchecked is not None
        assert outcome.unchecked.reason == Reason.INDEX_NOT_READY
        assert not house.failover.is_whole


async def test_a_recovery_ends_all_waits_at_once(house: HmaHouse) -> None:
    """What waits with a growing delay need not sit it out."""
    await house.fake.down()
    outcome = await house.upload(jpeg(0))
    for _ in range(6):
        await house.pipeline.process_again(outcome.upload, outcome.signals.sha256)
    await house.rechecks._notice_recovery()
    await well(house)
    await house.recheck()
    assert await house.verdicts(outcome) == ["matched"]


async def test_an_undecoded_picture_is_compared_with_hma_once_it_is_back(house: HmaHouse) -> None:
    """Its exact hashes are all there is: they wait for HMA like any other."""
    await house.fake.down()
    large = png(1) + bytes(1 << 20)
    outcome = await house.upload(large)
    assert (await house.recorded(outcome)).retry_at is not None


async def test_a_stale_index_ends_and_its_uploads_are_checked(house: HmaHouse) -> None:
    state = house.fake.state
    state.add(state.banks[0], {"pdq": "0f" * 32})
    await house.hma.inquire()
    house.clock.now += BEHIND_SECONDS + 1
    await house.hma.inquire()
    assert not house.failover.is_whole
    outcome = await house.upload(jpeg(2))
    assert outcome.verdict is Verdict.NOT_CHECKED
    await house.rechecks._notice_recovery()
    state.build_index()
    await house.hma.inquire()
    await house.recheck()
    assert await house.verdicts(outcome) == ["no_match"]


async def test_the_same_upload_is_recorded_once_whatever_happens(house: HmaHouse) -> None:
    house.fake.trouble = Trouble.HALF_JSON
    outcomes: list[Outcome] = [await house.upload(jpeg(0)) for _ in range(4)]
    await well(house)
    await house.recheck()
    events = await house.events()
    assert events.count("upload.recorded") == 4
    assert events.count("upload.rechecked") == 4
    assert await house.verdicts(*outcomes) == ["matched"] * 4
