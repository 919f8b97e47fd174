"""Lines of styled text, drawn cell by cell: nothing wraps, nothing is read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp


def draw(widget: Widget, text: Text, width: int, over: Style | None = None) -> Strip:
    """One line of `text`, cut or filled to `width` cells, on the widget's own background.

    `over` is laid over every cell (a cursor); a widget of the class `-old` is drawn dim.
    """
    app = cast("ConsoleApp", widget.app)
    base = widget.rich_style
    segments = Segment.apply_style(app.look.drawn(text).render(app.console), base)
    strip = Strip(segments).adjust_cell_length(width, base)
    if widget.has_class("-old"):
        strip = strip.apply_style(Style(dim=True))
    if over is not None:
        strip = Strip([_under(cell, over, base) for cell in strip], width)
    return strip


def _under(cell: Segment, over: Style, base: Style) -> Segment:
    """The cell under a cursor. What stands on a background of its own, as an alarm does, keeps it."""
    own = cell.style.bgcolor if cell.style is not None else None
    kept = Style(bgcolor=own) if own not in (None, base.bgcolor) else Style()
    return Segment(cell.text, (cell.style or Style()) + over + kept, cell.control)


class Lines(Widget):
    """As many lines as were shown, from the top; what is too long is cut."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Text, ...] = ()

    @property
    def words(self) -> str:
        """All lines as plain text."""
        return "\n".join(line.plain for line in self._lines)

    def show(self, *lines: Text) -> None:
        """Replaces the lines; draws only where they differ."""
        if lines != self._lines:
            grown = len(lines) != len(self._lines)
            self._lines = lines
            self.refresh(layout=grown)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        text = self._lines[y] if 0 <= y < len(self._lines) else Text()
        return draw(self, text, self.size.width)
