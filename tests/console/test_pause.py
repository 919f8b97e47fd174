"""Pausing in the console: a typed word, a banner on every screen, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from tests.console.driving import Stage, opened, seen, until
from tests.fakes.answers import MINUTE, NOW, case, hit

Compare = Callable[..., bool]


def paused(stage: Stage) -> Stage:
    stage.bridge.status["paused"] = {"since": NOW - 12 * MINUTE, "by": "user:ana", "reason": ""}
    return stage


async def test_a_typed_word_pauses_and_resume_ends_it(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("colon", *"pause", "enter")
        await seen(stage, pilot, "Type pause")
        await pilot.press(*"paus", "enter", "enter")
        await seen(stage, pilot, "Type pause to do it.")
        assert not stage.bridge.status["paused"]
        await pilot.press("up", *"pause", "enter", *"lists", "enter")
        await seen(stage, pilot, "Paused by ana 0 s ago: nothing happens by itself.")
        assert stage.bridge.status["paused"]["reason"] == "lists"
        await pilot.press("colon", *"resume", "enter")
        await seen(stage, pilot, "Resumed; 3 uploads to be checked now.")
        await until(pilot, lambda: "Paused by" not in stage.words())


async def test_every_screen_says_that_it_is_paused(stage: Stage) -> None:
    paused(stage)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        for key in "123567":
            await pilot.press(key)
            await seen(stage, pilot, "Paused by ana 12 min ago")
            await pilot.press("exclamation_mark")
            await seen(stage, pilot, "Paused by ana 12 min ago")


async def test_uploads_that_wait_for_the_end_of_the_pause_are_no_alarm_of_their_own(stage: Stage) -> None:
    paused(stage).bridge.status["uploads"] |= {
        "not_checked": 40,
        "not_checked_oldest_at": NOW - 60 * MINUTE,
    }
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "Paused by ana")
        assert "1 of 2" not in stage.words()


async def test_the_queue_says_that_a_case_was_appealed(stage: Stage) -> None:
    stage.bridge.cases = [case("k3f9aaaa", 60 * MINUTE, hit(), appealed_at=NOW - 5 * MINUTE)]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "Appealed 5 min ago: it waits for another decision.")


def test_home_while_it_is_paused(snap_compare: Compare, stage: Stage) -> None:
    async def before(pilot: object) -> None:
        await opened(stage, pilot, "Paused by ana")  # type: ignore[arg-type]

    assert snap_compare(paused(stage).app, run_before=before)
