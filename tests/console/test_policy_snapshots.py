"""The Policy screen in its states, as it looks at 80×24, in narrow terminals, and with nothing to rule."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.console.driving import Stage, opened, seen
from tests.console.test_snapshots import Compare, showing
from tests.fakes.bridge_api import FakeBridge, lived_in


def ruled() -> FakeBridge:
    bridge = lived_in()
    bridge.policy.put(bank="StopNCII", threshold=20)
    bridge.banks[1] |= {"mode": "enforce", "threshold": 31}
    return bridge


def test_policy_without_a_bank(snap_compare: Compare) -> None:
    bridge = lived_in()
    bridge.banks.clear()
    stage = Stage(bridge)
    before = showing(stage, "8", words=("No bank yet",))
    assert snap_compare(stage.app, run_before=before)


def test_policy_as_it_is_in_force(snap_compare: Compare) -> None:
    stage = Stage(ruled())
    assert snap_compare(stage.app, run_before=showing(stage, "8", words=("2,114 matches", "█")))


@pytest.mark.parametrize("size", [(60, 22), (80, 24), (120, 40)])
def test_policy_with_a_try(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = Stage(ruled())

    async def on_a_try(pilot: Pilot[Any]) -> None:
        await opened(stage, pilot)
        await pilot.press("8")
        await seen(stage, pilot, "─ NCMEC ─", "2,114 matches")
        await pilot.press("down", *["left"] * 11)
        await seen(stage, pilot, "─ StopNCII ─", "(now 31)", "7 of the 9", "7k2p would be")

    assert snap_compare(stage.app, run_before=on_a_try, terminal_size=size)
