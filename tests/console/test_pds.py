"""The PDS screen: what its keys do, what it says where they cannot, and how it keeps up."""

from __future__ import annotations

import pytest

from tests.console.driving import Stage, opened, seen, until
from tests.console.test_pds_snapshots import DID, unchecked, watching
from tests.fakes.answers import MINUTE, NOW, SECOND, Json, backfill, gate


async def test_what_waits_is_tried_now_and_all_accounts_are_looked_through() -> None:
    stage = Stage(watching(*unchecked(), not_checked=2))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "not checked: 2")
        await pilot.press("a")
        await seen(stage, pilot, "2 files are tried now.")
        await pilot.press("s")
        await seen(stage, pilot, "All accounts are being looked through")
        assert [each for each in stage.bridge.asked if each in ("retry", "backfill")] == ["retry", "backfill"]


async def test_only_files_of_the_pds_stand_in_its_list() -> None:
    """The app's upload that was not checked is the Feed's."""
    stage = Stage(watching(*unchecked(), not_checked=3))
    stage.bridge.uploads[5] |= {"retry_at": NOW + SECOND, "claimed_author": "app.example"}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "not checked: 2", "in 40 s", "needs you")
        assert "app.example" not in stage.words()


async def test_a_file_that_is_checked_at_last_leaves_the_list_by_itself() -> None:
    stage = Stage(watching(*unchecked(), not_checked=2))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "not checked: 2")
        checked = stage.bridge.uploads.pop(0) | {"verdict": "no_match", "retry_at": None, "reason": ""}
        stage.bridge.take(checked)
        await seen(stage, pilot, "not checked: 1")


async def test_rows_are_opened_searched_and_copied_as_in_the_feed() -> None:
    one, two = unchecked()
    stage = Stage(watching(one, two | {"case_id": "c41mxxyyzz"}, not_checked=2))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "not checked: 2", "The PDS gave other bytes than the CID says.")
        await pilot.press("y")
        await seen(stage, pilot, "Copied did:plc:k3vq…m2xa.")
        assert stage.app.clipboard == DID
        await pilot.press("enter")
        await seen(stage, pilot, "received at 12:01:31; no case.")
        await pilot.press("slash", *"larger")
        await seen(stage, pilot, "not checked: 1")
        await pilot.press("enter", "enter")
        await seen(stage, pilot, "▸c41m")


async def test_while_no_pds_is_watched_its_keys_say_so(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, 'mode = "firehose" in config.toml, then restart.')
        await pilot.press("s")
        await seen(stage, pilot, "No PDS is watched: above stands how to switch it on.")
        await pilot.press("y")
        await seen(stage, pilot, "There is nothing to copy.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": ""}, (" pds.example.org:3000\n",)),
        ({"frame_at": None, "seq": None}, ("✓ live for 1 day · no event yet\n",)),
        ({"firehose": "connecting", "since": NOW - SECOND}, ("… connecting for 1 s",)),
        ({"firehose": "down", "since": NOW - 20 * MINUTE, "fault": "No."}, ("■ down for 20 min", "Do: see")),
        (
            {"to_fetch": 3, "fault": "The PDS answers 502."},
            ("▲ 3 to fetch", "The PDS answers 502.", "Do: see"),
        ),
        ({"backfill": None, "listed_at": None}, ("○ not begun", "○ not yet")),
        (
            {"backfill": backfill(ended_at=None), "is_listing": True},
            ("reading the list of accounts", "again"),
        ),
        ({"backfill": backfill(ended_at=None, accounts_listed=0, blobs_found=0)}, ("0 %  0 of 0 accounts",)),
        ({"backfill": backfill(blobs_to_fetch=1)}, ("99 %  48,111 of 48,112 files",)),
        ({"backfill": backfill(blobs_found=1, blobs_to_fetch=5)}, ("0 %  0 of 1 file",)),
        ({"listed_at": NOW - 3 * 24 * 60 * MINUTE}, ("▲ 3 days ago", "it is due each day")),
        ({"gate": gate(mode="block", fail="closed")}, ("✓ mode block · closed when unsure", "1 held")),
        ({"gate": None}, ("○ off: uploads get in before they are compared",)),
        (
            {"takedowns": {"confirmed": 1, "planned": 2, "failed": 0, "remembered": 1}},
            ("… 1 of 3 confirmed by reading back, 2 under way · 1 remembered",),
        ),
    ],
)
async def test_each_state_is_said_in_words(changes: Json, words: tuple[str, ...]) -> None:
    stage = Stage(watching(**changes))
    async with stage.app.run_test(size=(80, 30)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "6 PDS]", *words)


async def test_what_the_pds_says_cannot_act() -> None:
    stage = Stage(watching(fault="evil\u202e[red]\x1b[31m", version="\x1b]0;x", firehose="down"))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "evil\\u202e[red]\\u001b[31m", "PDS \\u001b]0;x")


async def test_the_progress_of_a_backfill_is_asked_for_while_one_looks() -> None:
    run = backfill(ended_at=None, accounts_listed=120)
    stage = Stage(watching(backfill=run, accounts_to_list=94))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("6")
        await seen(stage, pilot, "120 of 214 accounts")
        run["accounts_listed"] = 200
        stage.bridge.status["pds"]["accounts_to_list"] = 14
        await seen(stage, pilot, "200 of 214 accounts")
        await until(pilot, lambda: stage.bridge.asked.count("status") > 2)
