"""Lists of others on the Banks screen: who shares them, one connected, one disconnected."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.console.driving import Stage, opened, seen
from tests.fakes.answers import NOW, SECOND, bank
from tests.fakes.lists import listed


async def at_programme(stage: Stage, pilot: Pilot[None], row: int) -> None:
    """What is known of the programme of that row."""
    await at_programmes(stage, pilot)
    await pilot.press("home", *["down"] * row, "enter")
    await seen(stage, pilot, "holds", "takes", "here")


async def at_programmes(stage: Stage, pilot: Pilot[None]) -> None:
    await opened(stage, pilot)
    await pilot.press("5")
    await seen(stage, pilot, "industry list")
    await pilot.press("g")
    await seen(stage, pilot, "Lists of others: who shares them")


async def typed(stage: Stage, pilot: Pilot[None], *values: str) -> None:
    for one, value in zip(stage.app.screen.query(Input), values, strict=True):
        one.value = value
        one.focus()
        await pilot.press("enter")


async def test_every_programme_is_told_with_what_is_here_of_it(stage: Stage) -> None:
    lists = [listed("NCMEC", "ncmec"), listed("a", "watched"), listed("b", "watched", "failing")]
    stage.bridge.lists.lists = lists
    stage.bridge.lists.secrets = {"stopncii"}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "─ NCMEC ─", "current")
        await pilot.press("g")
        await seen(stage, pilot, "who shares them")
        rows = [" ".join(row.strip(" │").split()) for row in stage.words().splitlines()]
        for words in (
            "NCMEC hash sharing (US) connected",
            "StopNCII secret is set",
            "Meta ThreatExchange not connected",
            "Arachnid Shield (C3P, Canada) not asked",
            "GIFCT hash-sharing database no list to read here",
            "a file or an https address of yours connected, failing",
        ):
            assert any(words in row for row in rows), words


async def test_one_says_who_is_given_it_what_to_send_and_how_long_it_takes(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_programme(stage, pilot, 4)
        await seen(stage, pilot, "members of GIFCT", "apply for membership", "no time is promised")
        assert "connect a list" not in stage.words()
        await pilot.press("escape")
        await seen(stage, pilot, "industry list")


@pytest.mark.parametrize(
    ("secrets", "shield", "words"),
    [
        (set(), None, ("not asked; its secret is not set", "secret set arachnid")),
        ({"arachnid"}, None, ("not asked; its secret is set", "arachnid = true")),
        (set(), (None, "", ""), ("but its secret is not set", "secret set arachnid")),
        ({"arachnid"}, (None, "", ""), ("asked from the next upload on",)),
        ({"arachnid"}, (NOW - 4 * SECOND, "", ""), ("asked for each upload, answered 4 s ago",)),
        (
            {"arachnid"},
            (NOW - 4 * SECOND, "It answers with status 503.", "Wait for it."),
            ("no answer: It answers with status 503", "Wait for it"),
        ),
    ],
)
async def test_arachnid_shield_says_whether_it_is_asked_and_answers(
    stage: Stage, secrets: set[str], shield: tuple[int | None, str, str] | None, words: tuple[str, ...]
) -> None:
    stage.bridge.lists.secrets = secrets
    if shield is not None:
        stage.bridge.lists.shield = dict(zip(("answered_at", "fault", "remedy"), shield, strict=True))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_programme(stage, pilot, 3)
        await seen(stage, pilot, *words)


async def test_what_arachnid_shield_finds_is_no_bank_of_nothing(stage: Stage) -> None:
    stage.bridge.lists.shield = {"answered_at": NOW, "fault": "Down.", "remedy": ""}
    stage.bridge.lists.secrets = {"arachnid"}
    one = bank("Arachnid Shield", origin="arachnid", entry_count=None, signals=None, category="child_safety")
    stage.bridge.banks.insert(0, one)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "elsewhere", "at Arachnid Shield; g says whether it is asked")
        await seen(stage, pilot, "· Arachnid no answer")
        assert "matches nothing" not in stage.words()
        await pilot.press("i")
        await seen(stage, pilot, "Import or add")
        assert "into Arachnid" not in stage.words()
        await pilot.press("escape", "X")
        await seen(stage, pilot, "The next upload would make it again")


async def test_a_file_is_connected_by_a_form(stage: Stage, tmp_path: Path) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_programme(stage, pilot, 7)
        await pilot.press("enter")
        await seen(stage, pilot, "Source: an absolute path", "Category: child_safety", "Bank to fill")
        assert "secret" not in stage.words()
        await typed(stage, pilot, "friends", "", "ncii", "own")
        await seen(stage, pilot, "Source is missing.")
        await typed(stage, pilot, "friends", str(tmp_path / "l.txt"), "no such", "own")
        await seen(stage, pilot, "That category is unknown.")
        await typed(stage, pilot, " friends ", str(tmp_path / "l.txt"), "NCII", "own")
        await seen(stage, pilot, "friends is connected, into own; it is kept up to date.")
        await pilot.press("down", "down")
        await seen(stage, pilot, "─ own ─", "syncing · 0 read so far")
    assert stage.bridge.lists.connected == [
        {
            "name": "friends",
            "kind": "watched",
            "settings": {"source": str(tmp_path / "l.txt")},
            "bank": "own",
            "category": "ncii",
        }
    ]


async def test_a_secret_is_asked_for_by_no_form_but_its_command_is_named(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "industry list")
        await pilot.press("i")
        await seen(stage, pilot, "a list of somebody else's")
        await pilot.press("end", "enter")
        await seen(stage, pilot, "who shares them")
        await pilot.press("home", "enter")
        await seen(stage, pilot, "connect a list of it")
        await pilot.press("enter")
        await seen(stage, pilot, "never typed here", "hma-console secret set ncmec", "empty: one of")
        labels = ("Name of the list", "Environment: industry", "Feedback: yes or no")
        assert all(words in stage.words() for words in labels)
        await typed(stage, pilot, "US", "test-industry", "yes", "")
        await seen(stage, pilot, "US is connected. Next: `hma-console secret set ncmec`.")
    [sent] = stage.bridge.lists.connected
    assert sent == {
        "name": "US",
        "kind": "ncmec",
        "settings": {"environment": "test-industry", "feedback": "yes"},
    }


async def test_what_the_bridge_refuses_is_said(stage: Stage) -> None:
    stage.bridge.lists.lists = [listed("own", "watched")]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_programme(stage, pilot, 7)
        await pilot.press("enter")
        await seen(stage, pilot, "Bank to fill")
        await typed(stage, pilot, "own", "/l.txt", "own", "")
        await seen(stage, pilot, "A list named own is connected already.")


async def test_a_list_is_disconnected_once_it_is_said_what_that_does_and_its_name_typed(stage: Stage) -> None:
    stage.bridge.lists.lists = [listed("US", "ncmec", bank="NCMEC", entries=1204)]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "US · ncmec · 1,204 entries")
        await pilot.press("X")
        await seen(stage, pilot, "Disconnect the list US", "Of its 1,204 entries, what only it has leaves")
        await pilot.press(*"us", "enter")
        await seen(stage, pilot, "Type US to go on.")
        assert stage.bridge.lists.lists
        await typed(stage, pilot, "US")
        await seen(stage, pilot, "US is disconnected. What only it had leaves NCMEC, which stays.")
        assert not stage.bridge.lists.lists
        await pilot.press("X")
        await seen(stage, pilot, "Remove NCMEC with 1,181,204 entries")


async def test_of_several_lists_of_a_bank_one_is_chosen(stage: Stage) -> None:
    stage.bridge.lists.lists = [listed(name, "ncmec", bank="NCMEC") for name in ("US", "NGO")]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "US · ncmec", "NGO · ncmec")
        await pilot.press("X")
        await seen(stage, pilot, "Disconnect which list")
        await pilot.press("down", "enter")
        await seen(stage, pilot, "Type NGO")
        await pilot.press(*"NGO", "enter")
        await seen(stage, pilot, "NGO is disconnected.")
    assert [one["name"] for one in stage.bridge.lists.lists] == ["US"]


async def test_while_the_bridge_is_lost_nothing_is_connected(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "industry list")
        stage.go_down()
        await seen(stage, pilot, "○ offline")
        await pilot.press("g")
        await seen(stage, pilot, "The bridge does not answer: no bank can be changed or read")
