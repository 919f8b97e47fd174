"""The pictures in `docs/screens` are what the console draws; `--snapshot-update` draws them anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.console.driving import Stage, opened, seen
from tests.console.test_case_snapshots import busy
from tests.fakes.answers import DAY, MINUTE, NOW, SECOND
from tests.fakes.lists import listed

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
FROM_THE_NETWORK = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Whoever looks at the docs asks no other host for a typeface."""


def drawn(stage: Stage) -> str:
    return FROM_THE_NETWORK.sub("", stage.app.export_screenshot()).replace("Fira Code,", "")


def check(stage: Stage, request: pytest.FixtureRequest, *names: str) -> None:
    for name in names:
        path = FOLDER / f"{name}.svg"
        if request.config.getoption("update_snapshots"):
            path.write_text(drawn(stage))
        assert drawn(stage) == path.read_text(), f"{path.name} is not what the console draws"


async def decide(stage: Stage, pilot: Pilot[Any], request: pytest.FixtureRequest, size: str) -> None:
    """Each key that leads from the first screen to a decided case."""
    await opened(stage, pilot, "3 cases wait")
    check(stage, request, f"home-{size}")
    await pilot.press("2")
    await seen(stage, pilot, "▸9fd0")
    await pilot.press("down")
    await seen(stage, pilot, "▸7k2p", "Weak match: look closer.")
    check(stage, request, f"queue-{size}")
    await pilot.press("enter")
    await seen(stage, pilot, "4 files")
    check(stage, request, f"case-{size}")
    await pilot.press("r")
    await seen(stage, pilot, "Enter takes it")
    check(stage, request, f"reason-{size}")
    await pilot.press("enter")
    await seen(stage, pilot, ": released.", "u undo", "Case c41m", "◆ 2 wait")
    check(stage, request, f"decided-{size}")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
async def test_from_home_to_a_decided_case(request: pytest.FixtureRequest, columns: int, rows: int) -> None:
    stage = Stage(busy())
    stage.bridge.status["cases"] |= {
        "open": 3,
        "oldest_opened_at": NOW - DAY,
        "last_opened_at": NOW - 20 * MINUTE,
    }
    async with stage.app.run_test(size=(columns, rows)) as pilot:
        await decide(stage, pilot, request, f"{columns}x{rows}")


async def test_who_shares_lists_and_a_form_for_one(request: pytest.FixtureRequest) -> None:
    stage = Stage(busy())
    stage.bridge.lists.lists = [listed("NCMEC", "ncmec", entries=1_181_204)]
    stage.bridge.lists.secrets = {"ncmec", "arachnid"}
    stage.bridge.lists.shield = {"answered_at": NOW - 4 * SECOND, "fault": "", "remedy": ""}
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "─ NCMEC ─", "current", "Arachnid asked")
        await pilot.press("g")
        await seen(stage, pilot, "who shares them")
        check(stage, request, "programmes-80x24")
        await pilot.press("home", "down", "enter")
        await seen(stage, pilot, "connect a list of it")
        check(stage, request, "programme-80x24")
        await pilot.press("enter")
        await seen(stage, pilot, "hma-console secret set stopncii", "empty: one of the list")
        check(stage, request, "new-list-80x24")
