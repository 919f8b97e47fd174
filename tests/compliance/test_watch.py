"""Silence is attested: starts, stops, a heartbeat a day, and clocks that were set."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.compliance.watch import LogWatch
from bridge.runtime import running_bridge
from bridge.settings import Settings
from tests.compliance.logs import logged_store

DAY = 86_400_000
NOON = 20_000 * DAY + DAY // 2


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = NOON, 0

    def pass_(self, milliseconds: int) -> None:
        self.wall += milliseconds
        self.steady += milliseconds


async def test_one_heartbeat_a_day_and_every_step_of_the_clock(tmp_path: Path) -> None:
    clocks = Clocks()
    async with logged_store(tmp_path) as logged:
        watch = LogWatch(logged.store, logged.log, lambda: clocks.wall, lambda: clocks.steady)
        before = logged.log.state.size
        for milliseconds in (0, 10_000, 10_000, DAY, 10_000):
            clocks.pass_(milliseconds)
            await watch.look_once()
        clocks.wall -= 90_000
        await watch.look_once()
        clocks.wall += 1500
        await watch.look_once()
        leaves = logged.leaves()[before:]
    assert [leaf.type for leaf in leaves] == ["heartbeat", "heartbeat", "clock.step"]
    assert leaves[0].facts == {"entries": before}
    assert leaves[2].facts == {"by_ms": -90_000}


async def test_a_bridge_logs_that_it_started_and_stopped(settings: Settings) -> None:
    for _ in range(2):
        async with running_bridge(settings) as bridge:
            assert not bridge.failed.done()
    from bridge.compliance.leaf import Leaf
    from bridge.compliance.reading import reading

    with reading(settings.store_path) as reader:
        leaves = [Leaf.of_bytes(leaf) for _, leaf in reader.leaves(0, reader.head.size)]
    types = [leaf.type for leaf in leaves if leaf.type.startswith("bridge.")]
    assert types == ["bridge.started", "bridge.stopped"] * 2
    assert len({leaf.inst for leaf in leaves}) == 2


async def test_a_log_that_cannot_be_written_does_not_stop_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with logged_store(tmp_path) as logged:
        clocks = Clocks()
        watch = LogWatch(logged.store, logged.log, lambda: clocks.wall, lambda: clocks.steady)
        with monkeypatch.context() as patch:
            patch.setattr("bridge.compliance.growth.Growth._write", _no_disk)
            await watch.look_once()
        assert "The log could not be written" in caplog.text
        await watch.look_once()
        assert logged.leaves()[-1].type == "heartbeat"


def _no_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")
