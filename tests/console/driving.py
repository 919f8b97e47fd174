"""What the console's tests share: a console on a bridge in memory, and waiting for what one sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from textual.pilot import Pilot
from textual.strip import Strip

from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from hma_console.options import ConsoleOptions
from hma_console.preferences import Preferences
from tests.fakes.answers import NOW
from tests.fakes.bridge_api import FakeBridge
from tests.fakes.streaming import StreamingTransport

OPTIONS = ConsoleOptions(
    host="pds.example.org", user="ana", preferences=Preferences(theme="dark", symbols="unicode")
)


def dressed(**wishes: Any) -> ConsoleOptions:
    """The options of an operator with other wishes: `theme`, `symbols`, `clock`, `keys`."""
    return replace(OPTIONS, preferences=replace(OPTIONS.preferences, **wishes))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Stage:
    """A bridge in memory, the way to it, and a console that has not been opened yet."""

    def __init__(self, bridge: FakeBridge, options: ConsoleOptions = OPTIONS) -> None:
        self.bridge = bridge
        self.clock = Clock()
        self.transport = StreamingTransport(bridge.app)
        http = httpx.AsyncClient(transport=self.transport, base_url="http://bridge")
        self.client = BridgeClient(http)
        self.app = ConsoleApp(self.client, options, self.clock)

    def go_down(self) -> None:
        """The bridge's process ends."""
        self.transport.is_down = True
        self.bridge.close_streams()

    def words(self) -> str:
        """All that is on the screen, row by row."""
        return "\n".join(row.text.rstrip() for row in self.rows())

    def rows(self) -> list[Strip]:
        return list(self.app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Lets the console work until the condition holds; fails with the screen where it never does."""
    for _ in range(600):
        if condition():
            return
        await pilot.pause(0.01)
    strips = pilot.app.screen._compositor.render_strips()
    raise AssertionError("never seen:\n" + "\n".join(row.text.rstrip() for row in strips))


async def opened(stage: Stage, pilot: Pilot[Any], *words: str) -> None:
    """The bridge was heard and all these words stand on the screen."""
    await until(pilot, lambda: stage.bridge.streams and all(word in stage.words() for word in words))


async def seen(stage: Stage, pilot: Pilot[Any], *words: str) -> None:
    """All these words stand on the screen."""
    await until(pilot, lambda: all(word in stage.words() for word in words))


async def in_queue(stage: Stage, pilot: Pilot[Any], *keys: str) -> None:
    """The cursor is on 7k2p, whose category is NCII."""
    await opened(stage, pilot)
    await pilot.press("2")
    await seen(stage, pilot, "▸9fd0")
    await pilot.press("down", *keys)
