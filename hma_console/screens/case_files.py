"""The files of one case, read-only, on top of the Queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from bridge.catalogue import Category
from hma_console import keys
from hma_console.answers import UploadRow
from hma_console.messages import CasesChanged
from hma_console.screens.listing import ListScreen
from hma_console.screens.upload_words import closest, file_words, finding_cell, told
from hma_console.themes import Meaning
from hma_console.widgets.picture import PicturePane
from hma_console.widgets.row_list import Column
from hma_console.words import age, safe

_BANK = 12


class CaseFilesScreen(ListScreen[UploadRow]):
    NAME = "queue"
    HELP = """
The files of one case with the match of each.
v shows a picture while you hold it, blurred at first. Each look is written down.
Esc goes back to the Queue.
"""
    BINDINGS: ClassVar[list[BindingType]] = [keys.AGAIN, keys.REVEAL]

    def __init__(self, case_id: str, shown_id: str) -> None:
        super().__init__()
        self._case_id = case_id
        self._shown_id = shown_id
        self._is_child_safety = False

    def compose_body(self) -> ComposeResult:
        yield PicturePane(id="picture")
        yield from super().compose_body()

    def columns(self) -> Sequence[Column[UploadRow]]:
        look = self.console.look
        return (
            Column(f"  {'list':<{_BANK}}distance", 33, self._finding),
            Column("how", 18, lambda row: look.say(self._view(row))),
            Column("file", 0, lambda row: look.say(file_words(row)), from_width=72),
            Column("age", 7, lambda row: look.say(age(row.received_at, self.console.clock()))),
        )

    def _finding(self, row: UploadRow) -> Text:
        look = self.console.look
        return look.line(look.mark(Meaning.MATCHED, ""), finding_cell(row, look, _BANK))

    def _view(self, row: UploadRow) -> str:
        hit = closest(row)
        return safe(hit.view) if hit else ""

    def key_of(self, row: UploadRow) -> str:
        return row.id

    async def fetch(self) -> Sequence[UploadRow]:
        case = await self.console.client.case(self._case_id)
        self._is_child_safety = case.category is Category.CHILD_SAFETY
        return case.files

    def heading(self, shown: Sequence[UploadRow]) -> tuple[str, str]:
        return f"case {self._shown_id} · {len(shown):,} of its files · Esc goes back", ""

    def title_of(self, row: UploadRow) -> str:
        return safe(row.id)

    def preview(self, row: UploadRow) -> Sequence[Text]:
        return told(row, self.console.look)

    def draw_preview(self) -> None:
        super().draw_preview()
        number = f"picture {self.list.at + 1}" if self.current else "picture"
        self.query_one(PicturePane).show_for(
            self._case_id, self.current, number, is_child_safety=self._is_child_safety
        )

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action == "reveal":
            return self.query_one(PicturePane).reason_against()
        return super().reason_against(action, parameters)

    def action_reveal(self) -> None:
        self.query_one(PicturePane).reveal()

    def why_empty(self) -> str:
        return "No file is in this case. `hma-console case show` tells what was reported."

    def on_cases_changed(self, message: CasesChanged) -> None:
        self.read()

    def action_back(self) -> None:
        if self.query_one("#find", Input).display:
            super().action_back()
        else:
            self.app.pop_screen()
