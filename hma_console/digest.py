"""The last week in numbers, under `:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand

from bridge.errors import BridgeError
from hma_console.screens.reading import Page
from hma_console.words import safe

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp


def last_week(app: ConsoleApp) -> SystemCommand:
    words = "What was checked, what was not, what waits, how old the lists are"
    return SystemCommand("The last week", words, lambda: _read(app))


def _read(app: ConsoleApp) -> None:
    async def read() -> None:
        try:
            text = await app.client.digest()
        except BridgeError as fault:
            app.tell(safe(fault.message), is_error=True)
            return
        lines = tuple(app.look.say(f" {safe(line)}") for line in text.splitlines())
        app.push_screen(Page("The last week", lines))

    app.run_worker(read(), group="week", exclusive=True, exit_on_error=False)
