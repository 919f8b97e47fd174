"""Lists of others on the Banks screen: how each is, why one fails, reading one now."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.console.driving import Stage, opened, seen
from tests.fakes.answers import DAY, NOW
from tests.fakes.lists import listed

FAULT = {
    "fault": "StopNCII does not take the credentials (status 401).",
    "remedy": "Run `hma-console secret set stopncii`.",
}


async def at_banks(stage: Stage, pilot: Pilot[None]) -> None:
    stage.bridge.lists.lists = [
        listed("NCMEC", "ncmec", entries=1_181_204, unread=12),
        listed("StopNCII", "stopncii", "failing", succeeded_at=NOW - 2 * DAY, **FAULT),
    ]
    await opened(stage, pilot)
    await pilot.press("5")
    await seen(stage, pilot, "─ NCMEC ─", "current · read 5 h ago · next in 40 min")


async def test_a_list_says_how_it_is_and_one_that_fails_why(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await seen(stage, pilot, "NCMEC · ncmec · 1,181,204 entries · 12 of kinds not compared here")
        await pilot.press("down")
        await seen(stage, pilot, "failing · read 2 days ago", FAULT["fault"], FAULT["remedy"])


async def test_a_list_is_read_now_and_its_progress_is_followed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("s")
        await seen(stage, pilot, "NCMEC: being read now.", "syncing · 0 read so far")
        stage.bridge.lists.lists[0]["changes_read"] = 412_000
        await seen(stage, pilot, "syncing · 412,000 read so far", "now …")
        stage.bridge.lists.lists[0]["state"] = "current"
        await seen(stage, pilot, "current · read 5 h ago")


async def test_a_bank_without_a_list_says_that_there_is_nothing_to_read(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("end", "s")
        await seen(stage, pilot, "No list fills this bank.")


async def test_what_a_bank_holds_still_stands_below_its_list(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await seen(stage, pilot, "Values of this bank are never shown, logged or exported.")
        await pilot.press("down")
        await seen(stage, pilot, "failing", "shadow: matches are shown, nothing is done")


async def test_what_became_of_a_list_meanwhile_is_seen_without_a_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hma_console.screens.bank_lists.LOOK_EVERY", 0.05)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_banks(stage, pilot)
        await pilot.press("down")
        await seen(stage, pilot, "failing · read 2 days ago")
        stage.bridge.lists.lists[1].update(state="current", fault="", remedy="", succeeded_at=NOW)
        await seen(stage, pilot, "─ StopNCII ─", "current · read 0 s ago")
