"""The last week in numbers is a command."""

from __future__ import annotations

from tests.console.driving import Stage, opened, seen


async def test_the_last_week_is_read_from_the_bridge_and_closed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("colon", *"last week", "enter")
        await seen(
            stage, pilot, "The last week", "Checked: 4,110 uploads, matched: 0.", "List own: 12 entries"
        )
        await pilot.press("escape")
        await seen(stage, pilot, "On watch")
