"""A picture shows only while it is asked for; whatever else is pressed hides it and does nothing else."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import AppBlur, Paste

from hma_console.screens.case import CaseScreen
from hma_console.screens.reveal import AFTER_PRESS, AFTER_REPEAT
from hma_console.widgets.picture import PicturePane
from tests.console.driving import Stage, opened, seen, until
from tests.console.looking import BLOCK, HIDDEN, gone, hold, in_case, staged
from tests.fakes.answers import SECOND
from tests.fakes.bridge_api import lived_in

HINT = "This goes into the log: you, "


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may do so in tmux."""

    async def reason_against() -> str:
        return ""

    monkeypatch.setattr("hma_console.onlookers.reason_against", reason_against)


@pytest.fixture
def stage() -> Stage:
    return staged(lived_in())


async def test_it_is_asked_for_small_grey_and_blurred(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        await seen(stage, pilot, "reveals left.")
        assert BLOCK not in stage.words()
        await hold(stage, pilot)
        await seen(stage, pilot, "step 1 of 4 · grey", f"{HINT}blurred, 0 s.", "Any other key hides")
        [asked] = stage.bridge.reveals.asked
        assert (asked["step"], asked["colour"]) == (1, False)
        assert asked["width"] < 30
        assert asked["height"] < 50


OTHER_KEYS = (
    *("t", "p", "A", "r", "f", "e", "z", "3", "colon", "ctrl+p", "ctrl+q", "q", "slash", "enter", "escape"),
    *("tab", "down", "question_mark", "exclamation_mark", "space", "x", "u", "y", "ctrl+c"),
)


async def test_any_other_key_hides_it_and_does_nothing_else(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        screens, mode = list(stage.app.screen_stack), stage.app.current_mode
        for key in OTHER_KEYS:
            await hold(stage, pilot)
            assert not stage.app.check_action("command_palette", ()), "not even where a key comes first"
            await pilot.press(key)
            await gone(stage, pilot)
            assert (list(stage.app.screen_stack), stage.app.current_mode) == (screens, mode), key
            assert stage.app.notices.all == (), key


async def test_it_hides_two_seconds_after_the_last_press(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        screen = await hold(stage, pilot)
        for _ in range(3):
            stage.clock.now += AFTER_PRESS - 1
            screen.look_at_clock()
            assert BLOCK in stage.words()
            await pilot.press("v")
        stage.clock.now += AFTER_PRESS
        await gone(stage, pilot)
        await until(pilot, lambda: stage.bridge.reveals.ended)
        assert stage.bridge.reveals.ended == [("reveal-1", 4 * AFTER_PRESS - 3)]


async def test_it_hides_sooner_once_the_key_repeats(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        screen = await hold(stage, pilot)
        for _ in range(5):
            stage.clock.now += 30
            await pilot.press("v")
        stage.clock.now += AFTER_REPEAT - 1
        screen.look_at_clock()
        assert BLOCK in stage.words()
        stage.clock.now += 1
        await gone(stage, pilot)


async def test_it_hides_after_fifteen_seconds_in_any_case(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        await hold(stage, pilot)
        for _ in range(14):
            stage.clock.now += SECOND
            await pilot.press("v")
            assert BLOCK in stage.words()
        stage.clock.now += SECOND
        await pilot.press("v")
        await gone(stage, pilot)


@pytest.mark.parametrize("what", ["focus", "size", "tab", "bridge", "paste", "wheel"])
async def test_it_hides_at_once_with(stage: Stage, what: str) -> None:
    async with in_case(stage) as pilot:
        await hold(stage, pilot)
        if what == "focus":
            stage.app.post_message(AppBlur())
        elif what == "size":
            await pilot.resize_terminal(100, 30)
        elif what == "tab":
            stage.app.action_go("home")
        elif what == "bridge":
            stage.go_down()
        elif what == "paste":
            stage.app.post_message(Paste("x"))
        else:
            await pilot.click("#reveal-words")
        await until(pilot, lambda: BLOCK not in stage.words())
        if what == "tab":
            stage.app.action_go("queue")
        await gone(stage, pilot)
        if what != "bridge":
            await until(pilot, lambda: stage.bridge.reveals.ended)


async def test_sharper_softer_larger_and_in_colour(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        await hold(stage, pilot)
        for keys, words in (
            (["plus"], "step 2 of 4 · grey"),
            (["equals_sign"], "step 3 of 4 · grey"),
            (["minus"], "step 2 of 4 · grey"),
            (["plus", "plus", "plus", "plus"], "step 4 of 4 · grey"),
            (["g"], "step 4 of 4 · colour"),
            (["g"], "step 4 of 4 · grey"),
            (["m"], "step 4 of 4 · grey"),
        ):
            await pilot.press(*keys)
            await seen(stage, pilot, words)
        asked = stage.bridge.reveals.asked
        await until(pilot, lambda: asked[-1]["width"] == 78)
        assert {each["reveal"] for each in asked[1:]} == {"reveal-1"}, "all of it is one reveal"
        await until(pilot, lambda: all(row.text[1:79] == BLOCK * 78 for row in stage.rows()[3:20]))
        await pilot.press("m")
        await until(pilot, lambda: stage.rows()[5].text.count(BLOCK) < 30)
        await pilot.press("t")
        await gone(stage, pilot)


async def test_the_mouse_button_is_a_true_hold(stage: Stage) -> None:
    async with in_case(stage) as pilot:
        await pilot.mouse_down("#picture")
        await until(pilot, lambda: BLOCK in stage.words())
        stage.clock.now += 5 * SECOND
        await seen(stage, pilot, f"{HINT}blurred, 5 s.")
        assert BLOCK in stage.words()
        await pilot.mouse_up("#glass")
        await gone(stage, pilot)


async def test_a_picture_that_comes_late_is_not_shown(stage: Stage) -> None:
    stage.bridge.reveals.gate = asyncio.Event()
    async with in_case(stage) as pilot:
        await pilot.press("v")
        await until(pilot, lambda: stage.bridge.reveals.asked)
        stage.clock.now += AFTER_PRESS
        stage.bridge.reveals.gate.set()
        await gone(stage, pilot)
        await seen(stage, pilot, "It came late and was not shown.")
        assert stage.bridge.reveals.ended == [("reveal-1", 0)]


async def test_a_key_that_comes_before_the_picture_cancels_it(stage: Stage) -> None:
    stage.bridge.reveals.gate = asyncio.Event()
    async with in_case(stage) as pilot:
        await pilot.press("v")
        await until(pilot, lambda: stage.bridge.reveals.asked)
        await pilot.press("t")
        await gone(stage, pilot)
        stage.bridge.reveals.gate.set()
        await until(pilot, lambda: stage.bridge.reveals.ended)
        assert stage.bridge.reveals.ended == [("reveal-1", 0)]
        assert BLOCK not in stage.words()


async def test_on_a_narrow_terminal_it_takes_the_body(stage: Stage) -> None:
    async with in_case(stage, words="Picture hidden, v", size=(64, 22)) as pilot:
        await until(pilot, lambda: stage.app.screen.query_one(PicturePane).seen)
        await hold(stage, pilot)
        assert stage.bridge.reveals.asked[0]["width"] == 62


class Hearing(CaseScreen):
    """Any screen with a pane."""

    def __init__(self) -> None:
        super().__init__("c41mxxyyzz")
        self.heard: list[PicturePane.Revealed | PicturePane.Hidden] = []

    def on_picture_pane_revealed(self, message: PicturePane.Revealed) -> None:
        self.heard.append(message)

    def on_picture_pane_hidden(self, message: PicturePane.Hidden) -> None:
        self.heard.append(message)


async def test_screens_hear_what_was_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        screen = Hearing()
        await stage.app.push_screen(screen)
        await seen(stage, pilot, HIDDEN)
        await hold(stage, pilot)
        await pilot.press("plus")
        await seen(stage, pilot, "step 2 of 4")
        stage.clock.now += 300
        await pilot.press("t")
        await until(pilot, lambda: len(screen.heard) == 2)
        shown, hidden = screen.heard
        assert isinstance(shown, PicturePane.Revealed)
        assert isinstance(hidden, PicturePane.Hidden)
        assert shown.reveal == hidden.reveal == "reveal-1"
        assert (hidden.shown_ms, hidden.step) == (300, 2)


async def test_an_evening_without_a_reveal_draws_no_picture(stage: Stage) -> None:
    """Every screen, every dialog, find, help and commands: no cell of a picture, and none was asked for."""
    async with in_case(stage) as pilot:
        keys = ["down", "up", "slash", "t", "escape", "question_mark", "escape", "colon", "escape", "escape"]
        keys += ["3", "down", "o", "o", "4", "5", "i", "escape", "x", "escape", "6", "7", "8", "9", "1", "2"]
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            drawn = stage.words()
            assert not {BLOCK, "\U0010eeee"}.intersection(drawn), key
        assert stage.bridge.reveals.asked == []
