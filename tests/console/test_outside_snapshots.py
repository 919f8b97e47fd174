"""4 Actions and 9 Settings in their main states."""

from __future__ import annotations

import pytest

from tests.console.driving import Stage
from tests.console.test_snapshots import Compare, showing
from tests.fakes.outbox import evening


@pytest.mark.parametrize("size", [(60, 22), (80, 24), (200, 50)])
def test_actions_of_an_evening(snap_compare: Compare, stage: Stage, size: tuple[int, int]) -> None:
    stage.bridge.outbox.actions = evening()
    before = showing(stage, "4", "down", "down", "down", words=("try 3   12 min ago",))
    assert snap_compare(stage.app, run_before=before, terminal_size=size)


def test_an_action_that_failed(snap_compare: Compare, stage: Stage) -> None:
    stage.bridge.outbox.actions = evening()
    stage.bridge.status["actions"]["failed"] = 1
    assert snap_compare(stage.app, run_before=showing(stage, "4", words=("try 10", "1 action failed.")))


def test_no_action_yet(snap_compare: Compare, stage: Stage) -> None:
    assert snap_compare(stage.app, run_before=showing(stage, "4", words=("nothing waits.",)))


@pytest.mark.parametrize("size", [(60, 22), (80, 24), (200, 50)])
def test_settings(snap_compare: Compare, stage: Stage, size: tuple[int, int]) -> None:
    before = showing(stage, "9", *["down"] * 7, "right", words=("Enter puts it in force",))
    assert snap_compare(stage.app, run_before=before, terminal_size=size)
