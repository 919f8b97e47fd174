"""A console that can draw pictures, in a case, for tests of looking at them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from hma_console.images import Graphics, Means
from hma_console.screens.reveal import RevealScreen
from tests.console.driving import OPTIONS, Stage, opened, seen, until
from tests.fakes.bridge_api import FakeBridge

BLOCK = "▀"
HIDDEN = "Hidden. Hold v to reveal:"


def staged(bridge: FakeBridge, means: Means = Means(Graphics.BLOCKS)) -> Stage:  # noqa: B008
    return Stage(bridge, replace(OPTIONS, means=means))


@asynccontextmanager
async def in_case(
    stage: Stage, case: str = "c41m", words: str = HIDDEN, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[Any]]:
    """The files of a case, its cursor on the first."""
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot)
        stage.app.open_case(f"{case}xxyyzz")
        await seen(stage, pilot, f"▸{case}")
        await pilot.press("enter")
        await seen(stage, pilot, words)
        yield pilot


async def hold(stage: Stage, pilot: Pilot[Any]) -> RevealScreen:
    await pilot.press("v")
    await until(pilot, lambda: BLOCK in stage.words())
    assert isinstance(stage.app.screen, RevealScreen)
    return stage.app.screen


async def gone(stage: Stage, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: not isinstance(stage.app.screen, RevealScreen))
    assert BLOCK not in stage.words()
