"""Dialogs that ask: a choice of several, a few fields, or a word to be typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from bridge.errors import BridgeError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    initial: str = ""
    hint: str = ""
    is_secret: bool = False
    """Not shown as it is typed."""


class Choice(ModalScreen[str]):
    """One of some options, by its id, below lines to read first; None where Esc was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "back"),
        Binding("j", "app.press_key('down')", "down", show=False),
        Binding("k", "app.press_key('up')", "up", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], says: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._choices, self._says = title, options, says

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Text(self._title)
            if self._says:
                yield Static("\n".join(self._says), classes="says", markup=False)
            if self._choices:
                options = (Option(Text(words), id=name) for name, words in self._choices)
                yield OptionList(*options, compact=True)
            how = "Enter chooses, Esc goes back." if self._choices else "Esc goes back."
            yield Static(how, classes="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


class Form(ModalScreen[T], Generic[T]):
    """Fields, below lines to read first, that become one value by `parse`; what it raises is said and asked
    again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "back"),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]

    def __init__(
        self, title: str, fields: Sequence[Field], parse: Callable[[list[str]], T], says: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._title, self._fields, self._parse, self._says = title, fields, parse, says

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Text(self._title)
            if self._says:
                yield Static("\n".join(self._says), classes="says", markup=False)
            for field in self._fields:
                yield Static(field.label, markup=False)
                yield Input(field.initial, field.hint, password=field.is_secret, compact=True)
            yield Static("", id="fault", markup=False)
            yield Static("Enter goes on, Esc goes back.", classes="hint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the last field hands over; before it goes to the next one."""
        inputs = list(self.query(Input))
        if event.input is not inputs[-1]:
            self.focus_next(Input)
            return
        try:
            value = self._parse([one.value for one in inputs])
        except BridgeError as fault:
            self.query_one("#fault", Static).update(Text(f"{fault.message} {fault.hint}".strip()))
        else:
            self.dismiss(value)
