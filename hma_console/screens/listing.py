"""A screen that is a list with a preview: read from the bridge, filtered, kept while away."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from bridge.errors import BridgeError
from hma_console.screens.frame import Frame
from hma_console.themes import Meaning
from hma_console.widgets.lines import Lines
from hma_console.widgets.row_list import Column, RowList
from hma_console.widgets.waiting import Waiting
from hma_console.words import end_cut

T = TypeVar("T")


class ListScreen(Frame, Generic[T]):
    """Subclasses say what is read, how a row is drawn, and what the preview tells of it."""

    ONLY: ClassVar[tuple[str, ...]] = ()
    """What `o` cycles through, the default first."""

    @dataclass
    class RowsRead(Message, bubble=False):
        rows: tuple[object, ...]

    @dataclass
    class ReadFailed(Message, bubble=False):
        fault: BridgeError

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[T, ...] | None = None
        self._needle = ""
        self.only = self.ONLY[0] if self.ONLY else ""

    @abstractmethod
    def columns(self) -> Sequence[Column[T]]: ...

    @abstractmethod
    def key_of(self, row: T) -> str: ...

    @abstractmethod
    async def fetch(self) -> Sequence[T]:
        """The rows as the bridge has them. Raises BridgeError."""

    @abstractmethod
    def heading(self, shown: Sequence[T]) -> tuple[str, str]:
        """What the list shows, and at its right what `o` would show or shows."""

    @abstractmethod
    def preview(self, row: T) -> Sequence[Text]: ...

    @abstractmethod
    def title_of(self, row: T) -> str:
        """The words in the rule above the preview; empty for a plain rule."""

    @abstractmethod
    def why_empty(self) -> str: ...

    @property
    def list(self) -> RowList[T]:
        return self.query_one(RowList)

    @property
    def current(self) -> T | None:
        return self.list.current

    def compose_body(self) -> ComposeResult:
        with Container(id="split"):
            with Vertical(id="left"):
                yield Lines(id="heading")
                yield RowList(self.columns(), self.key_of)
                yield Waiting()
            yield Lines(id="preview", classes="fact")
        yield Input(id="find", placeholder="find; Esc shows all", compact=True)

    def read(self) -> None:
        if self._known is None:
            self.query_one(Waiting).begin()
        self._read()

    @work(exclusive=True, group="read", exit_on_error=False)
    async def _read(self) -> None:
        try:
            rows = await self.fetch()
        except BridgeError as fault:
            self.post_message(self.ReadFailed(fault))
        else:
            self.post_message(self.RowsRead(tuple(rows)))

    def on_list_screen_rows_read(self, message: RowsRead) -> None:
        self.know(message.rows)  # type: ignore[arg-type]

    def on_list_screen_read_failed(self, message: ReadFailed) -> None:
        if self._known is None:
            self.query_one(Waiting).failed(message.fault)
        elif self.console.known.facts.lost is None:
            self.console.tell(message.fault.message, is_error=True)

    def know(self, rows: tuple[T, ...], *, follow: bool = False) -> None:
        """Takes rows as the truth and draws them."""
        self._known = rows
        self._draw_rows(follow=follow)

    def _draw_rows(self, *, follow: bool = False) -> None:
        known = self._known or ()
        shown = tuple(row for row in known if self._needle in self._words_of(row)) if self._needle else known
        self.list.show(shown, follow=follow)
        if self._known is not None:
            empty = "" if shown else self.why_empty()
            if known and not shown:
                empty = f"None of {len(known)} match {self._needle}. Esc shows all."
            self.query_one(Waiting).done(empty)
        self.draw_heading(shown)
        self.draw_preview()
        self.draw_notice()

    def draw_heading(self, shown: Sequence[T]) -> None:
        left, right = self.heading(shown)
        room = self.list.size.width - cell_len(right) - 2
        left = end_cut(left, max(0, room - 1))
        pad = " " * (room - cell_len(left))
        look = self.console.look
        self.query_one("#heading", Lines).show(look.line(f" {left}", pad, look.say(right, Meaning.MUTED)))

    def _words_of(self, row: T) -> str:
        drawn = (column.draw(row).plain for column in self.columns())
        return " ".join((*drawn, self.key_of(row))).lower()  # a refusal's reference is an upload's id

    def draw_body(self) -> None:
        if self._known is not None:
            self._draw_rows()

    def draw_preview(self) -> None:
        preview, row = self.query_one("#preview", Lines), self.current
        if row is None:
            preview.show()
            return
        title = self.title_of(row)
        width = max(10, preview.size.width - 2)
        rule = f"─ {title} ".ljust(width, "─") if title else "─" * width
        look = self.console.look
        lines = [look.line(" ", line) for line in self.preview(row)]
        preview.show(look.say(f" {rule}", Meaning.MUTED), *lines)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        self.draw_preview()
        self.draw_notice()

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action == "find":
            return ""
        return super().reason_against(action, parameters)

    def action_only(self) -> None:
        place = self.ONLY.index(self.only)
        self.only = self.ONLY[(place + 1) % len(self.ONLY)]
        self._known = None
        self.read()

    def find(self) -> None:
        self.query_one("#find").display = True
        self.query_one("#find").focus()

    @on(Input.Changed, "#find")
    def _filter(self, event: Input.Changed) -> None:
        self._needle = event.value.strip().lower()
        self.draw_body()

    @on(Input.Submitted, "#find")
    def _filtered(self) -> None:
        if self._needle:
            self.list.focus()
        else:
            self.action_back()

    def on_key(self, event: Key) -> None:
        if event.key == "escape" and self.query_one("#find").display:
            self.action_back()
            event.stop()
            return
        super().on_key(event)

    def action_back(self) -> None:
        """Esc: shows all rows again."""
        self.query_one("#find", Input).value = ""
        self.query_one("#find").display = False
        self.list.focus()
