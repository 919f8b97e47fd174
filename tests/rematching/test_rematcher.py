"""When a list grows, everything ever seen is compared with what is new in it, and nothing else changes."""

from __future__ import annotations

from sqlalchemy import text

from bridge.banks.memory import remember
from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.decisions import Choice
from bridge.policy import Answer, GateMode
from bridge.receivers import Receivers
from bridge.rematching.finding import Following
from bridge.settings import WebhookSettings
from bridge.signals import (
    Signal,
    SignalType,
)
from bridge.store.rematching import rematch_state
from bridge.verdicts import Verdict
from tests.deciding.deciding import Deciding
from tests.houses import House, jpeg, png
from tests.rematching.growing import cases, grown, matches, unrelated

ON_PDS = {"did": "did:plc:ana", "cid": "bafk1"}


async def test_what_matched_nothing_is_found_when_its_picture_comes_to_a_list(house: House) -> None:
    await unrelated(house)
    outcome = await house.upload(jpeg(0))
    assert outcome.verdict is Verdict.NO_MATCH
    await house.bank("own", png(0))
    await grown(house)
    record = await house.recorded(outcome)
    assert (record.verdict, record.action, record.banks) == (
        Verdict.MATCHED,
        Answer.REVIEW,
        ("unrelated", "own"),
    )
    assert [(m.bank, m.retroactive) for m in record.matches] == [("own", True)]
    (case,) = await cases(house)
    assert (case.id, case.category, case.banks) == (record.case_id, Category.OWN, ("own",))
    assert (await house.events())[-4:] == ["upload.rechecked", "case.opened", "case.matched", "rematch.done"]
    run = await house.store.read(rematch_state)
    assert (run.is_running, run.last, run.found) == (False, 1, 1)


async def test_growing_again_finds_nothing_twice(house: House) -> None:
    await unrelated(house)
    outcome = await house.upload(jpeg(0))
    await house.bank("own", png(0))
    await grown(house)
    before = await house.events()
    await house.bank("more", jpeg(3))
    await grown(house)
    assert (await house.events())[len(before) :] == ["bank.created", "bank.entries_added", "rematch.done"]
    assert await matches(house, outcome) == [("own", "pdq", True)]


async def test_what_matched_at_once_is_not_found_again(house: House) -> None:
    await house.bank("own", png(0))
    outcome = await house.upload(jpeg(0))
    await grown(house)
    assert await matches(house, outcome) == [("own", "pdq", False)]
    assert (await house.events()).count("case.matched") == 1


async def test_a_near_match_found_later_is_for_a_person(house: House) -> None:
    await unrelated(house)
    near = await house.upload(jpeg(0), **ON_PDS)
    same = await house.upload(png(0), did="did:plc:bob", cid="bafk2")
    await house.bank("own", png(0), on_match=OnMatch.TAKEDOWN)
    assert (await house.upload(jpeg(0) + b"\0", did="did:plc:eve", cid="bafk3")).answer is Answer.BLOCK
    await grown(house)
    assert (await house.recorded(near)).action == Answer.REVIEW
    assert (await house.recorded(same)).action == Answer.BLOCK
    statement = text("SELECT did FROM actions WHERE type = 'takedown' ORDER BY id")
    takedowns = await house.store.read(lambda connection: list(connection.scalars(statement)))
    assert takedowns == ["did:plc:eve", "did:plc:bob"]


async def test_a_bank_that_only_watches_opens_no_case(house: House) -> None:
    await unrelated(house)
    outcome = await house.upload(jpeg(0))
    await house.bank("own", png(0), mode=Mode.SHADOW)
    await grown(house)
    record = await house.recorded(outcome)
    assert (record.verdict, record.action, record.case_id) == (Verdict.MATCHED, Answer.NONE, "")


async def test_what_was_released_is_opened_again_by_a_new_entry_only(deciding: Deciding) -> None:
    house = deciding.house
    await house.bank("own", png(0))
    first = await deciding.posted(jpeg(0))
    await deciding.choose(Choice.RELEASE, first.case_id)
    await house.bank("more", jpeg(3))
    await grown(house)
    assert [case.id for case in await cases(house)] == [first.case_id]
    await house.bank("theirs", png(0))
    await grown(house)
    (other,) = [case for case in await cases(house) if case.id != first.case_id]
    assert other.state.value == "open"
    assert await matches(house, first) == [("own", "pdq", False), ("theirs", "pdq", True)]


async def test_an_allow_entry_holds_against_its_entry_and_no_other(deciding: Deciding) -> None:
    house = deciding.house
    await unrelated(house)
    allowed = await deciding.posted(jpeg(0))
    await house.bank("allowed", jpeg(0), role=Role.ALLOW, on_match=OnMatch.LOG)
    await house.bank("own", png(0))
    await grown(house)
    assert (await house.recorded(allowed)).verdict is Verdict.NO_MATCH
    await house.bank("theirs", png(0), category=Category.NCII, threshold=20)
    await grown(house)
    (case,) = await cases(house)
    assert case.category is Category.NCII


async def test_what_was_taken_down_opens_no_second_case_but_for_something_else(deciding: Deciding) -> None:
    house = deciding.house
    await house.bank("own", png(0))
    first = await deciding.posted(jpeg(0))
    await deciding.choose(Choice.TAKEDOWN, first.case_id)
    await house.bank("own too", png(0))
    await grown(house)
    assert [case.id for case in await cases(house)] == [first.case_id]
    assert len(await matches(house, first)) == 2
    await house.bank("theirs", png(0), category=Category.CHILD_SAFETY, threshold=31)
    await grown(house)
    assert {case.category for case in await cases(house)} == {Category.OWN, Category.CHILD_SAFETY}


async def test_what_the_gate_let_in_is_held_for_the_very_same_bytes_only(deciding: Deciding) -> None:
    house = deciding.house
    await unrelated(house)
    await deciding.posted(png(0))
    await deciding.posted(jpeg(0), "did:plc:bob")
    await house.bank("theirs", png(0), category=Category.NCII, threshold=20)
    await grown(house, Following(gate=GateMode.HOLD))
    assert [(row.type, row.did) for row in await deciding.actions()] == [("hold", "did:plc:ana")]


async def test_its_app_is_told(house: House) -> None:
    await unrelated(house)
    settings = WebhookSettings(url="http://127.0.0.1:1/", apps=("app hma-console http://127.0.0.1:2/",))
    outcome = await house.upload(jpeg(0), photo_id="photo-1")
    await house.bank("own", png(0))
    await grown(house, Following(receivers=Receivers.of(settings)))
    statement = text("SELECT receiver, kind FROM messages ORDER BY action_id")
    told = await house.store.read(lambda connection: [tuple(row) for row in connection.execute(statement)])
    assert told == [("key:app", "verdict"), ("", "case")]
    assert (await house.recorded(outcome)).verdict is Verdict.MATCHED


async def test_a_file_that_could_not_be_decoded_is_found_by_its_exact_hash(house: House) -> None:
    await unrelated(house)
    outcome = await house.upload(b"\x89PNG no picture")
    assert outcome.verdict is not Verdict.MATCHED
    await house.bank("own")
    await house.banks.add_signals("own", [Signal(SignalType.MD5, outcome.signals.md5)], "test")
    await grown(house)
    assert await matches(house, outcome) == [("own", "md5", True)]


async def test_what_was_taken_down_here_is_remembered_without_a_second_look(deciding: Deciding) -> None:
    house = deciding.house
    await house.bank("own", png(0))
    first = await deciding.posted(png(0))
    await deciding.choose(Choice.TAKEDOWN, first.case_id)
    sha256 = first.signals.sha256
    await house.store.write(lambda c: remember(c, sha256, first.case_id), lambda events: events)
    before = await house.events()
    await grown(house)
    assert [kind for kind in (await house.events())[len(before) :] if kind != "rematch.done"] == []
