"""Rows 23 and 24: the screen's own keys, then the common ones; what cannot work now is dim."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.binding import ActiveBinding

from hma_console.keys import shown
from hma_console.themes import Look, Meaning
from hma_console.widgets.lines import Lines

_COMMON = ("open", "find", "commands", "help", "quit")
_FIRST_TO_GO = ("find", "quit")
"""Common keys that leave the bar, in this order, where the screen's own need the room."""
_LAST_TO_GO = ("commands", "help")


class KeyBar(Lines):
    _told: object = None

    def tell(self, bindings: list[ActiveBinding], look: Look) -> None:
        """Draws them where anything of it is other than before: it is told so every time an age changes."""
        told = (self.app.size, look, [(one.binding, one.enabled) for one in bindings])
        if told != self._told:
            self._told = told
            self._draw(bindings, look)

    def _draw(self, bindings: list[ActiveBinding], look: Look) -> None:
        width, rows = self.app.size.width, 1 if self.app.size.width < 80 or self.app.size.height < 24 else 2
        named = {one.binding.id: one for one in bindings}
        own = [one for one in bindings if one is named[one.binding.id] and one.binding.id not in _COMMON]
        common = [named[name] for name in _COMMON if name in named]
        if rows == 1:
            common = [one for one in common if one.binding.id in _LAST_TO_GO]
            room = width - cell_len(_row(common, look, "  ").plain) - 1
            self.show(_row(own[: _how_many(own, look, room)] + common, look, "  "))
            return
        for gap in ("   ", "  "):
            first = _row(own, look, gap)
            if cell_len(first.plain) <= width:
                self.show(first, _row(common, look, gap))
                return
        fitting = _how_many(own, look, width)
        rest = own[fitting:]
        while common and cell_len(_row(rest + common, look, "  ").plain) > width:
            common.remove(min(common, key=_importance))
        self.show(_row(own[:fitting], look, "  "), _row(rest + common, look, "  "))


def _importance(one: ActiveBinding) -> int:
    name = one.binding.id or ""
    return _FIRST_TO_GO.index(name) if name in _FIRST_TO_GO else len(_FIRST_TO_GO)


def _how_many(keys: list[ActiveBinding], look: Look, width: int) -> int:
    number = len(keys)
    while number and cell_len(_row(keys[:number], look, "  ").plain) > width:
        number -= 1
    return number


def _row(keys: list[ActiveBinding], look: Look, gap: str) -> Text:
    line = Text(" ", end="", no_wrap=True)
    for number, one in enumerate(keys):
        key = shown(one.binding)
        label = look.say(f"{key} {one.binding.description}")
        label.stylize(look.style(Meaning.STRONG if one.enabled else Meaning.MUTED), 0, len(key))
        if not one.enabled:
            label.stylize(look.style(Meaning.MUTED))
        label.stylize(Style(meta={"@click": f"app.press_key('{one.binding.key}')"}))
        line = line + (gap if number else "") + label
    return line
