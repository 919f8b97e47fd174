"""A case, and the Queue around it, in their main states: at 80×24, in a narrow and in a wide terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from hma_console.screens.case import CaseScreen
from tests.console.driving import Stage, opened, seen, until
from tests.fakes.answers import DAY, HOUR, MINUTE, NOW, SECOND, Json, case, hit, upload
from tests.fakes.bridge_api import FakeBridge, lived_in
from tests.fakes.case_desk import facts

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]
SIZES = [(66, 22), (80, 24), (140, 40)]


def busy() -> FakeBridge:
    """As the Queue is seldom: reports, notes, an earlier case, a listed picture held at the gate."""
    bridge = lived_in()
    bridge.status["evidence"]["country"] = "US"
    weak = bridge.uploads[9]["matches"][0]
    of_case: Json = {"case_id": "7k2pxxyyzz", "verdict": "matched", "cid": "bafkreihdwdcefgh4q7ea"}
    nearer = weak | {"distance": 12, "likeness": "likely copy", "quality": 80}
    bridge.uploads += [upload(900 + one, HOUR, matches=[nearer], **of_case) for one in range(3)]
    bridge.cases[1]["file_count"] = 4
    held: Json = {"type": "hold", "state": "confirmed", "subject": "blob", "why": ""}
    held |= {"planned_at": NOW - 2 * HOUR, "named": "bafkreihdwdcefgh4q7ea"}
    earlier = {"id": "88adxx", "category": "ncii", "opened_at": NOW - 60 * DAY, "choice": "release"}
    note = {
        "at": NOW - 9 * MINUTE,
        "actor": "user:ana",
        "text": "Asked the account; no answer yet.",
        "is_appeal": False,
    }
    kept = {"upload_id": "u", "kept_at": 0, "has_bytes": False, "has_context": True, "why": ""}
    bridge.desk.details["7k2pxxyyzz"] = {
        "facts": facts(
            wrong=2,
            decided=2,
            others=1,
            alike=3,
            uploads=812,
            first_at=NOW - 1100 * DAY,
            posts=["at://did:plc:k3vq/app.bsky.feed.post/3kabcdefc2xa"],
            waiting=[one["id"] for one in bridge.uploads if one["case_id"] == "7k2pxxyyzz"],
            notes=[note],
            earlier=[earlier],
        ),
        "actions": [held],
        "evidence": [{**kept, "destroy_at": NOW + 365 * DAY, "destroyed_at": None}],
    }
    refused = {"type": "block", "state": "confirmed", "subject": "blob", "named": "", "why": ""}
    exact = facts(decided=4, waiting=["u0000987abcdefgh"], others=1)
    bridge.desk.details["9fd0xxyyzz"] = {
        "facts": exact,
        "actions": [{**refused, "planned_at": NOW - 20 * MINUTE}],
        "evidence": [{**kept, "has_bytes": True, "destroy_at": None, "destroyed_at": None}],
    }
    return bridge


def showing(stage: Stage, keys: str, *words: str) -> Before:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "▸9fd0")
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
        await seen(stage, pilot, *words)

    return before


@pytest.mark.parametrize("size", SIZES)
def test_a_weak_match_held_at_the_gate(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = Stage(busy())
    before = showing(stage, "down enter", "4 files", "Likely copy")
    assert snap_compare(stage.app, run_before=before, terminal_size=size)


@pytest.mark.parametrize("size", SIZES)
def test_child_safety_opens_with_what_to_do(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = Stage(busy())
    before = showing(stage, "enter", "what to do", "report.cybertip.org")
    assert snap_compare(stage.app, run_before=before, terminal_size=size)


def test_a_case_of_reports_alone(snap_compare: Compare) -> None:
    bridge = busy()
    spam = "tools.ozone.report.defs#reasonSpam"
    did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
    row = case("9fd0xxyyzz", 3 * HOUR, hit(), did=did, sender="", banks=[], reporters=2, report_reason=spam)
    bridge.cases[0] = row | {"closest": None, "file_count": 0}
    of_case = next(one for one in bridge.uploads if one["case_id"] == "9fd0xxyyzz")
    of_case["matches"][0]["retroactive"] = False
    report = {"id": 1, "reported_at": NOW - HOUR, "reporter": "did:plc:bobbobbobbob", "reason_type": spam}
    said = {"reason": "The same words under every post.", "subject": {}}
    bridge.desk.details["9fd0xxyyzz"] = {"reports": [report | said]}
    stage = Stage(bridge)
    assert snap_compare(stage.app, run_before=showing(stage, "enter", "The same words"))


def test_reasons_for_a_false_match(snap_compare: Compare) -> None:
    stage = Stage(busy())
    assert snap_compare(stage.app, run_before=showing(stage, "down enter f", "wrong here 3 times"))


def test_a_case_after_the_one_before_was_decided(snap_compare: Compare) -> None:
    stage = Stage(busy())

    async def before(pilot: Pilot[Any]) -> None:
        await showing(stage, "down enter", "4 files")(pilot)
        await pilot.press("r")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "u undo", "Case c41m")
        await until(pilot, lambda: stage.app.known.facts.waiting == 2)
        stage.clock.now += 10 * SECOND
        assert isinstance(stage.app.screen, CaseScreen)
        stage.app.screen.draw()
        await until(pilot, lambda: stage.words().count("50 s") == 3)  # in the facts, the files, the undo

    assert snap_compare(stage.app, run_before=before)


def test_the_queue_with_a_flood_and_selected_cases(snap_compare: Compare) -> None:
    bridge = busy()
    bridge.cases += [case(f"f{number:03d}xxxxxx", number * SECOND, hit(content_id=4)) for number in range(60)]
    stage = Stage(bridge)
    before = showing(stage, "down space space", "2 selected", "▸×60")
    assert snap_compare(stage.app, run_before=before)


def test_the_queue_of_decided_cases(snap_compare: Compare) -> None:
    stage = Stage(busy())
    stage.bridge.desk.decide("7k2pxxyyzz", "takedown", ago=3 * HOUR)
    stage.bridge.desk.decide("c41mxxyyzz", "release", "user:bob", ago=DAY)
    stage.bridge.status["undo"] = None
    assert snap_compare(stage.app, run_before=showing(stage, "o o", "2 cases decided", "u opens it again"))


def test_the_queue_is_empty(snap_compare: Compare, stage: Stage) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        stage.bridge.cases = []
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "Nothing waits.")

    assert snap_compare(stage.app, run_before=before)
