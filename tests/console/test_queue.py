from __future__ import annotations

from tests.console.driving import Stage, opened, seen
from tests.fakes.answers import case, hit


async def test_a_case_says_how_sure_its_match_is(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "Very same bytes.")
        await pilot.press("down")
        await seen(stage, pilot, "Weak match: look closer.")
        assert "distance 22/31 · weak, look closer · mirrored · quality 52 fair" in stage.words()


async def test_a_case_opens_and_closes(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "7k2p")
        await pilot.press("down", "enter")
        await seen(stage, pilot, "Case 7k2p · 2 of 3 · NCII", "22/31 weak         mirrored")
        await pilot.press("escape")
        await seen(stage, pilot, "3 cases wait")


async def test_a_new_case_appears_by_itself_and_the_cursor_stays(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "9fd0")
        stage.bridge.cases.insert(0, case("zz99xxyyzz", 0, hit()))
        stage.bridge.say("case", stage.bridge.cases[0], 1001)
        await seen(stage, pilot, " zz99")
        assert "▸9fd0" in stage.words()


async def test_an_empty_queue_says_since_when(stage: Stage) -> None:
    stage.bridge.cases = []
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "Nothing waits. Last case opened on 2025-10-29.")


async def test_a_case_of_reports_alone_says_by_how_many_and_why(stage: Stage) -> None:
    reported = case("qq77qq77qq", 0, hit(), did="did:plc:ewvi7nxzyoun6zhxrhs64oiz", sender="", banks=[])
    reported |= {"closest": None, "file_count": 0, "reporters": 2}
    reported["report_reason"] = "tools.ozone.report.defs#reasonChildSafetyCSAM"
    stage.bridge.cases = [reported]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "reported by 2 · reason child safety csam")
        assert "a report" in stage.words()
        assert "by 2, child safe" in stage.words()
        assert "Reported; nothing was compared." in stage.words()
        assert "did:plc:ewvi…4oiz" in stage.words()
        assert "sent by" not in stage.words()


async def test_a_case_is_opened_by_hand_and_the_cursor_goes_to_it(stage: Stage) -> None:
    did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "9fd0")
        await stage.app.run_action("by_hand", stage.app.screen)
        await seen(stage, pilot, "Open a case by hand")
        await pilot.press("enter", "enter", "enter")
        await seen(stage, pilot, "Nothing is named.")
        await pilot.press("shift+tab", "shift+tab", *"nobody", "enter", "enter", "enter")
        await seen(stage, pilot, "No account nobody is on this PDS.")
        await stage.app.run_action("by_hand", stage.app.screen)
        await seen(stage, pilot, "Open a case by hand")
        await pilot.press(*did, "enter", *(["backspace"] * 3), *"ncii", "enter")
        await pilot.press(*(["backspace"] * 3), *"no", "enter")
        await seen(stage, pilot, "▸hh22")
        assert "ncii False" in stage.bridge.asked
