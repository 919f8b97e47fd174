"""An undo brings back what stood before, once, and as far as it can."""

from __future__ import annotations

import pytest

from bridge.catalogue import Category
from bridge.compliance.erasure import Erasures
from bridge.decisions import Choice
from bridge.errors import Conflict
from bridge.records import CaseState, Listed
from bridge.store.cases import case_records
from bridge.store.decisions import undoable
from bridge.uploads import now_ms
from tests.deciding.deciding import ANA, BOB, Deciding, held
from tests.houses import png


@pytest.fixture(autouse=True)
async def bank(deciding: Deciding) -> None:
    await deciding.house.bank("own", *(png(number) for number in range(4)))


async def test_a_hold_that_nobody_began_is_ended_and_nothing_restored(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0), hold=True)).case_id
    await deciding.choose(Choice.RELEASE, case_id)
    assert await deciding.planned() == [("hold", "cancelled")]
    assert "action.cancelled" in await deciding.house.events()


@pytest.mark.parametrize("state", ["planned", "running", "confirmed"])
async def test_an_undone_takedown_leaves_what_was(deciding: Deciding, state: str) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    done = await deciding.choose(Choice.TAKEDOWN, case_id)
    await deciding.carry_out(state)
    undone = await deciding.decisions.undo(done.batch, "user:ana")
    assert (undone.cases, undone.told) == ((case_id,), 0)
    expected = {
        "planned": [("takedown", "cancelled")],
        "running": [("takedown", "cancelled"), ("restore", "planned")],
        "confirmed": [("takedown", "confirmed"), ("restore", "planned")],
    }
    assert await deciding.planned() == expected[state]
    assert (await deciding.case(case_id)).state is CaseState.OPEN
    assert (await deciding.choose(Choice.TAKEDOWN, case_id)).files == 1, "its files wait again"


async def test_an_undone_takedown_of_what_was_held_is_held_again(deciding: Deciding) -> None:
    case_id = await held(deciding, 0)
    done = await deciding.choose(Choice.TAKEDOWN, case_id)
    await deciding.carry_out()
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("hold", "confirmed"), ("takedown", "confirmed"), ("hold", "planned")]


@pytest.mark.parametrize("state", ["planned", "running", "confirmed"])
async def test_an_undone_release_is_held_again(deciding: Deciding, state: str) -> None:
    case_id = await held(deciding, 0)
    done = await deciding.choose(Choice.RELEASE, case_id)
    await deciding.carry_out(state)
    await deciding.decisions.undo(done.batch, "user:ana")
    expected = {
        "planned": [("hold", "confirmed"), ("restore", "cancelled")],
        "running": [("hold", "confirmed"), ("restore", "cancelled"), ("hold", "planned")],
        "confirmed": [("hold", "confirmed"), ("restore", "confirmed"), ("hold", "planned")],
    }
    assert await deciding.planned() == expected[state]


async def test_a_hold_that_a_release_ended_before_it_began_is_planned_again(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0), hold=True)).case_id
    done = await deciding.choose(Choice.RELEASE, case_id)
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("hold", "cancelled"), ("hold", "planned")]


async def test_later_and_escalated_cases_are_marked_and_undone(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id

    async def listed(which: Listed) -> list[str]:
        return [case.id for case in await deciding.store.read(lambda c: case_records(c, which, 9))]

    later = await deciding.choose(Choice.LATER, case_id, reason="later")
    assert (await listed(Listed.WAITING), await listed(Listed.LATER)) == ([], [case_id])
    await deciding.decisions.undo(later.batch, "user:ana")
    assert (await listed(Listed.WAITING), await listed(Listed.LATER)) == ([case_id], [])
    escalated = await deciding.choose(Choice.ESCALATE, case_id, reason="unsure")
    assert (await deciding.case(case_id)).escalated_at > 0
    await deciding.decisions.undo(escalated.batch, "user:ana")
    assert (await deciding.case(case_id)).escalated_at == 0
    assert (await deciding.choose(Choice.TAKEDOWN, case_id)).files == 1


async def test_the_newest_that_can_be_undone_is_known_until_its_window_ends(deciding: Deciding) -> None:
    one = (await deciding.posted(png(0), ANA)).case_id
    two = (await deciding.posted(png(0), BOB)).case_id
    first = await deciding.choose(Choice.TAKEDOWN, one)
    second = await deciding.choose(Choice.TAKEDOWN, two)

    async def newest(now: int) -> list[str]:
        return [each.batch for each in await deciding.store.read(lambda c: undoable(c, now))]

    assert await newest(now_ms()) == [second.batch]
    await deciding.decisions.undo(second.batch, "user:ana")
    assert await newest(now_ms()) == [first.batch]
    assert await newest(first.undo_until) == []


async def test_what_is_new_while_a_decision_can_be_undone_has_a_case_of_its_own(deciding: Deciding) -> None:
    first = (await deciding.posted(png(0))).case_id
    done = await deciding.choose(Choice.TAKEDOWN, first)
    second = (await deciding.posted(png(1))).case_id
    assert second != first
    await deciding.decisions.undo(done.batch, "user:ana")
    assert (await deciding.posted(png(2))).case_id == second, "both are open; what is new joins the newest"


async def test_one_takedown_is_taken_back_and_its_case_stays_decided(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    await deciding.carry_out()
    await deciding.decisions.reverse(1, "user:ana")
    assert await deciding.planned() == [("takedown", "confirmed"), ("restore", "planned")]
    assert (await deciding.case(case_id)).state is CaseState.DECIDED
    with pytest.raises(Conflict):
        await deciding.decisions.reverse(1, "user:ana")


async def test_a_hold_that_two_cases_let_go_comes_back_once(deciding: Deciding) -> None:
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    await deciding.posted(png(0), hold=True)
    cases = [case.id for case in await deciding.store.read(lambda c: case_records(c, Listed.OPEN, 9))]
    done = await deciding.choose(Choice.RELEASE, *cases)
    assert await deciding.planned() == [("hold", "cancelled")]
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("hold", "cancelled"), ("hold", "planned")]


async def test_a_hold_of_another_case_that_a_release_ended_comes_back(deciding: Deciding) -> None:
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    theirs = (await deciding.posted(png(0), hold=True)).case_id
    cases = [case.id for case in await deciding.store.read(lambda c: case_records(c, Listed.OPEN, 9))]
    [own] = [case for case in cases if case != theirs]
    await deciding.choose(Choice.RELEASE, theirs)
    done = await deciding.choose(Choice.RELEASE, own)
    assert await deciding.planned() == [("hold", "cancelled")]
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("hold", "cancelled"), ("hold", "planned")]


async def test_what_was_erased_is_not_opened_again(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    done = await deciding.choose(Choice.RELEASE, case_id)
    await Erasures(deciding.store).erase_case(case_id, "data-subject", "user:ana")
    with pytest.raises(Conflict, match="erased"):
        await deciding.decisions.undo(done.batch, "user:ana")
