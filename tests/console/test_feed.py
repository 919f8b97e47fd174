from __future__ import annotations

import asyncio
from functools import partial

from tests.console.driving import Stage, opened, seen, until
from tests.fakes.answers import hit, upload


def asked_for_pages(stage: Stage, number: int) -> bool:
    return stage.bridge.asked.count("uploads") >= number


async def test_an_upload_appears_while_one_watches(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        stage.bridge.take(upload(1001, 0, "matched", claimed_author="new.example", matches=[hit()]))
        await seen(stage, pilot, "▸0 s     ◆ matched")


async def test_off_the_top_row_the_list_holds_still_until_home_is_pressed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "live")
        await pilot.press("down")
        await seen(stage, pilot, "held still")
        before = stage.words().splitlines()[4:12]
        stage.bridge.take(upload(1001, 0), upload(1002, 0))
        await seen(stage, pilot, "2 new above")
        assert stage.words().splitlines()[4:12] == before
        await pilot.press("home")
        await seen(stage, pilot, "live")
        assert stage.words().splitlines()[4].startswith("▸0 s")


async def test_only_what_matters_leaves_out_every_plain_no_match(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "live · all")
        await pilot.press("o")
        await seen(stage, pilot, "live · only what matters")
        stage.bridge.take(upload(1001, 0), upload(1002, 0, "unhashable", reason="broken PNG"))
        await seen(stage, pilot, "broken PNG")
        assert "· no match" not in stage.words()


async def test_older_uploads_are_read_when_the_cursor_nears_the_end(stage: Stage) -> None:
    stage.bridge.uploads = [upload(seq, 0, claimed_author=f"n{seq}.example") for seq in range(900, 0, -1)]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "n900.example")
        await pilot.press("end")
        await until(pilot, lambda: stage.bridge.asked.count("uploads") == 2)
        await pilot.press("end")
        await seen(stage, pilot, "n501.example")


async def test_after_older_pages_home_reads_the_newest_again(stage: Stage) -> None:
    stage.bridge.uploads = [upload(seq, 0, claimed_author=f"n{seq}.example") for seq in range(900, 0, -1)]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "n900.example")
        for asked in (2, 3, 4):
            await pilot.press("end")
            await until(pilot, partial(asked_for_pages, stage, asked))
            await pilot.pause()
        await pilot.press("home")
        await seen(stage, pilot, "n900.example", "live")


async def test_what_strangers_wrote_is_shown_and_not_obeyed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("slash", *"evi", "enter")
        await seen(stage, pilot, "says evil\\u202e[r…e\\u001b[31m")


async def test_a_list_is_searched_as_it_is_drawn_and_esc_shows_all(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("slash", *"lio")
        await until(pilot, lambda: "mara.example" not in stage.words())
        assert "lio.example" in stage.words()
        await pilot.press(*"xx")
        await seen(stage, pilot, "None of 12 match lioxx. Esc shows all.")
        await pilot.press("escape")
        await seen(stage, pilot, "mara.example")


async def test_reading_is_said_only_when_it_takes_a_while(stage: Stage) -> None:
    stage.bridge.gate = asyncio.Event()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "Reading…")
        stage.bridge.gate.set()
        await seen(stage, pilot, "mara.example")
        assert "Reading…" not in stage.words()


async def test_a_feed_that_was_away_is_read_anew(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("1")
        await seen(stage, pilot, "[1 Home]")
        stage.bridge.take(upload(1001, 0, claimed_author="new.example"))
        await pilot.press("3")
        await seen(stage, pilot, "new.example")


async def test_enter_on_a_match_puts_the_queues_cursor_on_its_case(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "▸9fd0")
        await pilot.press("enter")
        await seen(stage, pilot, "Case 9fd0")
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("down", "enter")
        await seen(stage, pilot, "▸c41m")


async def test_a_case_that_the_queue_leaves_out_is_shown_all_the_same(stage: Stage) -> None:
    stage.bridge.cases[2]["state"] = "decided"
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("down", "enter")
        await seen(stage, pilot, "▸c41m", "o only: decided")


async def test_a_search_for_nothing_closes(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "mara.example")
        await pilot.press("slash")
        await seen(stage, pilot, "Esc shows all")
        await pilot.press("enter")
        await until(pilot, lambda: "Esc shows all" not in stage.words())


async def test_the_reason_is_said_in_words(stage: Stage) -> None:
    stage.bridge.uploads = [upload(999, 0, "not_checked", reason="no_list", banks=[])]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "no list is connected")


async def test_each_upload_says_where_it_came_from(stage: Stage) -> None:
    on_pds = {"did": "did:plc:k3vqabcdefghijklm2xa", "sender": "pds"}
    stage.bridge.uploads = [
        upload(999, 0, sender="perch"),
        upload(998, 0, source="scan", sender="ana"),
        upload(997, 0, source="firehose", **on_pds),
        upload(996, 0, source="backfill", **on_pds),
        upload(995, 0, source="gate", **on_pds | {"sender": "gate"}),
    ]
    came = ("sent by perch", "scanned by ana", "named on the firehose", "found by the backfill")
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("3")
        await seen(stage, pilot, "perch\n", "scan\n", "firehose\n", "backfill\n", "gate\n")
        for words in came:
            await seen(stage, pilot, words)
            await pilot.press("down")
        await seen(stage, pilot, "came through the gate")
