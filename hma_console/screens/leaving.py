"""Asked before a console ends that runs its own bridge."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static


class LeavingDialog(ModalScreen[bool]):
    """True where the operator leaves all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q,enter", "leave", "quit"),
        Binding("escape", "stay", "stay"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Quit"
            yield Static("The bridge runs inside this console and ends with it.", markup=False)
            yield Static("No upload is checked until it runs again.", markup=False)
            yield Static("Enter or q quits both, Esc stays.", markup=False, classes="hint")

    def action_leave(self) -> None:
        self.dismiss(True)

    def action_stay(self) -> None:
        self.dismiss(False)
