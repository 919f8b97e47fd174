"""When no picture is shown, and what is said then."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from hma_console.images import Means, means_of
from tests.console.driving import Stage, seen, until
from tests.console.looking import BLOCK, gone, hold, in_case, staged
from tests.fakes.bridge_api import lived_in


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may do so in tmux."""

    async def reason_against() -> str:
        return ""

    monkeypatch.setattr("hma_console.onlookers.reason_against", reason_against)


@pytest.fixture
def stage() -> Stage:
    return staged(lived_in())


async def test_what_the_bridge_refuses_is_said(stage: Stage) -> None:
    refusal = {"error": "NoCopyKept", "message": "No copy kept.", "hint": "Decide by the facts."}
    stage.bridge.reveals.refusal = 404, refusal
    async with in_case(stage) as pilot:
        await pilot.press("v")
        await seen(stage, pilot, "No copy kept. Decide by the facts.")
        await gone(stage, pilot)


async def test_a_pause_is_offered_and_can_be_declined(stage: Stage) -> None:
    stage.bridge.reveals.offer_pause()
    async with in_case(stage) as pilot:
        await seen(stage, pilot, "reveals left.")
        await pilot.press("v")
        await seen(stage, pilot, "Three pictures seen. The rest can wait; v goes on.")
        assert stage.bridge.reveals.asked == []
        await hold(stage, pilot)
        assert stage.bridge.reveals.asked[0]["go_on"] is True


async def test_a_child_safety_picture_is_never_shown(stage: Stage) -> None:
    async with in_case(stage, "9fd0", "Never shown:") as pilot:
        await pilot.press("v")
        await pilot.mouse_down("#picture")
        await seen(stage, pilot, "Never shown: child-safety list. Decide by the facts")
        assert stage.bridge.reveals.asked == []


async def test_where_it_was_switched_on_the_word_is_typed_each_time(stage: Stage) -> None:
    stage.bridge.reveals.allowance["child_safety"] = "ask"
    async with in_case(stage, "9fd0", "Hidden. Child-safety") as pilot:
        for _ in range(2):
            asked = len(stage.bridge.reveals.asked)
            await pilot.press("v")
            await seen(stage, pilot, "Type reveal to look at it.")
            await pilot.press(*"yes", "enter")
            await seen(stage, pilot, "Type reveal, or Esc.")
            assert len(stage.bridge.reveals.asked) == asked
            stage.app.screen.query_one(Input).value = "reveal"
            await pilot.press("enter")
            await until(pilot, lambda: BLOCK in stage.words())
            assert stage.bridge.reveals.asked[-1]["word"] == "reveal"
            await pilot.press("x")
            await gone(stage, pilot)


@pytest.mark.parametrize(
    ("means", "words"),
    [(means_of("off"), "Pictures are switched off"), (Means(), "This terminal draws no pictures.")],
)
async def test_where_nothing_can_be_drawn_it_says_why(means: Means, words: str) -> None:
    stage = staged(lived_in(), means)
    async with in_case(stage, words=words[:20]) as pilot:
        await pilot.press("v")
        await seen(stage, pilot, words)
        assert stage.bridge.reveals.asked == []


async def test_blocks_without_colours_are_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage = staged(lived_in())
    async with in_case(stage, words="Blocks need colours") as pilot:
        await pilot.press("v")
        await seen(stage, pilot, "Blocks need colours, and NO_COLOR is set.")
        assert stage.bridge.reveals.asked == []
