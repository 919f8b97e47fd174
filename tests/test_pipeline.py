"""The pipeline: every upload ends as one of four verdicts, recorded with its events."""

from __future__ import annotations

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.policy import Answer
from bridge.records import Listed
from bridge.store.cases import case_records
from bridge.store.totals import totals
from bridge.verdicts import Verdict
from tests.houses import House, jpeg, png


async def test_a_copy_is_matched_and_opens_a_case(house: House) -> None:
    await house.bank("own", png(0))
    outcome = await house.upload(jpeg(0), photo_id="p1", claimed_author="did:plc:x")
    assert (outcome.verdict, outcome.answer) == (Verdict.MATCHED, Answer.REVIEW)
    record = await house.recorded(outcome)
    assert (record.verdict, record.action, record.case_id) == (Verdict.MATCHED, "REVIEW", outcome.case_id)
    (match,) = record.matches
    assert (match.bank, match.likeness) == ("own", "near-certain copy")
    (case,) = await house.store.read(lambda connection: case_records(connection, Listed.ALL, 9))
    assert (case.id, case.file_count, case.category) == (outcome.case_id, 1, Category.OWN)
    happened = ["bank.created", "bank.entries_added", "upload.recorded", "case.opened", "case.matched"]
    assert await house.events() == happened


async def test_another_picture_is_no_match_and_names_what_it_was_compared_with(house: House) -> None:
    await house.bank("own", png(0))
    outcome = await house.upload(png(1))
    record = await house.recorded(outcome)
    assert (record.verdict, record.banks, record.matches) == (Verdict.NO_MATCH, ("own",), ())
    assert outcome.answer is Answer.NONE


async def test_what_cannot_be_decoded_is_unhashable_and_never_no_match(house: House) -> None:
    await house.bank("own", png(0))
    for broken in (png(1)[:2000], b"\xff\xd8\xff" + bytes(100), b"hello", b"GIF89a"):
        outcome = await house.upload(broken)
        record = await house.recorded(outcome)
        assert record.verdict is Verdict.UNHASHABLE
        assert record.reason


async def test_the_exact_hashes_of_a_broken_picture_still_count(house: House) -> None:
    broken = png(1)[:2000]
    await house.bank("own", png(0))
    outcome = await house.upload(broken)
    await house.banks.add_signals("own", [outcome.signals.exact[2]], "test")
    assert (await house.upload(broken)).verdict is Verdict.MATCHED


async def test_a_match_of_a_shadow_bank_is_told_and_nothing_is_done(house: House) -> None:
    await house.bank("own", png(0), mode=Mode.SHADOW)
    outcome = await house.upload(jpeg(0))
    assert (outcome.verdict, outcome.answer, outcome.case_id) == (Verdict.MATCHED, Answer.NONE, "")


async def test_a_picture_taken_back_by_an_allow_bank_is_no_match_and_says_why(house: House) -> None:
    await house.bank("own", png(0))
    await house.bank("own allow", jpeg(0), role=Role.ALLOW)
    outcome = await house.upload(jpeg(0))
    assert (outcome.verdict, outcome.case_id) == (Verdict.NO_MATCH, "")
    cancelled = {match.bank: match.cancelled_by for match in (await house.recorded(outcome)).matches}
    assert cancelled == {"own": "own allow", "own allow": ""}


async def test_matches_of_one_author_gather_in_one_case(house: House) -> None:
    await house.bank("own", png(0), png(1))
    first = await house.upload(jpeg(0), claimed_author="did:plc:x")
    second = await house.upload(jpeg(1), claimed_author="did:plc:x")
    other = await house.upload(jpeg(1), claimed_author="did:plc:y")
    alone = await house.upload(jpeg(1))
    assert first.case_id == second.case_id
    assert len({first.case_id, other.case_id, alone.case_id}) == 3
    assert "case.joined" in await house.events()


async def test_an_automatic_takedown_waits_in_the_outbox_for_what_lies_on_the_pds(house: House) -> None:
    await house.bank("own", png(0), on_match=OnMatch.TAKEDOWN)
    outcome = await house.upload(png(0), did="did:plc:x", cid="bafk1")
    assert outcome.answer is Answer.BLOCK
    assert (await house.store.read(totals)).actions_planned == 1
    assert "action.planned" in await house.events()


async def test_the_fourth_takedown_for_one_entry_within_an_hour_asks_a_person(house: House) -> None:
    await house.bank("own", png(0), on_match=OnMatch.TAKEDOWN)
    answers = [(await house.upload(png(0))).answer for _ in range(4)]
    assert answers == [Answer.BLOCK, Answer.BLOCK, Answer.BLOCK, Answer.REVIEW]


async def test_totals_count_every_verdict_also_after_a_later_check(house: House) -> None:
    first = await house.upload(jpeg(0))
    await house.bank("own", png(0))
    await house.upload(png(1))
    await house.upload(b"hello")
    counted = await house.store.read(totals)
    assert dict(counted.uploads) == {
        Verdict.MATCHED: 0,
        Verdict.NO_MATCH: 1,
        Verdict.NOT_CHECKED: 1,
        Verdict.UNHASHABLE: 1,
    }
    assert (counted.upload_days[-1], sum(counted.upload_days)) == (3, 3)
    assert counted.match_days[-1] == 0
    await house.pipeline.process_again(first.upload, first.signals.sha256)
    counted = await house.store.read(totals)
    assert (counted.uploads[Verdict.MATCHED], counted.uploads[Verdict.NOT_CHECKED]) == (1, 0)
    assert counted.match_days[-1] == 1
