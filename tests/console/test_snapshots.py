"""Each screen in its main states, as it looks at 80×24 and in narrow and wide terminals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.console.driving import Stage, dressed, opened, seen, until
from tests.fakes.answers import DAY, HOUR, MINUTE, NOW, SECOND, first_start, log_entry, log_job, pds, status
from tests.fakes.bridge_api import FakeBridge, lived_in

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]


def showing(stage: Stage, *keys: str, words: tuple[str, ...] = ()) -> Before:
    """Opens the console, presses keys one by one, and waits for the words."""

    async def before(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        await until(pilot, lambda: "reading" not in stage.words())
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: all(word in stage.words() for word in words))

    return before


def waiting_bridge() -> FakeBridge:
    bridge = lived_in()
    bridge.status = status(cases__open=3, cases__oldest_opened_at=NOW - DAY, uploads__not_checked=1)
    bridge.status["uploads"]["not_checked_oldest_at"] = NOW - 3 * MINUTE
    return bridge


def test_home_is_quiet(snap_compare: Compare, stage: Stage) -> None:
    stage.bridge.status = status(pds=pds())
    assert snap_compare(stage.app, run_before=showing(stage, words=("All quiet",)))


def test_home_alarms_with_what_to_do(snap_compare: Compare, stage: Stage) -> None:
    oldest = NOW - 47 * MINUTE
    stage.bridge.status = status(
        uploads__not_checked=214,
        uploads__not_checked_oldest_at=oldest,
        machine__disk_used_percent=97,
        cases__open=1,
    )
    assert snap_compare(stage.app, run_before=showing(stage, words=("ALARM 1 of 2",)))


def test_home_on_the_first_start(snap_compare: Compare) -> None:
    stage = Stage(FakeBridge(status=first_start()))
    assert snap_compare(stage.app, run_before=showing(stage, words=("Welcome",)))


def test_home_while_the_bridge_is_offline(snap_compare: Compare, stage: Stage) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot, "All quiet")
        stage.go_down()
        await seen(stage, pilot, "offline")
        stage.clock.now += 4 * SECOND
        stage.app.tick()
        await pilot.pause()

    assert snap_compare(stage.app, run_before=before)


def test_feed_is_live(snap_compare: Compare) -> None:
    stage = Stage(waiting_bridge())
    assert snap_compare(stage.app, run_before=showing(stage, "3", words=("live", "compared with")))


def test_feed_of_what_matters(snap_compare: Compare) -> None:
    stage = Stage(waiting_bridge())

    async def on_the_weak_one(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        for key in ("3", "o"):
            await pilot.press(key)
            await pilot.pause()
        await seen(stage, pilot, "live · only what matters")
        await pilot.press("down", "down", "down", "down")
        await seen(stage, pilot, "distance 22/31")

    assert snap_compare(stage.app, run_before=on_the_weak_one)


@pytest.mark.parametrize("columns", [64, 80, 120])
def test_feed_at_other_widths(snap_compare: Compare, columns: int) -> None:
    stage = Stage(waiting_bridge())
    rows = 22 if columns < 80 else 24
    before = showing(stage, "3", words=("live", "compared with"))
    assert snap_compare(stage.app, run_before=before, terminal_size=(columns, rows))


@pytest.mark.parametrize("size", [(64, 22), (80, 24), (140, 40)])
def test_queue(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = Stage(waiting_bridge())

    async def on_the_weak_one(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "7k2p")
        await pilot.press("down")
        await seen(stage, pilot, "Weak match")

    assert snap_compare(stage.app, run_before=on_the_weak_one, terminal_size=size)


def test_banks(snap_compare: Compare, stage: Stage) -> None:
    assert snap_compare(stage.app, run_before=showing(stage, "5", words=("StopNCII", "industry list")))


def test_banks_while_an_import_runs(snap_compare: Compare, stage: Stage) -> None:
    stage.bridge.status["jobs"] = [
        {
            "id": "j1",
            "kind": "import",
            "bank": "NCMEC",
            "actor": "ana",
            "started_at": NOW - 6 * SECOND,
            "bytes_read": 20_000_000,
            "bytes_total": 32_500_000,
            "lines": 310_400,
            "added": 309_988,
            "already": 409,
            "bad_count": 3,
            "bad": [
                {"line": 1207, "why": "63 digits, 64 needed for pdq"},
                {"line": 88410, "why": "not hexadecimal: 'n/a'…"},
            ],
        }
    ]
    words = ("Import begun by ana", "62 %", "goes on if you leave")
    assert snap_compare(stage.app, run_before=showing(stage, "5", words=words))


def logged(stage: Stage) -> Stage:
    case = {"case": "2mme7k2p9fd0aaaa", "type": "case.opened"}
    stage.bridge.log = [
        log_entry(9309, 12 * SECOND, "heartbeat"),
        log_entry(9308, 4 * MINUTE, "case opened", **case),
        log_entry(9307, 5 * MINUTE, "31 uploads without a match", type="scan.batch"),
        log_entry(9306, 2 * HOUR, "4 entries added to bank 1", who="ana", type="bank.entries_added"),
        log_entry(9305, 3 * DAY, "keys unlocked by keyring", who="ana", type="key.unlocked"),
    ]
    return stage


@pytest.mark.parametrize("size", [(64, 22), (80, 24), (140, 40)])
def test_log_after_a_check(snap_compare: Compare, stage: Stage, size: tuple[int, int]) -> None:
    found = {
        "entries": 9310,
        "signed": 9310,
        "whole": True,
        "problems": [],
        "proven": ["no entry was changed, removed or added, measured against 88 kept heads"],
        "not_proven": ["that the clock was right", "who wrote it, to somebody who does not know our key"],
        "took_ms": 412,
    }
    stage.bridge.job = log_job("check", state="done", check=found)
    before = showing(logged(stage), "7", "s", words=("Whole.",))
    assert snap_compare(stage.app, run_before=before, terminal_size=size)


def test_log_is_damaged(snap_compare: Compare, stage: Stage) -> None:
    stage.bridge.status["log"]["trouble"] = True
    found = {
        "entries": 9310,
        "signed": 9310,
        "whole": False,
        "problems": ["Entries 4096 to 4111 are not what they were: one was changed."],
        "proven": [],
        "not_proven": ["that the clock was right"],
        "took_ms": 412,
    }
    stage.bridge.job = log_job("check", state="done", check=found)
    assert snap_compare(stage.app, run_before=showing(logged(stage), "7", "s", words=("DAMAGED. C",)))


def test_log_while_a_check_runs(snap_compare: Compare, stage: Stage) -> None:
    stage.bridge.job = log_job("check", done=7262, total=9310)
    assert snap_compare(stage.app, run_before=showing(logged(stage), "7", "s", words=("7,262 of 9,310",)))


def test_a_dialog_leaves_the_rest_to_be_read(snap_compare: Compare, stage: Stage) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "industry list")
        await pilot.press("X")
        await seen(stage, pilot, "Type NCMEC")

    assert snap_compare(stage.app, run_before=before)


def test_help(snap_compare: Compare, stage: Stage) -> None:
    assert snap_compare(stage.app, run_before=showing(stage, "3", "question_mark", words=("Esc closes",)))


@pytest.mark.parametrize("theme", ["light", "contrast", "ansi", "mono"])
def test_feed_in_other_themes(snap_compare: Compare, theme: str) -> None:
    stage = Stage(waiting_bridge(), dressed(theme=theme))
    assert snap_compare(stage.app, run_before=showing(stage, "3", words=("live", "compared with")))


def test_feed_in_ascii(snap_compare: Compare) -> None:
    stage = Stage(waiting_bridge(), dressed(symbols="ascii"))
    assert snap_compare(stage.app, run_before=showing(stage, "3", words=("live", "compared with")))


def test_a_terminal_that_is_too_small(snap_compare: Compare, stage: Stage) -> None:
    before = showing(stage, words=("Make the window larger",))
    assert snap_compare(stage.app, run_before=before, terminal_size=(56, 18))
