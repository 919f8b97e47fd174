"""4 Actions: how each stands in words, and what a key does about it."""

from __future__ import annotations

import pytest

from hma_console.acting import ActionRow
from hma_console.answers import Body
from hma_console.look import Meaning
from hma_console.screens.action_words import on, state, what
from tests.console.driving import Stage, opened, seen
from tests.fakes.answers import HOUR, MINUTE, NOW, SECOND, Json
from tests.fakes.outbox import action, evening, tried


def row(**fields: object) -> ActionRow:
    return ActionRow.parse(Body(action(1) | fields))


@pytest.mark.parametrize(
    ("fields", "meaning", "words"),
    [
        ({"state": "planned", "wait_until": NOW + 48 * SECOND}, Meaning.UNDER_WAY, "leaves in 48 s"),
        ({"state": "planned", "wait_until": NOW - 1}, Meaning.UNDER_WAY, "waits its turn"),
        ({"state": "running"}, Meaning.UNDER_WAY, "sent, reading back"),
        (
            {"state": "running", "trouble": "502.", "attempts": 3, "due_at": NOW + 3 * MINUTE},
            Meaning.LOOK,
            "try 4, in 3 min",
        ),
        (
            {"state": "running", "trouble": "x", "attempts": 3, "due_at": NOW - 1, "message": "case"},
            Meaning.LOOK,
            "try 4 of 10, now",
        ),
        (
            {"state": "planned", "trouble": "The keys are locked."},
            Meaning.LOOK,
            "waits for something, see below",
        ),
        ({"state": "failed", "tries": [tried(0, "x")] * 10}, Meaning.ALARM, "gave up after 10 tries"),
        ({"state": "confirmed", "ended_at": NOW - 2 * MINUTE}, Meaning.FINE, "confirmed 2 min ago"),
        ({"state": "confirmed"}, Meaning.FINE, "confirmed"),
        ({"state": "cancelled", "ended_at": NOW - HOUR}, Meaning.MUTED, "cancelled 1 h ago"),
    ],
)
def test_how_an_action_stands(fields: Json, meaning: Meaning, words: str) -> None:
    assert state(row(**fields), NOW) == (meaning, words)


def test_while_it_is_paused_only_what_is_automatic_waits_for_that() -> None:
    assert state(row(state="planned", automatic=True), NOW, is_paused=True)[1] == "waits: it is paused"
    assert state(row(state="planned"), NOW, is_paused=True)[1] == "waits its turn"


@pytest.mark.parametrize(
    ("fields", "does", "subject"),
    [
        ({}, "take down picture", "did:plc:k3vq…m2xa"),
        ({"type": "hold"}, "hold picture", "did:plc:k3vq…m2xa"),
        ({"type": "restore", "subject": "account"}, "bring back account", "did:plc:k3vq…m2xa"),
        (
            {"type": "webhook", "did": "", "message": "case", "receiver": "key:pics", "named": "88"},
            "webhook, pics",
            "photo 88",
        ),
        (
            {"type": "notify", "did": "", "message": "digest", "receiver": "operator", "named": ""},
            "notice, yours",
            "digest",
        ),
        ({"type": "block", "did": "", "named": ""}, "refuse the upload", "upload u000"),
    ],
)
def test_what_is_done_on_what(fields: Json, does: str, subject: str) -> None:
    assert (what(row(**fields)), on(row(**fields))) == (does, subject)


@pytest.fixture
def busy(stage: Stage) -> Stage:
    stage.bridge.outbox.actions = evening()
    return stage


async def test_the_preview_says_who_decided_each_try_and_what_helps(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4", "down", "down", "down")
        await seen(busy, pilot, "try 3   12 min ago    The webhook redirects, which is not followed.")
        await seen(busy, pilot, "Decided by you 41 min ago, case 9fd0. Reason: picture on one of our lists.")
        await seen(busy, pilot, "Do: Set the new address.", "each try carries the same key.")


async def test_a_tries_again_and_says_so(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "gave up after 10 tries")
        await pilot.press("a")
        await seen(busy, pilot, "Tried again now: webhook, perchpics.", "waits its turn")
    assert busy.bridge.outbox.asked == ["retry 7"]


async def test_dropping_asks_for_the_word_and_only_what_has_not_ended_is_dropped(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "gave up after 10 tries")
        await pilot.press("X")
        await seen(busy, pilot, "Type drop")
        await pilot.press(*"drpo", "enter")
        await seen(busy, pilot, "Type drop to go on.")
        await pilot.press(*(["backspace"] * 4), *"drop", "enter")
        await seen(busy, pilot, "Dropped: webhook, perchpics. It does not happen.")
        await pilot.press("end", "X")
        await seen(busy, pilot, "It has ended: there is nothing to drop.")
    assert busy.bridge.outbox.asked == ["drop 7"]


async def test_u_takes_back_the_one_under_the_cursor(busy: Stage) -> None:
    busy.bridge.desk.decide("9fd0xxyyzz", "takedown")
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4", "down")
        await seen(busy, pilot, "▸  take down account")
        await pilot.press("u")
        await seen(busy, pilot, "Undone")
        await pilot.press("down", "down", "down")
        await seen(busy, pilot, "▸  take down picture")
        await pilot.press("u")
        await seen(busy, pilot, "Taken back: take down picture. Its case stays as it is.")
        await pilot.press("down", "u")
        await seen(busy, pilot, "This one cannot be taken back.")
    assert busy.bridge.outbox.asked == ["undo 3"]


async def test_o_shows_open_ones_and_failed_ones(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "7 actions, failed ones first", "o only: all")
        await pilot.press("o")
        await seen(busy, pilot, "3 actions", "o only: open")
        await pilot.press("o")
        await seen(busy, pilot, "2 need you · 2 actions", "o only: failed")


async def test_enter_opens_the_case_and_a_second_yes_is_not_built(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "c41m")
        await pilot.press("Y")
        await seen(busy, pilot, "A second yes comes with a later version.")
        await pilot.press("y")
        await seen(busy, pilot, "Copied photo 8812.")
        await pilot.press("enter")
        await seen(busy, pilot, "[2 Queue", "▸c41m")


async def test_news_of_an_action_are_shown_without_asking_again_and_again(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "sent, reading back")
        busy.bridge.outbox.actions[2] |= {"state": "confirmed", "ended_at": NOW}
        busy.bridge.say("note", {"type": "action.confirmed", "subject": "takedown:u"}, 1001)
        await seen(busy, pilot, "confirmed 0 s ago")


async def test_what_leaves_soon_counts_down(busy: Stage) -> None:
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot)
        await pilot.press("4")
        await seen(busy, pilot, "leaves in 48 s  u undo")
        busy.clock.now += 41 * SECOND
        await seen(busy, pilot, "leaves in 7 s")


async def test_the_trouble_of_an_action_leads_here(busy: Stage) -> None:
    busy.bridge.status["actions"]["failed"] = 1
    async with busy.app.run_test(size=(80, 24)) as pilot:
        await opened(busy, pilot, "ALARM")
        await pilot.press("exclamation_mark")
        await seen(busy, pilot, "[4 Actions]")


async def test_without_any_action_it_is_calm(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("4")
        await seen(stage, pilot, "Nothing was done yet; nothing waits.")
        await pilot.press("X")
        await seen(stage, pilot, "There is no action here.")
        await pilot.press("u")
        await seen(stage, pilot, "Nothing can be undone now.")
