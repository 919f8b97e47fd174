"""Every screen in every theme, cell by cell: what is written can be read, and colour says nothing alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from rich.segment import Segment
from textual.pilot import Pilot

from hma_console.themes import COLOURS
from tests.console.driving import Stage, dressed, opened, seen
from tests.console.test_themes import contrast
from tests.fakes.answers import log_entry, pds, status
from tests.fakes.bridge_api import lived_in
from tests.fakes.outbox import evening

SHOWN = {
    "home": "On watch",
    "queue": "9fd0",
    "feed": "compared with",
    "actions": "gave up",
    "banks": "StopNCII",
    "pds": "Firehose",
    "log": "heartbeat",
    "policy": "asks you when",
    "settings": "undo window",
}


def stage_in(theme: str) -> Stage:
    stage = Stage(lived_in(), dressed(theme=theme))
    stage.bridge.status = status(pds=pds(), cases__open=3, uploads__not_checked=1, actions__failed=1)
    stage.bridge.outbox.actions = evening()
    stage.bridge.log = [log_entry(1, 0, "heartbeat")]
    return stage


async def screens(stage: Stage, pilot: Pilot[Any]) -> AsyncIterator[str]:
    """Opens each, the last one with its help."""
    await opened(stage, pilot, "On watch")
    for name in SHOWN:
        stage.app.action_go(name)
        await seen(stage, pilot, SHOWN[name])
        await pilot.pause()
        yield name
    await pilot.press("question_mark")
    await seen(stage, pilot, "Esc closes")
    yield "help"


def written(stage: Stage) -> list[Segment]:
    return [cell for row in stage.rows() for cell in row if cell.text.strip() and cell.style is not None]


def colours(cell: Segment) -> tuple[str, str]:
    """What is seen: a word's colour and the one behind it."""
    assert cell.style is not None
    front, back = cell.style.color, cell.style.bgcolor
    assert front is not None, cell
    assert back is not None, cell
    told = front.get_truecolor().hex, back.get_truecolor(foreground=False).hex
    return (told[1], told[0]) if cell.style.reverse else told


@pytest.mark.parametrize("theme", COLOURS)
async def test_every_word_of_every_screen_can_be_read(theme: str) -> None:
    least, stage = 7.0 if theme == "contrast" else 4.5, stage_in(theme)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        async for name in screens(stage, pilot):
            faint = {
                (cell.text.strip(), *colours(cell))
                for cell in written(stage)
                if contrast(*colours(cell)) < least
            }
            assert not faint, name


@pytest.mark.parametrize("theme", ["ansi", "mono"])
async def test_without_hues_of_our_own_nothing_is_lost(theme: str) -> None:
    """The same words and symbols as in colour; `ansi` keeps to the terminal's sixteen, `mono` to none."""
    coloured, plain = stage_in("dark"), stage_in(theme)
    told: dict[str, str] = {}
    async with coloured.app.run_test(size=(80, 24)) as pilot:
        async for name in screens(coloured, pilot):
            told[name] = coloured.words()
    async with plain.app.run_test(size=(80, 24)) as pilot:
        async for name in screens(plain, pilot):
            assert plain.words() == told[name].replace("theme          dark", f"theme          {theme}"), name
            for cell in written(plain):
                assert cell.style is not None
                for colour in (cell.style.color, cell.style.bgcolor):
                    number = None if colour is None or colour.is_default else colour.number
                    assert number is None or (theme == "ansi" and number < 16), (name, cell)
                    assert colour is None or colour.triplet is None, (name, cell)
