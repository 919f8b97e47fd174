"""One line as it is typed at a terminal that hands over every key.

The terminal's own editing tells nobody that a line was begun; this one does, so that news can wait.
"""

from __future__ import annotations

from enum import Enum, auto

from rich.cells import cell_len

from hma_console.words import safe


class _After(Enum):
    """What the next letter belongs to."""

    TEXT = auto()
    ESCAPE = auto()
    SEQUENCE = auto()


class LineEditor:
    """Backspace takes a letter back, Ctrl+W a word, Ctrl+U and Esc all; arrows do nothing."""

    def __init__(self) -> None:
        self._letters: list[str] = []
        self._after = _After.TEXT

    @property
    def is_empty(self) -> bool:
        return not self._letters

    @property
    def text(self) -> str:
        return "".join(self._letters)

    def type(self, letter: str) -> str:
        """Takes one key that is neither Enter nor Ctrl+D; what to show of it."""
        if self._after is _After.ESCAPE:
            self._after = _After.SEQUENCE if letter in "[O" else _After.TEXT
            return ""
        if self._after is _After.SEQUENCE:
            if "@" <= letter <= "~":
                self._after = _After.TEXT
            return ""
        if letter == "\x1b":
            self._after = _After.ESCAPE
            return ""
        if letter in "\x7f\b":
            return self._take_back(1)
        if letter == "\x17":
            before, space, _ = self.text.rstrip().rpartition(" ")
            return self._take_back(len(self.text) - len(before + space))
        if letter == "\x15":
            return self._take_back(len(self._letters))
        if not letter.isprintable():
            return ""
        self._letters.append(letter)
        return safe(letter)

    def pause(self) -> str:
        """No more came at once: an Esc was the key itself, not the beginning of an arrow's letters."""
        if self._after is not _After.ESCAPE:
            return ""
        self._after = _After.TEXT
        return self._take_back(len(self._letters))

    def _take_back(self, number: int) -> str:
        if not number:
            return ""
        gone = "".join(self._letters[-number:])
        del self._letters[-number:]
        cells = cell_len(safe(gone))
        return "\b" * cells + " " * cells + "\b" * cells
