"""What a person decides happens whole or not at all, is logged with its actions, and can be taken back."""

from __future__ import annotations

import asyncio

import pytest

from bridge.catalogue import Category, OnMatch
from bridge.compliance.erasure import Erasures
from bridge.decisions import Choice, Wanted
from bridge.errors import CaseDecided, Conflict, InputError, NotFound
from bridge.records import CaseState, Listed
from bridge.store.cases import case_records
from bridge.store.decisions import undoable
from bridge.uploads import now_ms
from tests.deciding.deciding import ANA, BOB, Deciding
from tests.houses import jpeg, png


async def held(deciding: Deciding, *pictures: int, did: str = ANA) -> str:
    """A case of pictures that were held at the gate and are down by now; its id."""
    case_id = ""
    for number in pictures:
        case_id = (await deciding.posted(png(number), did, hold=True)).case_id
    await deciding.carry_out()
    return case_id


@pytest.fixture(autouse=True)
async def bank(deciding: Deciding) -> None:
    await deciding.house.bank("own", *(png(number) for number in range(4)))


async def test_a_picture_that_is_taken_down_is_planned_at_once_and_its_case_decided(
    deciding: Deciding,
) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    done = await deciding.choose(Choice.TAKEDOWN, case_id, note="seen before")
    assert (done.cases, done.files, done.left) == ((case_id,), 1, ())
    assert await deciding.planned() == [("takedown", "planned")]
    assert await deciding.due() == ["takedown"]
    case = await deciding.case(case_id)
    assert (case.state, case.decided_at > 0) == (CaseState.DECIDED, True)
    assert (await deciding.house.events())[-2:] == ["decision.made", "action.planned"]


async def test_what_was_taken_down_by_itself_is_not_taken_down_again(deciding: Deciding) -> None:
    await deciding.house.bank("sure", png(1), on_match=OnMatch.TAKEDOWN)
    case_id = (await deciding.posted(png(1))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    assert await deciding.planned() == [("takedown", "planned")]


async def test_a_release_takes_a_hold_back(deciding: Deciding) -> None:
    case_id = await held(deciding, 0, 1)
    await deciding.choose(Choice.RELEASE, case_id)
    assert await deciding.planned() == [("hold", "confirmed")] * 2 + [("restore", "planned")] * 2


async def test_a_hold_that_nobody_began_is_ended_and_nothing_restored(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0), hold=True)).case_id
    await deciding.choose(Choice.RELEASE, case_id)
    assert await deciding.planned() == [("hold", "cancelled")]
    assert "action.cancelled" in await deciding.house.events()


async def test_what_another_case_wants_down_stays_down(deciding: Deciding) -> None:
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    outcome = await deciding.posted(png(0), hold=True)
    await deciding.carry_out()
    cases = await deciding.store.read(lambda c: case_records(c, Listed.OPEN, 9))
    own, theirs = sorted((case.id for case in cases), key=lambda each: each == outcome.case_id)
    released = await deciding.choose(Choice.RELEASE, own)
    assert released.kept_down == 1
    assert await deciding.planned() == [("hold", "confirmed")]
    await deciding.choose(Choice.RELEASE, theirs)
    assert await deciding.planned() == [("hold", "confirmed"), ("restore", "planned")]


async def test_what_was_taken_down_in_another_case_stays_down(deciding: Deciding) -> None:
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    first = (await deciding.posted(png(0), hold=True)).case_id
    cases = await deciding.store.read(lambda c: case_records(c, Listed.OPEN, 9))
    [other] = [case.id for case in cases if case.id != first]
    await deciding.choose(Choice.TAKEDOWN, first)
    assert (await deciding.choose(Choice.RELEASE, other)).kept_down == 1


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


async def test_an_account_waits_for_the_end_of_the_window_its_pictures_do_not(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    done = await deciding.choose(Choice.TAKEDOWN_ACCOUNT, case_id)
    assert await deciding.due() == ["takedown"]
    assert [(row.type, row.cid != "") for row in await deciding.actions()] == [
        ("takedown", True),
        ("takedown", False),
    ]
    assert 50_000 < done.undo_until - now_ms() <= 60_000
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("takedown", "cancelled")] * 2


async def test_the_first_decision_wins(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    with pytest.raises(CaseDecided, match=r"decided by ana \d+ s ago: picture taken down"):
        await deciding.choose(Choice.RELEASE, case_id)
    assert await deciding.planned() == [("takedown", "planned")]


async def test_the_same_request_again_is_the_same_decision(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    first = await deciding.choose(Choice.TAKEDOWN, case_id, key="mine")
    again = await deciding.choose(Choice.TAKEDOWN, case_id, key="mine")
    assert (again.batch, again.files) == (first.batch, 1)
    assert (await deciding.house.events()).count("decision.made") == 1


async def test_some_files_are_decided_and_the_rest_waits(deciding: Deciding) -> None:
    first = await deciding.posted(png(0))
    second = await deciding.posted(png(1))
    done = await deciding.choose(Choice.TAKEDOWN, Wanted(first.case_id, (second.upload.id,)))
    assert done.left == (first.case_id,)
    assert [row.cid for row in await deciding.actions()] == [second.upload.cid]
    assert (await deciding.case(first.case_id)).state is CaseState.OPEN
    with pytest.raises(CaseDecided):
        await deciding.choose(Choice.RELEASE, Wanted(first.case_id, (second.upload.id,)))
    rest = await deciding.choose(Choice.RELEASE, first.case_id)
    assert (rest.files, rest.left) == (1, ())
    assert (await deciding.case(first.case_id)).state is CaseState.DECIDED


async def test_a_batch_happens_whole_or_not_at_all(deciding: Deciding) -> None:
    one = (await deciding.posted(png(0), ANA)).case_id
    two = (await deciding.posted(png(0), BOB)).case_id
    before = await deciding.house.events()
    for wrong in (Wanted("none"), Wanted(two, ("no such file",)), one):
        with pytest.raises((NotFound, InputError)):
            await deciding.choose(Choice.TAKEDOWN, one, wrong)
    assert (await deciding.house.events(), await deciding.planned()) == (before, [])
    done = await deciding.choose(Choice.TAKEDOWN, one, two)
    assert await deciding.planned() == [("takedown", "planned")] * 2
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.planned() == [("takedown", "cancelled")] * 2
    with pytest.raises(Conflict):
        await deciding.decisions.undo(done.batch, "user:ana")


async def test_two_who_decide_at_one_time_do_not_both_decide(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0), hold=True)).case_id
    results = await asyncio.gather(
        deciding.choose(Choice.TAKEDOWN, case_id),
        deciding.choose(Choice.RELEASE, case_id),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in results] == ["Decided", "CaseDecided"]


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


async def test_evidence_ends_a_week_after_a_release_not_while_the_case_is_open(
    deciding: Deciding,
) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    outcome = await deciding.posted(png(1))
    await deciding.keep(case_id, outcome.upload.id)
    done = await deciding.choose(Choice.RELEASE, case_id)
    assert await deciding.days_left(case_id) == [pytest.approx(7, abs=0.1)]
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.destroyed_at(case_id) == [None]
    await deciding.choose(Choice.TAKEDOWN, case_id)
    assert await deciding.days_left(case_id) == [pytest.approx(365, abs=0.1)]


async def test_one_takedown_is_taken_back_and_its_case_stays_decided(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    await deciding.carry_out()
    await deciding.decisions.reverse(1, "user:ana")
    assert await deciding.planned() == [("takedown", "confirmed"), ("restore", "planned")]
    assert (await deciding.case(case_id)).state is CaseState.DECIDED
    with pytest.raises(Conflict):
        await deciding.decisions.reverse(1, "user:ana")


async def test_a_note_is_written_into_the_case_and_the_log(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    assert await deciding.decisions.note(case_id[:6], "asked the owner", "user:ana") == case_id
    assert (await deciding.house.events())[-1] == "case.noted"
    for words in ("", "  ", "x" * 4001):
        with pytest.raises(InputError):
            await deciding.decisions.note(case_id, words, "user:ana")


@pytest.mark.parametrize("reason", ["", "Not A Code", "x" * 41, "did:plc:ana"])
async def test_a_reason_is_a_code(deciding: Deciding, reason: str) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    with pytest.raises(InputError):
        await deciding.choose(Choice.TAKEDOWN, case_id, reason=reason)


async def test_a_case_without_pictures_has_none_to_take_down(deciding: Deciding) -> None:
    case_id = (await deciding.house.upload(jpeg(0))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    assert await deciding.planned() == [], "an app hears of it; there is no PDS to act on"


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
