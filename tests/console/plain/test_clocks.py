"""When undo and progress are told."""

from __future__ import annotations

from hma_console.plain.progress import Progress
from hma_console.plain.undoing import UndoClock


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def told_within(window_s: int) -> list[int]:
    """The seconds left that are told of a window, each mark reached exactly when it was waited for."""
    clock = Clock()
    undo = UndoClock(clock, lambda left: None)
    undo.watch(clock.now + window_s * 1000)
    told = []
    while True:
        if (left := undo.due()) is not None:
            told.append(left)
        if (pause := undo.pause()) is None:
            return told
        clock.now += round(pause * 1000)


def test_undo_is_told_at_60_30_and_10_seconds() -> None:
    assert told_within(60) == [60, 30, 10]
    assert told_within(300) == [60, 30, 10]
    assert told_within(20) == [20, 10]


def test_a_window_is_told_anew_only_where_it_is_another() -> None:
    clock = Clock()
    undo = UndoClock(clock, lambda left: None)
    until = clock.now + 60_000
    undo.watch(until)
    assert undo.due() == 60
    undo.watch(None)
    assert undo.due() is None
    undo.watch(until)
    assert undo.due() is None
    undo.watch(until - 500)
    assert undo.due() == 60


def test_progress_is_told_each_ten_percent_or_ten_seconds() -> None:
    progress = Progress(0)
    assert [percent for percent in range(0, 101) if progress.is_due(percent, 0)] == list(range(10, 101, 10))

    slow = Progress(0)
    assert [second for second in range(0, 35) if slow.is_due(3, second * 1000)] == [10, 20, 30]
