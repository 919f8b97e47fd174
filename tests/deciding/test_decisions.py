"""What a person decides happens whole or not at all, is logged with its actions, and can be taken back."""

from __future__ import annotations

import asyncio

import pytest

from bridge.catalogue import Category, OnMatch
from bridge.decisions import Choice, Wanted
from bridge.errors import CaseDecided, Conflict, InputError, NotFound
from bridge.records import CaseState, Listed
from bridge.store.case_facts import others_of_case
from bridge.store.cases import case_records
from bridge.uploads import now_ms
from tests.deciding.deciding import ANA, BOB, Deciding, held
from tests.houses import jpeg, png


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


async def test_a_note_is_written_into_the_case_and_the_log(deciding: Deciding) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    assert await deciding.decisions.note(case_id[:6], "asked the owner", "user:ana") == case_id
    assert (await deciding.house.events())[-1] == "case.noted"
    for words in ("", "  ", "x" * 4001):
        with pytest.raises(InputError):
            await deciding.decisions.note(case_id, words, "user:ana")


@pytest.mark.parametrize("reason", ["Not A Code", "x" * 41, "did:plc:ana", "unsure", "child-sexual-abuse"])
async def test_a_reason_is_one_for_the_choice_in_the_category(deciding: Deciding, reason: str) -> None:
    case_id = (await deciding.posted(png(0))).case_id
    with pytest.raises(InputError):
        await deciding.choose(Choice.TAKEDOWN, case_id, reason=reason)


async def test_a_case_without_pictures_has_none_to_take_down(deciding: Deciding) -> None:
    case_id = (await deciding.house.upload(jpeg(0))).case_id
    await deciding.choose(Choice.TAKEDOWN, case_id)
    assert await deciding.planned() == [], "an app hears of it; there is no PDS to act on"


async def test_other_accounts_with_the_same_picture_are_told(deciding: Deciding) -> None:
    mine = (await deciding.posted(png(0))).case_id
    theirs = await deciding.posted(png(0), BOB)
    copy = await deciding.posted(jpeg(0), "did:plc:eve")
    await deciding.posted(png(3), BOB)
    near, same = await deciding.store.read(lambda c: others_of_case(c, mine, 9))
    assert (same.did, same.upload_id, same.case_id) == (BOB, theirs.upload.id, theirs.case_id)
    assert (near.did, near.upload_id, near.case_id) == ("did:plc:eve", copy.upload.id, copy.case_id)
    assert (same.is_same, near.is_same) == (True, False)
