"""A run over everything seen: cut off, paused, with uploads meanwhile; it finds what a direct look finds."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial

import numpy as np
import pytest

from bridge.catalogue import Bank, Category, OnMatch, Role
from bridge.events import Event, EventType
from bridge.matching.codes import bytes_of
from bridge.pause import Pause
from bridge.receiving import content_of
from bridge.records import MatchRecord
from bridge.rematching import rematcher as module
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
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
from bridge.store.entries import add_entries
from bridge.store.rematching import rematch_state
from bridge.store.signals import keep_signals
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict
from tests.houses import House, jpeg, png
from tests.matching.planting import flipped, random_codes
from tests.rematching.growing import grown, matches, unrelated

ON_PDS = {"did": "did:plc:ana", "cid": "bafk1"}


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
    assert (await house.events()).count("rematch.done") == 1, "once for all that was new"


async def test_many_runs_are_told_as_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEWER_ENTRIES", 3)
    await unrelated(house)
    for number in range(3):
        await house.upload(jpeg(number))
    await grown(house)
    await house.bank("own", png(0), png(2))
    await grown(house)
    run = await house.store.read(rematch_state)
    assert (run.entries, run.found, run.is_running) == (8, 2, False)
    assert run.ended_at >= run.began_at > 0
    assert (await house.events()).count("rematch.done") == 2
    await house.bank("own again", png(1))
    await grown(house)
    assert (await house.store.read(rematch_state)).found == 1


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
