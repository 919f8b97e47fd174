"""Nothing that was not checked is forgotten, and nothing of it is called no match."""

from __future__ import annotations

from pathlib import Path

from bridge.catalogue import Category, OnMatch
from bridge.matching.embedded import EmbeddedMatcher
from bridge.matching.matcher import Query
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.policy import Answer
from bridge.rechecks import Rechecks
from bridge.records import Listed
from bridge.signals import Signal, SignalType
from bridge.store.cases import case_records
from bridge.store.retries import due_retries, retry_all
from bridge.store.totals import totals
from bridge.verdicts import Comparison, Reason, Verdict
from tests.houses import Busy, House, jpeg, png


async def test_without_a_list_it_is_not_checked_and_checked_by_itself_once_there_is_one(house: House) -> None:
    outcome = await house.upload(jpeg(0))
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert outcome.unchecked is not None
    assert outcome.unchecked.reason == Reason.NO_LIST
    counted = await house.store.read(totals)
    assert (counted.waiting_unchecked, counted.unchecked_for_good) == (1, 0)
    await house.bank("own", png(0))
    rechecks = Rechecks(house.store, house.matcher, house.pipeline, Pause(house.store))
    await rechecks._notice_recovery()
    due = await house.store.read(lambda connection: due_retries(connection, 9, can_fetch=False))
    assert [each.upload.id for each in due] == [outcome.upload.id]
    again = await house.pipeline.process_again(due[0].upload, due[0].sha256)
    assert again.verdict is Verdict.MATCHED
    record = await house.recorded(outcome)
    assert (record.verdict, record.reason, record.retry_at) == (Verdict.MATCHED, "", None)
    assert record.case_id == again.case_id != ""
    assert (await house.store.read(totals)).waiting_unchecked == 0
    assert (await house.events())[-3:] == ["upload.rechecked", "case.opened", "case.matched"]


async def test_a_later_try_that_fails_too_waits_longer_each_time(house: House) -> None:
    outcome = await house.upload(jpeg(0))
    waits = []
    for _ in range(3):
        before = (await house.recorded(outcome)).retry_at
        await house.pipeline.process_again(outcome.upload, outcome.signals.sha256)
        after = (await house.recorded(outcome)).retry_at
        assert before is not None
        assert after is not None
        waits.append(after - before)
    assert waits == sorted(waits)
    assert waits[0] >= 4000


async def test_a_picture_too_large_is_not_checked_and_needs_a_person(house: House) -> None:
    await house.bank("own", png(0))
    outcome = await house.upload(png(1) + bytes(1 << 20))
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert outcome.unchecked is not None
    assert (outcome.unchecked.reason, outcome.unchecked.retry_after) == (Reason.TOO_LARGE, None)
    record = await house.recorded(outcome)
    assert record.needs_you
    assert (await house.store.read(totals)).unchecked_for_good == 1


async def test_a_picture_too_large_still_matches_by_its_exact_hashes(house: House) -> None:
    await house.bank("own", png(0))
    large = png(1) + bytes(1 << 20)
    first = await house.upload(large)
    await house.banks.add_signals("own", [first.signals.exact[0]], "test")
    assert (await house.upload(large)).verdict is Verdict.MATCHED


async def test_when_the_matcher_fails_the_upload_is_not_checked(house: House) -> None:
    class Broken:
        is_whole = True

        async def match(self, query: Query) -> Comparison:
            raise OSError("the disk is gone")

    await house.bank("own", png(0))
    house.pipeline = Pipeline(house.store, house.hasher, Broken())
    outcome = await house.upload(png(0))
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert outcome.unchecked is not None
    assert outcome.unchecked.reason == Reason.MATCHER_DOWN
    house.pipeline = Pipeline(house.store, house.hasher, house.matcher)
    assert (
        await house.pipeline.process_again(outcome.upload, outcome.signals.sha256)
    ).verdict is Verdict.MATCHED


async def test_a_busy_bridge_does_not_say_no_match(house: House) -> None:
    await house.bank("own", png(0))
    busy = Busy()
    house.pipeline = Pipeline(house.store, busy, house.matcher)
    outcome = await house.upload(png(0)[:-5] + b"other")
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert (await house.recorded(outcome)).needs_you
    busy.close()


async def test_what_could_not_be_read_once_is_compared_when_the_same_bytes_come_again(house: House) -> None:
    await house.bank("own", png(0))
    busy = Busy()
    house.pipeline = Pipeline(house.store, busy, house.matcher)
    first = await house.upload(jpeg(0))
    busy.close()
    house.pipeline = Pipeline(house.store, house.hasher, house.matcher)
    assert (await house.upload(jpeg(0))).verdict is Verdict.MATCHED
    due = await house.store.read(lambda connection: due_retries(connection, 9, can_fetch=False))
    assert [each.upload.id for each in due] == [first.upload.id]
    assert (await house.pipeline.process_again(due[0].upload, due[0].sha256)).verdict is Verdict.MATCHED


async def test_what_a_later_check_finds_counts_though_not_all_could_be_compared(house: House) -> None:
    busy = Busy()
    house.pipeline = Pipeline(house.store, busy, house.matcher)
    first = await house.upload(png(0), did="did:plc:x", cid="bafk1")
    assert first.verdict is Verdict.NOT_CHECKED
    await house.bank("listed")
    await house.banks.add_signals("listed", [Signal(SignalType.SHA256, first.signals.sha256)], "test")
    for _ in range(2):
        async with house.pipeline.receive() as receiver:
            await receiver.feed(png(0))
            await house.pipeline.process(first.upload, await receiver.finish(), again=True)
    record = await house.recorded(first)
    assert (record.verdict, record.case_id != "") == (Verdict.MATCHED, True)
    assert record.retry_at or record.needs_you, "it is compared again until all could be"
    assert (await house.events()).count("case.opened") == 1
    busy.close()


async def test_the_same_bytes_reuse_signals_and_never_verdicts(house: House) -> None:
    await house.bank("own", png(0))
    assert (await house.upload(png(1))).verdict is Verdict.NO_MATCH
    await house.bank("other", png(1))
    busy = Busy()
    house.pipeline = Pipeline(house.store, busy, house.matcher)
    assert (await house.upload(png(1))).verdict is Verdict.MATCHED
    busy.close()


async def test_a_later_check_blocks_nothing_that_nobody_hears_of(house: House) -> None:
    first = await house.upload(png(0))
    on_pds = await house.upload(png(0), did="did:plc:x", cid="bafk1")
    await house.bank("own", png(0), on_match=OnMatch.TAKEDOWN)
    again = await house.pipeline.process_again(first.upload, first.signals.sha256)
    assert (again.answer, again.case_id != "") == (Answer.REVIEW, True)
    assert (await house.pipeline.process_again(on_pds.upload, on_pds.signals.sha256)).answer is Answer.BLOCK
    assert (await house.store.read(totals)).actions_planned == 1


async def test_a_later_check_keeps_the_callers_threshold(house: House) -> None:
    await house.upload(jpeg(0), wanted=0)
    await house.bank("own", png(0))
    await house.store.write(retry_all, ())
    (due,) = await house.store.read(lambda connection: due_retries(connection, 9, can_fetch=False))
    assert (await house.pipeline.process_again(due.upload, due.sha256)).verdict is Verdict.NO_MATCH


async def test_what_matched_exactly_while_the_index_was_built_is_compared_with_the_rest_later(
    house: House, tmp_path: Path
) -> None:
    await house.bank("own", jpeg(0))
    await house.bank("list", png(0), category=Category.NCII, threshold=20)
    ready, unready = house.pipeline, EmbeddedMatcher(house.store, tmp_path / "other")
    house.pipeline = Pipeline(house.store, house.hasher, unready)
    first = await house.upload(jpeg(0))
    assert {match.bank.name for match in first.matches} == {"own"}
    assert (await house.store.read(totals)).waiting_unchecked == 1
    again = await ready.process_again(first.upload, first.signals.sha256)
    assert {match.bank.name for match in again.matches} == {"own", "list"}
    record = await house.recorded(first)
    assert sorted((match.bank, match.signal_type) for match in record.matches) == [
        ("list", "pdq"),
        ("own", "pdq"),
        ("own", "sha256"),
    ]
    cases = await house.store.read(lambda connection: case_records(connection, Listed.ALL, 9))
    assert {case.category for case in cases} == {Category.OWN, Category.NCII}
    assert (await house.store.read(totals)).waiting_unchecked == 0
