"""Undo: shown on every screen while it can be, whoever decided; and long after, from the list of decided."""

from __future__ import annotations

from tests.console.driving import Stage, in_queue, opened, seen, until
from tests.fakes.answers import DAY, SECOND


async def test_undo_is_shown_on_every_screen_and_its_time_runs(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "r")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "7k2p: released", "60 s ████████   u undo")
        await pilot.press("3")
        await seen(stage, pilot, "7k2p: released", "u undo")
        stage.clock.now += 33 * SECOND
        await seen(stage, pilot, "30 s ████░░░░   u undo")
        stage.clock.now += 20 * SECOND
        await seen(stage, pilot, "7 s █░░░░░░░   u undo")
        stage.clock.now += 8 * SECOND
        await until(pilot, lambda: "u undo" not in stage.words())
        await pilot.press("u")
        await seen(stage, pilot, "Nothing can be undone now.")


async def test_what_another_console_decided_is_undone_here(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        stage.bridge.desk.decide("7k2pxxyyzz", "takedown", "user:bob")
        await seen(stage, pilot, "7k2p: 2 pictures taken down", "u undo")
        await pilot.press("u")
        await seen(stage, pilot, "Undone. Case 7k2p waits again.")
        assert stage.bridge.cases[1]["state"] == "open"


async def test_a_decided_case_is_reopened_from_its_list_long_after(stage: Stage) -> None:
    stage.bridge.desk.decide("7k2pxxyyzz", "release", ago=DAY)
    stage.bridge.status["undo"] = None
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "2 cases wait")
        await pilot.press("o", "o")
        await seen(stage, pilot, "▸7k2p", "released, ana", "u opens it again.")
        await pilot.press("u")
        await seen(stage, pilot, "Undone. Case 7k2p waits again.", "No case was decided yet.")


async def test_what_is_undone_in_a_case_is_shown_again(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        await seen(stage, pilot, "Case 7k2p · 2 of 3")
        await pilot.press("r")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "Case c41m · 2 of 2")
        await pilot.press("u")
        await seen(stage, pilot, "Case 7k2p · 2 of 3", "Undone.")
        assert "u undo" not in stage.words()


async def test_a_note_a_bank_and_who_else_are_a_key_each(stage: Stage) -> None:
    stage.bridge.desk.others = [
        {"did": "did:plc:bobbobbob", "upload_id": "u", "received_at": 0, "case_id": "", "is_same": False}
    ]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        await seen(stage, pilot, "Case 7k2p")
        await pilot.press("c")
        await seen(stage, pilot, "Note on 7k2p")
        await pilot.press(*"seen", "enter")
        await seen(stage, pilot, "Noted.")
        assert stage.bridge.desk.notes == ["seen"]
        await pilot.press("b")
        await seen(stage, pilot, "Into which bank")
        await pilot.press("enter")
        await seen(stage, pilot, "4 hashes added to own.")
        await pilot.press("w")
        await seen(stage, pilot, "did:plc:bobbobbob", "in no case")
        await pilot.press("escape", "h")
        await seen(stage, pilot, "What the account did before", "No other case.")
