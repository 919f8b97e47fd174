"""The words in a pane that has nothing to show yet: reading, empty, or what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.timer import Timer

from bridge.errors import BridgeError
from hma_console.themes import Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import safe

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

QUICK, SLOW = 0.3, 5.0
"""Seconds before the word appears, and before it says that the bridge is slow."""


class Waiting(Lines):
    """Takes no room while there is something else to see."""

    def __init__(self) -> None:
        super().__init__(classes="waiting")
        self._pending: list[Timer] = []

    def begin(self) -> None:
        """Reading has begun; a quick answer is never announced."""
        if self._pending or self._lines:
            return
        self._pending = [
            self.set_timer(QUICK, lambda: self._say("Reading…")),
            self.set_timer(SLOW, lambda: self._say("Reading… 5 s, the bridge is slow.")),
        ]

    def done(self, empty: str = "") -> None:
        """Reading has ended; `empty` says why there is nothing to see."""
        self._stop()
        self._say(*([empty] if empty else []))

    def failed(self, fault: BridgeError) -> None:
        self._stop()
        do = [f"Do: {safe(fault.hint)}"] if fault.hint else []
        self._say(safe(fault.message), *do, "a tries again.")

    def _stop(self) -> None:
        for timer in self._pending:
            timer.stop()
        self._pending = []

    def _say(self, *sentences: str) -> None:
        look = cast("ConsoleApp", self.app).look
        self.display = bool(sentences)
        self.show(*(look.say(f" {sentence}", Meaning.MUTED) for sentence in sentences))
