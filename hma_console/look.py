"""How words become cells: what a word stands for, its symbol, and the style it has in one theme.

Of Textual nothing is needed here: what only speaks, as the plain mode does, starts without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rich.style import Style
from rich.text import Text


class Meaning(Enum):
    """What a word on the screen stands for; its value is its symbol."""

    PLAIN = ""
    MUTED = " "
    STRONG = "  "
    NO_MATCH = "·"
    MATCHED = "◆"
    NOT_CHECKED = "?"
    UNHASHABLE = "×"
    FINE = "✓"
    UNDER_WAY = "…"
    LOOK = "▲"
    ALARM = "■"
    QUIET = "●"
    TO_DO = "○"

    @property
    def symbol(self) -> str:
        return self.value


_ASCII = str.maketrans("·◆×✓…▲■●○▸─│█░▁▂▃▄▅▆▇≤←→◂", ".*x+~!#=->-|#.__..--^<<><")


_NOTHING = Style()


@dataclass(frozen=True, slots=True)
class Look:
    """Styles for the meanings in one theme, and whether only ASCII may be drawn."""

    name: str
    styles: Mapping[Meaning, Style]
    is_ascii: bool = False

    def style(self, meaning: Meaning) -> Style:
        return self.styles.get(meaning, _NOTHING)

    def say(self, words: str, meaning: Meaning = Meaning.PLAIN) -> Text:
        """The one way words become cells: never read as markup."""
        return Text(no_wrap=True, end="").append(words, self.style(meaning))

    def mark(self, meaning: Meaning, words: str) -> Text:
        """The symbol, then the words, both in the meaning's style."""
        return self.say(f"{meaning.symbol} {words}", meaning)

    def line(self, *parts: Text | str) -> Text:
        line = Text(no_wrap=True, end="")
        for part in parts:
            line.append(part)
        return line

    def drawn(self, text: Text) -> Text:
        """As the terminal can draw it: in ASCII every symbol has a stand-in of one cell."""
        if not self.is_ascii:
            return text
        copy = text.copy()
        copy.plain = text.plain.translate(_ASCII)
        return copy
