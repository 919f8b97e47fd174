"""When a list grows, everything ever seen is compared with what is new in it, and nothing else changes."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial

import numpy as np
import pytest
from sqlalchemy import text

from bridge.banks.memory import remember
from bridge.catalogue import Bank, Category, Mode, OnMatch, Role
from bridge.decisions import Choice
from bridge.events import Event, EventType
from bridge.matching.codes import bytes_of
from bridge.outcomes import Outcome
from bridge.pause import Pause
from bridge.policy import Answer, GateMode
from bridge.receivers import Receivers
from bridge.receiving import content_of
from bridge.records import CaseRecord, Listed, MatchRecord
from bridge.rematching import rematcher as module
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
from bridge.settings import WebhookSettings
from bridge.signals import (
    PUT_BACK_SHARES,
    TURNED_NAMES,
    UPRIGHT,
    Signal,
    Signals,
    SignalType,
    View,
    ViewKind,
    ViewName,
)
from bridge.store.banks import find_bank
from bridge.store.cases import case_records
from bridge.store.entries import add_entries
from bridge.store.rematching import rematch_state
from bridge.store.signals import keep_signals
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict
from tests.deciding.deciding import Deciding
from tests.houses import House, jpeg, png
from tests.matching.planting import flipped, random_codes

ON_PDS = {"did": "did:plc:ana", "cid": "bafk1"}


async def grown(house: House, following: Following | None = None) -> None:
    pause = Pause(house.store)
    await Rematcher(house.store, house.pipeline, pause, following or Following()).catch_up()


async def cases(house: House) -> list[CaseRecord]:
    return await house.store.read(lambda connection: case_records(connection, Listed.ALL, 99))


async def matches(house: House, outcome: Outcome) -> list[tuple[str, str, bool]]:
    return [(m.bank, m.signal_type.value, m.retroactive) for m in (await house.recorded(outcome)).matches]


async def unrelated(house: House) -> None:
    """Uploads are compared with something, and match nothing."""
    await house.bank("unrelated", jpeg(5))


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


async def test_an_upload_that_comes_while_the_list_grows_is_neither_missed_nor_doubled(house: House) -> None:
    await unrelated(house)
    await house.upload(jpeg(4))  # so that something was seen
    upload, content = Upload(Source.API, "key:app"), content_of(jpeg(0))
    before = await house.pipeline.examine(upload, content)
    await house.bank("own", png(0))
    between = await house.upload(jpeg(0))
    await grown(house)
    assert between.verdict is Verdict.MATCHED
    assert await matches(house, between) == [("own", "pdq", False)]
    late = await house.pipeline.record(before, content)
    assert late.verdict is Verdict.NO_MATCH
    await grown(house)
    assert await matches(house, late) == [("own", "pdq", True)]
    await grown(house)
    assert (await house.events()).count("case.matched") == 2
    after = await house.upload(jpeg(0))
    await grown(house)
    assert await matches(house, after) == [("own", "pdq", False)]


async def test_a_run_that_was_cut_off_goes_on_and_finds_each_upload_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)
    monkeypatch.setattr(module, "GROUP", 1)
    await unrelated(house)
    sent = [await house.upload(jpeg(0) + bytes([number])) for number in range(8)]
    await house.bank("own", png(0))
    seq = house.store.seq
    cut = asyncio.create_task(grown(house))
    await house.store.wait_for_news(seq + 3, 30)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    run = await house.store.read(rematch_state)
    assert run.is_running
    assert 0 < run.found < 8
    await house.bank("later", jpeg(0))  # not what the run is about
    await grown(house)
    for outcome in sent:
        assert [bank for bank, *_ in await matches(house, outcome)].count("own") == 1
    assert (await house.events()).count("rematch.done") == 2


async def test_a_pause_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.01)
    await unrelated(house)
    outcome = await house.upload(jpeg(0))
    await house.bank("own", png(0))
    pause = Pause(house.store)
    await pause.begin("user:ana")
    running = asyncio.create_task(Rematcher(house.store, house.pipeline, pause, Following()).run())
    seq = house.store.seq
    assert await house.store.wait_for_news(seq, 0.3) == seq
    await pause.end("user:ana")
    while (await house.recorded(outcome)).verdict is not Verdict.MATCHED:
        seq = await house.store.wait_for_news(seq, 10)
    running.cancel()


@pytest.mark.parametrize("seed", range(2))
async def test_it_finds_what_a_direct_comparison_finds(house: House, seed: int) -> None:
    """Random banks, entries and views near them, of all kinds and qualities."""
    random = np.random.default_rng(seed)
    await unrelated(house)
    codes = random_codes(1_200, seed)
    uploads = await _past(house, codes, random)
    await _banks(house, codes, random)
    await grown(house)
    found = 0
    for upload, sha256 in uploads:
        direct = await house.pipeline.examine_again(upload, sha256)
        record = await house.recorded(direct)
        assert record.verdict is direct.verdict
        if direct.verdict is Verdict.MATCHED:
            found += 1
            assert _told(record.matches) == {
                (m.entry_id, m.distance, m.view.words, m.quality, m.cancelled_by) for m in direct.matches
            }
    assert 10 < found < len(uploads), "some match, and some do not"
    assert (await house.store.read(rematch_state)).found == found


def _told(records: tuple[MatchRecord, ...]) -> set[tuple[int, int, str, int | None, str]]:
    return {(m.entry_id, m.distance, m.view.words, m.quality, m.cancelled_by) for m in records}


_NAMES = (
    UPRIGHT,
    ViewName(ViewKind.ORIENTED),
    *(ViewName(ViewKind.TURNED, number) for number in range(len(TURNED_NAMES))),
    *(ViewName(ViewKind.PUT_BACK, number) for number in range(len(PUT_BACK_SHARES))),
)


async def _past(
    house: House, codes: np.ndarray[tuple[int, int], np.dtype[np.uint64]], random: np.random.Generator
) -> list[tuple[Upload, bytes]]:
    """120 uploads, each with four views, one of which is up to 36 bits from one of the codes."""
    uploads = []
    for number in range(120):
        near = flipped(codes[[number % 60]], random.integers(0, 37, 1), int(random.integers(1 << 30)))
        values = [*bytes_of(random_codes(3, 1_000 + number)), *bytes_of(near)]
        names = random.choice(len(_NAMES), 4, replace=False)
        views = tuple(
            View(_NAMES[name], value, int(random.integers(30, 101)))
            for name, value in zip(names, values, strict=True)
        )
        body = f"{number}".encode()
        hashes = (hashlib.sha256(body).digest(), hashlib.sha1(body).digest(), hashlib.md5(body).digest())
        signals = Signals(*hashes, size=1, media_type="image/png", views=views)
        wanted = int(random.integers(0, 32)) if number % 5 == 0 else None
        upload = Upload(Source.API, "key:app", claimed_author=f"author {number}", wanted=wanted)
        await house.store.write(partial(keep_signals, signals=signals), ())
        outcome = await house.pipeline.examine_again(upload, signals.sha256)
        assert outcome.verdict is Verdict.NO_MATCH
        await house.pipeline.record(outcome)
        uploads.append((upload, signals.sha256))
    return uploads


async def _banks(
    house: House, codes: np.ndarray[tuple[int, int], np.dtype[np.uint64]], random: np.random.Generator
) -> None:
    """Four banks with a threshold and a taste of their own share the codes; some are allowed."""
    made = (
        Bank("wide", Category.TERRORISM, threshold=31),
        Bank("narrow", Category.NCII, threshold=20),
        Bank("mine", threshold=24),
        Bank("poor", Category.CHILD_SAFETY, threshold=31, takes_poor_quality=True),
        Bank("let", role=Role.ALLOW, on_match=OnMatch.LOG, threshold=4),
    )
    for bank in made:
        await house.bank(
            bank.name, **{name: getattr(bank, name) for name in Bank.__slots__ if name != "name"}
        )
    shares = random.integers(0, len(made), len(codes))
    said = Event(EventType.ENTRIES_ADDED, "all")
    for share, each in enumerate(made):
        bank = await house.store.read(partial(find_bank, name=each.name))
        values = bytes_of(codes[shares == share])
        qualities = [*random.integers(50, 101, len(values)).tolist()]
        signals = [
            Signal(SignalType.PDQ, value, quality if quality % 3 else None)
            for value, quality in zip(values, qualities, strict=True)
        ]
        await house.store.write(partial(add_entries, bank=bank, signals=signals), [said])
