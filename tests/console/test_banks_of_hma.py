"""Banks of HMA on the Banks screen: told apart, made, switched, mirrored and read."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.console.driving import Stage, opened, seen
from tests.fakes.answers import bank, hma


async def at_banks(stage: Stage, pilot: Pilot[None]) -> None:
    stage.bridge.hma.is_there = True
    stage.bridge.banks.append(
        bank("LIST", origin="hma", entry_count=None, signals=None, category="exploitative", hit_count=2)
    )
    await opened(stage, pilot)
    await pilot.press("5")
    await seen(stage, pilot, "industry list")


async def chosen(stage: Stage, pilot: Pilot[None], row: int, last: int) -> None:
    """The bank of that row, and of what can be added to it the one so far from the last."""
    await at_banks(stage, pilot)
    await pilot.press(*["down"] * row, "i")
    await seen(stage, pilot, "a new bank in HMA")
    await pilot.press("end", *["up"] * last, "enter")


async def test_a_bank_of_hma_is_told_apart_and_is_not_said_to_be_empty(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("end")
        await seen(stage, pilot, "─ LIST ─", "in HMA, which tells neither what nor how many")
        await pilot.press("X")
        await seen(stage, pilot, "Remove LIST with all that HMA has in it")


async def test_what_is_added_there_is_not_said_to_match_already(stage: Stage) -> None:
    stage.bridge.status["matcher"] = hma()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await seen(stage, pilot, "HMA answers, 1 off")
        await pilot.press("end", "i")
        await seen(stage, pilot, "one hash into LIST")
        await pilot.press("home", "down", "enter")
        await pilot.press(*("0f" * 32), "enter")
        await seen(stage, pilot, "added as PDQ, and HMA matches it within two minutes.")


async def test_without_an_hma_nothing_of_it_is_offered(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "industry list")
        await pilot.press("i")
        await seen(stage, pilot, "a new bank")
        assert "HMA" not in stage.words()


async def test_a_bank_is_made_in_hma(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await chosen(stage, pilot, 2, 2)
        await seen(stage, pilot, "A new bank in HMA", "capitals, digits and _")
        await pilot.press(*"MINE", "enter", "enter", "enter", "enter")
        await seen(stage, pilot, "MINE was made.")
    assert stage.bridge.banks[-1]["origin"] == "hma"


async def test_it_is_switched_off_and_on(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await chosen(stage, pilot, 4, 0)
        await seen(stage, pilot, "LIST is off in HMA.")
        await pilot.press("i")
        await seen(stage, pilot, "a new bank in HMA")
        await pilot.press("end", "up", "enter")
        await seen(stage, pilot, "LIST is on in HMA.")
    assert stage.bridge.hma.asked == ["switch LIST off", "switch LIST on"]


async def test_an_own_bank_is_mirrored_slice_by_slice(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await chosen(stage, pilot, 2, 1)
        await seen(stage, pilot, "OWN in HMA: 80 added, 2 there already, 0 taken out.")
    assert stage.bridge.hma.asked == ["mirror own after 0", "mirror own after 41"]


async def test_a_bank_of_hma_is_read_into_an_own_one(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await chosen(stage, pilot, 2, 0)
        await seen(stage, pilot, "Name of HMA's bank")
        await pilot.press(*"LIST", "enter")
        await seen(stage, pilot, "LIST: 40 added, 0 there already. HMA says it has 60")
    assert stage.bridge.hma.asked == ["pull LIST into own"] * 2


@pytest.mark.parametrize(
    ("share", "column", "words"),
    [
        (None, "in HMA", "in HMA, which tells neither what nor how many"),
        (1.0, "in HMA", "in HMA, which tells neither what nor how many"),
        (0.0, "HMA, off", "in HMA, where it is off: it matches nothing"),
        (0.25, "HMA, 25 %", "in HMA, on for 25 % of its look-ups; here all are compared"),
    ],
)
async def test_whether_it_is_on_in_hma_is_told(
    stage: Stage, share: float | None, column: str, words: str
) -> None:
    stage.bridge.banks.append(bank("LIST", origin="hma", entry_count=None, signals=None, share=share))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "LIST")
        await pilot.press("end")
        await seen(stage, pilot, words)
        [row] = [line for line in stage.words().splitlines() if line.startswith("▸LIST")]
        assert f" {column} " in row
