from __future__ import annotations

from typing import Any

from tests.console.driving import Stage, opened, seen, until
from tests.fakes.answers import DAY, Json, case, hit


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


def many(number: int, **closest: Any) -> list[Json]:
    return [
        case(f"c{one:04d}xxxx", DAY - one, hit(**{"content_id": one + 1, **closest})) for one in range(number)
    ]


async def test_pages_are_read_when_the_cursor_nears_the_end(stage: Stage) -> None:
    stage.bridge.cases = many(450)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "450 cases wait", "▸c0000")
        assert stage.bridge.desk.pages == [("waiting", 0)]
        await pilot.press("end")
        await until(pilot, lambda: ("waiting", 150) in stage.bridge.desk.pages)
        for _ in range(4):
            await pilot.press("end")
            await pilot.pause()
        await seen(stage, pilot, "▸c0449")


async def test_new_cases_above_are_counted_and_the_cursor_stays_on_its_case(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "9fd0")
        await pilot.press("down")
        stage.bridge.cases.insert(0, case("zz99xxyyzz", 0, hit()))
        stage.bridge.say("case", stage.bridge.cases[0], 1001)
        await seen(stage, pilot, "4 cases wait", "1 new above", "▸7k2p")
        await pilot.press("home")
        await until(pilot, lambda: "new above" not in stage.words())


async def test_a_flood_is_one_line_that_is_decided_by_its_typed_number(stage: Stage) -> None:
    stage.bridge.cases = [*many(60, content_id=7), case("zz99xxyyzz", 0, hit(content_id=9))]
    stage.bridge.cases[3]["closest"] |= {"distance": 24, "likeness": "weak, look closer"}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "61 cases wait", "▸×60", "1 is weak: t and p leave them out.", " zz99")
        await pilot.press("t")
        await seen(stage, pilot, "59 cases", "1 is weak: not included unless selected.")
        await pilot.press("enter")
        await seen(stage, pilot, "Type 59: so many cases are meant.")
        await pilot.press(*"59", "enter")
        await seen(stage, pilot, "✓ 59 cases: ", "2 cases wait")
        [asked] = stage.bridge.desk.decisions
        assert len(asked["cases"]) == 59


async def test_a_flood_opens_into_its_cases_and_folds_again(stage: Stage) -> None:
    stage.bridge.cases = many(60, content_id=7)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "▸×60")
        await pilot.press("enter")
        await seen(stage, pilot, "▸c0000", "c0001")
        await pilot.press("down", "escape")
        await seen(stage, pilot, "▸×60")


async def test_a_decision_that_fails_leaves_the_case_where_it_was(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "▸9fd0")
        await pilot.press("t")
        await seen(stage, pilot, "Enter takes it")
        stage.bridge.cases = stage.bridge.cases[1:]
        stage.bridge.desk.fault = {"error": "NotFound", "message": "There is no case 9fd0."}
        await pilot.press("enter")
        await seen(stage, pilot, "There is no case 9fd0.", "2 cases wait", "▸7k2p")
