"""A list of rows with a cursor: draws only what is seen, so ten thousand rows cost as ten do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hma_console.keys import MOVES, OPEN
from hma_console.widgets.lines import draw
from hma_console.words import end_cut, middle_cut

T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """`width` cells, 0 for what is left over; shown where the screen has `from_width` columns."""

    label: str
    width: int
    draw: Callable[[T], Text]
    from_width: int = 0
    align_right: bool = False
    cut_middle: bool = False


class RowList(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """Rows of values, each known by a key; the cursor stays on its row when others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES, OPEN]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor", "row-list--header"}

    @dataclass
    class Moved(Message):
        """The cursor stands on another row, or on none."""

        rows: RowList[object]

    @dataclass
    class Chosen(Message):
        """Enter was pressed, or the cursor's row clicked."""

        rows: RowList[object]

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        can_stand: Callable[[T], bool] = lambda _: True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, classes="fact")
        self._columns = tuple(columns)
        self._key = key
        self._can_stand = can_stand
        self._rows: tuple[T, ...] = ()
        self._at = 0
        self._has_header = any(column.label for column in columns)

    @property
    def rows(self) -> tuple[T, ...]:
        return self._rows

    @property
    def at(self) -> int:
        """The number of the cursor's row, from 0."""
        return self._at

    @property
    def current(self) -> T | None:
        return self._rows[self._at] if self._at < len(self._rows) else None

    @property
    def is_at_top(self) -> bool:
        """Whether no row above the cursor's takes it."""
        return not any(map(self._can_stand, self._rows[: self._at]))

    def show(self, rows: Sequence[T], *, follow: bool = False) -> None:
        """Replaces the rows; the cursor stays on its row, or on the first one to `follow`."""
        before = None if self.current is None else self._key(self.current)
        self._rows = tuple(rows)
        self.virtual_size = Size(self.size.width, len(self._rows) + self._has_header)
        places = {self._key(row): number for number, row in enumerate(self._rows)}
        kept = places.get(before) if before is not None and not follow else None
        self._stand(0 if follow else self._at if kept is None else kept, 1)
        now = None if self.current is None else self._key(self.current)
        self.refresh()
        if now != before:
            self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def _stand(self, at: int, step: int) -> None:
        """Puts the cursor on the first row from `at` on, in the direction of `step`, that takes it."""
        number = len(self._rows)
        at = max(0, min(at, number - 1))
        ahead, behind = range(at, number), range(min(at, number - 1), -1, -1)
        for place in chain(ahead, behind) if step > 0 else chain(behind, ahead):
            if self._can_stand(self._rows[place]):
                self._at = place
                self._keep_in_sight()
                return
        self._at = 0

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self._at < top:
            top = 0 if self.is_at_top else self._at
        top = max(top, self._at - self._page + 1)
        self.scroll_to(y=top, animate=False)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self._has_header)

    def _move(self, to: int, step: int) -> None:
        before = self._at
        self._stand(to, step)
        if self._at != before:
            self.refresh()
            self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def stand_on(self, key: str) -> None:
        """Puts the cursor on the row of that key, where there is one."""
        for place, row in enumerate(self._rows):
            if self._key(row) == key:
                self._move(place, 1)
                return

    def action_up(self) -> None:
        self._move(self._at - 1, -1)

    def action_down(self) -> None:
        self._move(self._at + 1, 1)

    def action_page_up(self) -> None:
        self._move(self._at - self._page, -1)

    def action_page_down(self) -> None:
        self._move(self._at + self._page, 1)

    def action_first(self) -> None:
        self._move(0, 1)

    def action_last(self) -> None:
        self._move(len(self._rows) - 1, -1)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self))  # type: ignore[arg-type]

    def on_click(self, event: Click) -> None:
        number = event.y - self._has_header + self.scroll_offset.y
        if event.y < self._has_header or number >= len(self._rows):
            return
        if number == self._at:
            self.action_open()
        else:
            self._move(number, 1)

    def on_resize(self, event: Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self._rows) + self._has_header)
        self._keep_in_sight()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._has_header and y == 0:
            labels = self._lay(lambda column: Text(column.label, end=""), " ")
            return draw(self, labels, width, self.get_component_rich_style("row-list--header", partial=True))
        number = y - self._has_header + self.scroll_offset.y
        if number >= len(self._rows):
            return draw(self, Text(), width)
        row = self._rows[number]
        on_cursor = number == self._at and self._can_stand(row)
        over = self.get_component_rich_style("row-list--cursor", partial=True) if on_cursor else None
        return draw(self, self._lay(lambda column: column.draw(row), "▸" if on_cursor else " "), width, over)

    def _lay(self, cell: Callable[[Column[T]], Text], marker: str) -> Text:
        shown = [column for column in self._columns if column.from_width <= self.screen.size.width]
        rest = self.size.width - 1 - sum(column.width for column in shown)
        line = Text(marker, end="", no_wrap=True)
        for column in shown:
            width = column.width or max(0, rest)
            text = cell(column)
            gap = 0 if column.align_right else 1
            if cell_len(text.plain) > width - gap:
                cut = middle_cut if column.cut_middle else end_cut
                style = text.spans[0].style if text.spans else ""
                text = Text(end="").append(cut(text.plain, width - gap), style)
            pad = " " * (width - cell_len(text.plain))
            line = line + pad + text if column.align_right else line + text + pad
        return line
