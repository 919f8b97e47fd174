"""Deciding by single keys, in the Queue and in a case: what is sent, what is asked first, what comes back."""

from __future__ import annotations

import pytest

from tests.console.driving import Stage, in_queue, opened, seen, until
from tests.fakes.answers import MINUTE, SECOND, case, hit, upload
from tests.fakes.case_desk import facts

KEYS = {
    "t": ("takedown", "intimate-image"),
    "p": ("takedown_record", "intimate-image"),
    "r": ("release", "false-positive"),
    "f": ("remember", "false-positive"),
    "e": ("escalate", "unsure"),
}


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_and_enter_decide_by_the_default_reason(stage: Stage, key: str) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, key)
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await until(pilot, lambda: stage.bridge.desk.decisions)
        [asked] = stage.bridge.desk.decisions
        assert (asked["choice"], asked["reason"]) == KEYS[key]
        files = [] if key == "e" else ["u0000989abcdefgh"]
        assert asked["cases"] == [{"case": "7k2pxxyyzz", "uploads": files}]
        assert asked["key"]
        await seen(stage, pilot, "✓ 7k2p: ", "u undo")


async def test_from_queue_to_decided_are_three_keys_and_the_next_case_is_ready(stage: Stage) -> None:
    pressed = ["2", "t", "enter"]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press(pressed[0])
        await seen(stage, pilot, "▸9fd0")
        await pilot.press(pressed[1])
        await seen(stage, pilot, "Enter takes it")
        await pilot.press(pressed[2])
        await seen(stage, pilot, "9fd0: picture taken down", "▸7k2p")
    assert len(pressed) == 3


async def test_later_asks_nothing_and_o_shows_what_is_put_off(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "z")
        await seen(stage, pilot, "2 cases wait", "7k2p: put off")
        await pilot.press("o")
        await seen(stage, pilot, "1 case put off", "▸7k2p")


async def test_another_reason_is_chosen_and_escape_decides_nothing(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "t")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("escape")
        await until(pilot, lambda: "Enter takes it" not in stage.words())
        assert not stage.bridge.desk.decisions
        await pilot.press("t")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("j", "enter")
        await until(pilot, lambda: stage.bridge.desk.decisions)
        assert stage.bridge.desk.decisions[0]["reason"] == "listed-picture"


async def test_an_account_is_taken_down_by_its_typed_name(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "down", "A")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "Type tom to take the account down.")
        await pilot.press(*"tim", "enter")
        await seen(stage, pilot, "That is not tom.")
        assert not stage.bridge.desk.decisions
        await pilot.press(*(["backspace"] * 3), *"Tom", "enter")
        await seen(stage, pilot, "c41m: account goes down when this ends")


async def test_an_account_without_a_known_handle_is_named_by_its_last_letters(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "A")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "Type m2xa to take")


async def test_several_cases_are_selected_and_decided_as_one(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "space", "space")
        await seen(stage, pilot, "3 cases wait · 2 selected", "+7k2p", "+c41m")
        await pilot.press("r")
        await seen(stage, pilot, "Release · 2 cases")
        await pilot.press("enter")
        await seen(stage, pilot, "✓ 2 cases: released", "1 case waits")
        [asked] = stage.bridge.desk.decisions
        assert [one["case"] for one in asked["cases"]] == ["7k2pxxyyzz", "c41mxxyyzz"]
        await pilot.press("u")
        await seen(stage, pilot, "Undone. 2 cases wait again.", "3 cases wait")


async def test_all_alike_are_selected_together_and_escape_unselects(stage: Stage) -> None:
    stage.bridge.cases.append(case("zz99xxyyzz", MINUTE, hit("StopNCII")))
    stage.bridge.cases[0]["closest"] |= {"bank": "StopNCII", "content_id": 9}
    stage.bridge.cases[2]["closest"] |= {"bank": "StopNCII", "entry_id": 18}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "asterisk")
        await seen(stage, pilot, "+7k2p", "+c41m", "+zz99", "3 selected")
        await pilot.press("escape")
        await until(pilot, lambda: "+7k2p" not in stage.words())


async def test_more_than_ten_cases_ask_for_their_number(stage: Stage) -> None:
    stage.bridge.cases = [case(f"c{number:02d}xxxxxxx", number, hit()) for number in range(12)]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "12 cases wait")
        await pilot.press("asterisk", "t")
        await seen(stage, pilot, "Take down the picture · 12 cases")
        await pilot.press("enter")
        await seen(stage, pilot, "Type 12: so many cases are meant.")
        await pilot.press(*"12", "enter")
        await seen(stage, pilot, "✓ 12 cases: ", "Nothing waits.")


def weak_beside_sure(stage: Stage) -> None:
    """7k2p has one sure file and two weak ones."""
    weak, sure = hit("own", 22, "weak, look closer"), hit("own", 0, "same picture")
    of_case = {"case_id": "7k2pxxyyzz", "verdict": "matched"}
    stage.bridge.uploads = [
        upload(3, SECOND, matches=[weak], **of_case),
        upload(2, SECOND, matches=[sure], **of_case),
        upload(1, SECOND, matches=[weak], **of_case),
    ]
    stage.bridge.cases[1]["file_count"] = 3


async def test_weak_files_stand_last_and_no_takedown_means_them_unless_selected(stage: Stage) -> None:
    weak_beside_sure(stage)
    sure, last = stage.bridge.uploads[1]["id"], stage.bridge.uploads[0]["id"]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        await seen(stage, pilot, "  1  ◆ own        0/31 same picture", "  3  ◆ own        22/31 weak")
        await pilot.press("t")
        await seen(stage, pilot, "1 file", "2 are weak: not included unless selected.")
        await pilot.press("enter")
        await seen(stage, pilot, "1 case stays open: pictures wait still.")
        assert stage.bridge.desk.decisions[0]["cases"] == [{"case": "7k2pxxyyzz", "uploads": [sure]}]
        await pilot.press("end", "space")
        await seen(stage, pilot, "1 selected")
        await pilot.press("t")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await until(pilot, lambda: len(stage.bridge.desk.decisions) == 2)
        assert stage.bridge.desk.decisions[1]["cases"] == [{"case": "7k2pxxyyzz", "uploads": [last]}]


async def test_the_queue_spares_weak_files_too_and_a_release_means_all(stage: Stage) -> None:
    weak_beside_sure(stage)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "t")
        await seen(stage, pilot, "2 are weak: not included")
        await pilot.press("escape")
        await until(pilot, lambda: "Enter takes it" not in stage.words())
        await pilot.press("r")
        await seen(stage, pilot, "Release · 7k2p · 3 files")


async def test_in_a_case_the_next_one_opens_by_itself_and_the_last_one_closes(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        for this, following in (("7k2p", "Case c41m · 2 of 2"), ("c41m", "Case 9fd0 · 1 of 1")):
            await seen(stage, pilot, f"Case {this}")
            await pilot.press("r")
            await seen(stage, pilot, "Enter takes it")
            await pilot.press("enter")
            await seen(stage, pilot, f"✓ {this}: released", following)
        await pilot.press("e")
        await seen(stage, pilot, "Enter takes it")
        await pilot.press("enter")
        await seen(stage, pilot, "1 case waits", "✓ 9fd0: escalated")


async def test_what_comes_while_the_reasons_are_read_is_not_decided(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "t")
        await seen(stage, pilot, "Enter takes it")
        stage.bridge.uploads.append(upload(2000, 0, "matched", matches=[hit()], case_id="7k2pxxyyzz"))
        await pilot.press("enter")
        await seen(stage, pilot, "1 case stays open: pictures wait still.")
        assert stage.bridge.desk.decisions[0]["cases"][0]["uploads"] == ["u0000989abcdefgh"]
        assert stage.bridge.cases[1]["state"] == "open"


async def test_n_opens_the_next_case_and_this_one_waits(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        await seen(stage, pilot, "Case 7k2p")
        await pilot.press("n")
        await seen(stage, pilot, "Case c41m · 3 of 3")
        assert not stage.bridge.desk.decisions


async def test_a_false_match_says_what_follows_and_how_often_its_entry_was_wrong(stage: Stage) -> None:
    stage.bridge.desk.details["7k2pxxyyzz"] = {"facts": facts(wrong=2, decided=2, waiting=["x"])}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "f")
        await seen(stage, pilot, "this picture is allowed from now on", "was then wrong here 3 times.")


async def test_whoever_is_quicker_decides_and_the_other_is_told_so(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "t")
        await seen(stage, pilot, "Enter takes it")
        stage.bridge.desk.decide("7k2pxxyyzz", "release", "user:bob", ago=2 * SECOND)
        await pilot.press("enter")
        await seen(stage, pilot, "was decided by bob 2 s ago: released.", "u undo", "2 cases wait")
        assert not stage.bridge.desk.decisions
        await pilot.press("u")
        await seen(stage, pilot, "Undone. Case 7k2p waits again.")


async def test_an_open_case_that_another_console_decides_says_so(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "enter")
        await seen(stage, pilot, "Case 7k2p")
        stage.bridge.desk.decide("7k2pxxyyzz", "release", "user:bob", ago=2 * SECOND)
        await seen(stage, pilot, "Decided by bob 2 s ago: released. u undoes it.")
        await pilot.press("t")
        await seen(stage, pilot, "This case is decided; u undoes it.")


async def test_offline_nothing_is_taken_and_nothing_is_kept_for_later(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot)
        stage.go_down()
        await seen(stage, pilot, "offline")
        for key in ("t", "A", "z", "c"):
            await pilot.press(key)
            await seen(stage, pilot, "Not taken: the bridge does not answer.")
        await pilot.press("u")
        await seen(stage, pilot, "Not undone: the bridge does not answer.")
        stage.transport.is_down = False
        await pilot.press("a")
        await seen(stage, pilot, "answers again", "3 cases wait")
        assert not stage.bridge.desk.decisions


async def test_a_bridge_that_goes_while_the_reasons_are_read_takes_nothing(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await in_queue(stage, pilot, "t")
        await seen(stage, pilot, "Enter takes it")
        stage.go_down()
        await pilot.press("enter")
        await seen(stage, pilot, "Not taken: the bridge does not answer.")
