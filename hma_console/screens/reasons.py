"""The list of reasons above the notice line: why it is decided so, what follows, and what must be typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hma_console.case_answers import Reason


@dataclass(frozen=True, slots=True)
class Question:
    """`follows` says what a yes does, a sentence a line; `typed` is what must be typed, empty for nothing."""

    title: str
    reasons: Sequence[Reason]
    follows: Sequence[str]
    typed: str = ""
    typed_for: str = ""


class ReasonList(ModalScreen[str]):
    """The code of the reason chosen; None where Esc was pressed. The first is the default: Enter takes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "back"),
        Binding("j", "app.press_key('down')", "down", show=False),
        Binding("k", "app.press_key('up')", "up", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._code = ""

    def compose(self) -> ComposeResult:
        asked = self._question
        with Vertical(classes="dialog reasons") as dialog:
            dialog.border_title = Text(asked.title)
            yield OptionList(*(Option(Text(one.words), id=one.code) for one in asked.reasons), compact=True)
            for sentence in asked.follows:
                yield Static(Text(sentence), classes="follows")
            yield Static("", id="typed-for", markup=False)
            yield Input(id="typed", compact=True)
            yield Static("Enter takes it, Esc goes back.", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#typed-for").display = False
        self.query_one("#typed").display = False

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._code = event.option_id or ""
        if not self._question.typed:
            self.dismiss(self._code)
            return
        self.query_one(OptionList).disabled = True
        self._ask(f"Type {self._question.typed}{self._question.typed_for}")
        self.query_one("#typed").display = True
        self.query_one("#typed").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip().casefold() == self._question.typed.casefold():
            self.dismiss(self._code)
        else:
            self._ask(f"That is not {self._question.typed}. Esc goes back.")

    def _ask(self, words: str) -> None:
        line = self.query_one("#typed-for", Static)
        line.update(Text(words))
        line.display = True
