"""A page to read and close: help of a screen, and all messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from hma_console.keys import MOVES, SCREENS, shown
from hma_console.screens.frame import Frame
from hma_console.themes import Look, Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import clock

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp


class Page(ModalScreen[None]):
    """Lines of text over the screen; any of the keys that opened it closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark", "dismiss", "close", id="close"),
    ]

    def __init__(self, title: str, lines: tuple[Text, ...]) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page") as page:
            page.border_title = self._title
            page.border_subtitle = "Esc closes"
            yield Lines()

    def on_mount(self) -> None:
        self.query_one(Lines).show(*self._lines)


def help_of(frame: Frame) -> Page:
    """What a screen shows, and each of its keys with what it does."""
    look = frame.console.look
    lines = [look.say(f" {line}") for line in (frame.HELP or "").strip().splitlines()]
    lines.append(Text())
    lines.append(_key("↑ ↓ j k", "move", "PgUp PgDn a page, Home End all the way.", True, look))
    told = {*SCREENS, *(move.id for move in MOVES)}
    for one in frame.active_bindings.values():
        name = one.binding.id or ""
        if name and name not in told:
            told.add(name)
            key = shown(one.binding)
            _, action, parameters = parse(one.binding.action)
            more = one.tooltip if one.enabled else frame.reason_against(action, parameters)
            lines.append(_key(key, one.binding.description, more, one.enabled, look))
    lines.append(_key("1 … 9", "screens", "Opens the screen of that number.", True, look))
    return Page("Help", tuple(lines))


def _key(key: str, words: str, more: str, enabled: bool, look: Look) -> Text:
    meaning = Meaning.PLAIN if enabled else Meaning.MUTED
    return look.line(
        " ",
        look.say(f"{key:<10}", Meaning.STRONG),
        look.say(f"{words:<20} ", meaning),
        look.say(more, Meaning.MUTED),
    )


def messages_of(app: ConsoleApp) -> Page:
    said = app.notices.all
    lines = [app.look.say(f" {clock(one.said_at)}  {one.words}") for one in reversed(said)]
    return Page("Messages", tuple(lines) or (app.look.say(" Nothing was said yet."),))
