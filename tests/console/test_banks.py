from __future__ import annotations

import json
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.console.driving import Stage, opened, seen


async def at_banks(stage: Stage, pilot: Pilot[None]) -> None:
    await opened(stage, pilot)
    await pilot.press("5")
    await seen(stage, pilot, "industry list")


async def on_own(stage: Stage, pilot: Pilot[None]) -> None:
    await at_banks(stage, pilot)
    await pilot.press("down", "down")
    await seen(stage, pilot, "─ own ─")


async def test_a_bank_is_made_with_what_was_typed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("i")
        await seen(stage, pilot, "a new bank")
        await pilot.press("j", "j", "j", "enter")
        await seen(stage, pilot, "Category")
        await pilot.press(*"mine", "enter", "enter", "enter", *"of ours", "enter")
        await seen(stage, pilot, "mine was made.")
    made = stage.bridge.banks[-1]
    assert (made["name"], made["category"], made["role"], made["description"]) == (
        "mine",
        "own",
        "block",
        "of ours",
    )


async def test_a_bank_that_may_not_be_made_says_why_and_asks_again(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("i")
        await seen(stage, pilot, "a new bank")
        await pilot.press("end", "up", "enter")
        await seen(stage, pilot, "Category")
        await pilot.press(*"-x", "enter", "enter", "enter", "enter")
        await seen(stage, pilot, "cannot be a bank's name")
    assert len(stage.bridge.banks) == 4


async def test_one_hash_is_added(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        await pilot.press("i")
        await seen(stage, pilot, "one hash")
        await pilot.press("j", "j", "enter")
        await seen(stage, pilot, "hexadecimal")
        stage.app.screen.query_one(Input).value = "ab" * 15
        await pilot.press("end", "enter")
        await seen(stage, pilot, "30 digits, 64 needed for pdq")
        await pilot.press(*"cd", "enter")
        await seen(stage, pilot, "The hash was added as MD5")
    assert json.loads(stage.bridge.received["signal"]) == {"md5": "ab" * 15 + "cd"}


async def test_a_sha256_is_told_from_a_pdq_by_the_word_before_it(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        for before, kind in (("sha256:", "sha256"), ("", "pdq")):
            await pilot.press("i")
            await seen(stage, pilot, "one hash")
            await pilot.press("j", "j", "enter")
            await seen(stage, pilot, "hexadecimal")
            stage.app.screen.query_one(Input).value = before + "ab" * 32
            await pilot.press("enter")
            await seen(stage, pilot, f"The hash was added as {kind.upper()}")
            assert json.loads(stage.bridge.received["signal"]) == {kind: "ab" * 32}


async def test_while_the_bridge_is_lost_nothing_is_asked(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        stage.go_down()
        await seen(stage, pilot, "○ offline")
        await pilot.press("i")
        await seen(stage, pilot, "The bridge does not answer: no bank can be changed")
        assert len(stage.app.screen_stack) == 1


async def test_a_list_file_is_imported_and_its_bad_lines_are_named(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "l.txt"
    path.write_text("one\ntwo\nthree\n")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        await pilot.press("i")
        await seen(stage, pilot, "a list file")
        await pilot.press("enter")
        await seen(stage, pilot, "Path")
        stage.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        words = "2 added, 0 there already, 1 not read (line 2: 63 digits, 64 needed)."
        await seen(stage, pilot, words, "line 2  63 digits, 64 needed")
        await pilot.press("down")
        await seen(stage, pilot, "─ own allow ─", "About")
        await pilot.press("up")
        await seen(stage, pilot, "─ own ─", "About")
    assert stage.bridge.received["import"] == path.read_bytes()


async def test_a_file_that_is_not_there_is_named(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        await pilot.press("i")
        await seen(stage, pilot, "a list file")
        await pilot.press("enter")
        await seen(stage, pilot, "Path")
        await pilot.press(*"/nowhere.txt", "enter")
        await seen(stage, pilot, "There is no /nowhere.txt.")


async def test_a_bank_is_removed_only_after_its_name_was_typed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        await pilot.press("X")
        await seen(stage, pilot, "Remove own with 1,021 entries")
        await pilot.press(*"ow", "enter")
        await seen(stage, pilot, "Type own to go on.")
        assert len(stage.bridge.banks) == 4
        await pilot.press("n", "enter")
        await seen(stage, pilot, "own was removed; its entries match no more.")
    assert [bank["name"] for bank in stage.bridge.banks] == ["NCMEC", "StopNCII", "own allow"]


async def test_values_of_a_listed_bank_are_not_exported(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("x")
        words = " Values of this bank are never shown, logged or exported.\n i import"
        await seen(stage, pilot, words)


async def test_an_own_bank_is_written_to_a_new_file(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "o.txt"
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await on_own(stage, pilot)
        await pilot.press("x")
        await seen(stage, pilot, "Write own to a new file")
        stage.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await seen(stage, pilot, "own was written to")
    assert path.read_text() == "ab" * 32 + "\n"


async def test_another_role_is_shown_alone(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("o", "o")
        await seen(stage, pilot, "o only: allow", "1 bank ·")
        assert "StopNCII" not in stage.words()
