"""Row 2: the nine screens, the active one in reverse; a click opens one."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from hma_console.keys import SCREENS
from hma_console.themes import Look
from hma_console.widgets.lines import Lines


class Tabs(Lines):
    def tell(self, active: str, waiting: int, look: Look) -> None:
        """Only digits where titles do not fit; the number of waiting cases stands at the Queue."""
        narrow = self.app.size.width < 80
        line = Text("", end="", no_wrap=True)
        for name, (digit, title) in SCREENS.items():
            count = f"({waiting})" if name == "queue" and waiting else ""
            words = f"{digit}{count}" if narrow and name != active else f"{digit} {title}{count}"
            label = look.say(f" {words}" if name != active else f"[{words}]")
            if name == active:
                label.stylize("bold reverse")
            label.stylize(Style(meta={"@click": f"app.go('{name}')"}))
            line = line + label
        self.show(_single_spaced(line))


def _single_spaced(line: Text) -> Text:
    """The bracket of the active tab stands in for the blank of the next one."""
    plain = line.plain
    place = plain.find("] ")
    return line if place < 0 else line[: place + 1] + line[place + 2 :]
