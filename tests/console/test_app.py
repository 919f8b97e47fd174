from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hma_console.app import IDLE
from hma_console.keys import SCREENS
from tests.console.driving import OPTIONS, Stage, dressed, opened, seen, until
from tests.fakes.answers import NOW, SECOND, first_start, status, upload
from tests.fakes.bridge_api import FakeBridge, lived_in


async def test_every_made_screen_opens_by_its_digit(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        for name in reversed(tuple(SCREENS)):
            digit, title = SCREENS[name]
            await pilot.press(str(digit))
            await seen(stage, pilot, f"[{digit} {title}")


async def test_a_click_on_a_tab_opens_it(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.click("#tabs", offset=(19, 0))
        await seen(stage, pilot, "[3 Feed]")


async def test_a_key_that_cannot_work_now_says_why(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("s")
        await seen(stage, pilot, "Self-test passed in 118 ms, through the gate.")
        await pilot.press("x")
        await seen(stage, pilot, "The month's report comes with a later version.")
        await pilot.press("slash")
        await seen(stage, pilot, "There is no list to search here.")


async def test_a_message_stays_eight_seconds(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        stage.app.tell("Something was done.")
        stage.clock.now += 7 * SECOND
        stage.app.tick()
        await seen(stage, pilot, "Something was done.")
        stage.clock.now += SECOND
        stage.app.tick()
        await until(pilot, lambda: "Something was done." not in stage.words())


async def test_an_error_stays_until_the_next_key(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        stage.app.tell("It did not work.", is_error=True)
        stage.clock.now += 60 * SECOND
        stage.app.tick()
        await seen(stage, pilot, "It did not work.")
        await pilot.press("j")
        stage.app.tick()
        await until(pilot, lambda: "It did not work." not in stage.words())


async def test_without_a_list_the_console_says_so_in_red() -> None:
    stage = Stage(FakeBridge(status=first_start()))
    stage.bridge.status["uploads"]["total"] = 1
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "■ ALARM  No list is connected: nothing can match.")
        banner = stage.rows()[2]
        backgrounds = {
            segment.style.bgcolor.name for segment in banner if segment.style and segment.style.bgcolor
        }
        assert backgrounds == {"#b3240a"}
        assert "All quiet" not in stage.words()


async def test_the_trouble_key_goes_to_the_trouble_and_an_alarm_stays(stage: Stage) -> None:
    stage.bridge.status = status(banks__count=0, banks__block_lists=0, banks__entries=0)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "! go there")
        await pilot.press("exclamation_mark")
        await seen(stage, pilot, "[5 Banks]")
        assert "■ ALARM" in stage.words().splitlines()[2]


async def test_what_is_only_to_be_looked_at_leaves_the_banner_once_looked_at(stage: Stage) -> None:
    stage.bridge.status = status(index__state="building")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "▲ look  The index is being built")
        await pilot.press("exclamation_mark")
        await seen(stage, pilot, "[5 Banks]")
        assert "▲ look" in stage.words().splitlines()[0]
        assert "go there" not in stage.words()
        await pilot.press("1", "exclamation_mark")
        await seen(stage, pilot, "[5 Banks]")


async def test_offline_is_never_called_quiet_and_ends_by_itself(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "All quiet")
        stage.go_down()
        await seen(stage, pilot, "○ offline")
        await until(pilot, lambda: "quiet" not in stage.words())
        assert "As of 12:04:31" in stage.words()
        assert "○ Bridge    does not answer since 12:04:31" in stage.words()
        assert "✓" not in stage.words()
        await pilot.press("exclamation_mark")
        await seen(stage, pilot, "The bridge does not answer. It is tried again")
        stage.transport.is_down = False
        await pilot.press("a")
        await seen(stage, pilot, "All quiet")


async def test_a_bridge_that_was_never_heard_shows_no_number(stage: Stage) -> None:
    stage.transport.is_down = True
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await seen(stage, pilot, "The bridge does not answer.")
        assert "○ offline" in stage.words()
        assert "seen" not in stage.words()


async def test_after_ten_minutes_alone_home_is_shown(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "[2 Queue]")
        stage.clock.now += IDLE
        stage.app.tick()
        await seen(stage, pilot, "[1 Home]")


async def test_leaving_a_service_needs_one_key(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("q")
        await until(pilot, lambda: not stage.app.is_running)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leaving_an_own_bridge_is_asked(key: str) -> None:
    stage = Stage(lived_in(), replace(OPTIONS, own_bridge=True))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(key)
        await seen(stage, pilot, "ends with it")
        await pilot.press("escape")
        await until(pilot, lambda: "ends with it" not in stage.words())
        await pilot.press(key, "enter")
        await until(pilot, lambda: not stage.app.is_running)


async def test_help_names_the_keys_of_the_screen_and_closes(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("question_mark")
        await seen(stage, pilot, "Opens what the cursor is on.")
        await pilot.press("escape")
        await until(pilot, lambda: "Esc closes" not in stage.words())


async def test_commands_are_found_by_name(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("colon", *"theme light")
        await seen(stage, pilot, "Theme light")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.look.name == "light")


async def test_the_demo_says_that_it_is_one() -> None:
    stage = Stage(lived_in(), replace(OPTIONS, is_demo=True))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "Demo: harmless pictures, in a place of its own.")


async def test_screens_are_made_on_their_first_visit(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        assert "uploads" not in stage.bridge.asked
        await pilot.press("3")
        await until(pilot, lambda: "uploads" in stage.bridge.asked)


async def test_the_status_line_follows_the_bridge(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "seen 48,112")
        stage.bridge.take(upload(1001, 0, received_at=NOW))
        await seen(stage, pilot, "seen 48,113")


async def test_a_case_that_comes_while_one_looks_is_under_the_cursor(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "▸✓ Bridge")
        stage.bridge.status["cases"]["open"] = 1
        stage.bridge.take(upload(1001, 0, "matched"))
        await seen(stage, pilot, "▸◆ Queue     1 case waits")
        await pilot.press("enter")
        await seen(stage, pilot, "[2 Queue(1)]")


async def test_an_alarm_of_before_is_not_told_while_offline(stage: Stage) -> None:
    stage.bridge.status = status(machine__disk_used_percent=97)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "! go there")
        stage.go_down()
        await seen(stage, pilot, "○ offline")
        await until(pilot, lambda: "go there" not in stage.words())


async def test_an_own_bridge_is_announced_with_its_address() -> None:
    stage = Stage(lived_in(), replace(OPTIONS, own_bridge=True, host="127.0.0.1:3001"))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "A bridge was started at 127.0.0.1:3001")


async def test_unchecked_uploads_that_were_seen_are_no_trouble_until_more_come(stage: Stage) -> None:
    stage.bridge.status = status(uploads__not_checked=2, uploads__not_checked_final=2)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "2 uploads could not be checked", "then : unchecked uploads seen.")
        await pilot.press("colon", *"unchecked uploads seen")
        await seen(stage, pilot, "Unchecked uploads seen")
        await pilot.press("enter")
        await seen(stage, pilot, "All quiet")
        stage.bridge.status["uploads"]["not_checked_final"] = 3
        await pilot.press("a")
        await seen(stage, pilot, "3 uploads could not be checked")


async def test_without_colours_every_cell_keeps_the_terminals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage = Stage(lived_in(), dressed(theme="auto"))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot, "All quiet")
        escapes = "".join(row.render(stage.app.console) for row in stage.rows())
    codes = {code for escape in re.findall(r"\x1b\[([\d;]+)m", escapes) for code in escape.split(";")}
    assert codes
    assert codes <= {"0", "1", "2", "7", "39", "49"}, "bold, dim, reverse, and no colour"
