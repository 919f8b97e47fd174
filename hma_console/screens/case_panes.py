"""The panes of a case: its sentence, facts and picture, files, notes; when wide also what is around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll

from bridge.catalogue import Category
from hma_console.answers import CaseRow, UploadRow
from hma_console.case_answers import CaseDetail
from hma_console.screens import case_facts
from hma_console.screens.plans import is_weak
from hma_console.screens.upload_words import closest, distance
from hma_console.themes import Meaning
from hma_console.widgets.lines import Lines
from hma_console.widgets.picture import PicturePane
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, counted, end_cut, safe, short_ids

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

_FACTS = 10
"""Lines of facts that every case has; the picture is as high."""
_HEAD, _RULES = 2, 2
_WIDE, _NARROW, _BESIDE = 120, 80, 34
_MUST_BE_READ = 4
"""Rows of the panic sheet: of child safety it stands there whole."""


class CasePanes(Container):
    """Shows nothing until a case was taken. `picked` are the ids of the files that were selected."""

    def __init__(self) -> None:
        super().__init__(id="case")
        self.detail: CaseDetail | None = None
        self.picked: set[str] = set()

    @property
    def console(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def files(self) -> RowList[UploadRow]:
        return self.query_one(RowList)

    @property
    def picture(self) -> PicturePane:
        return self.query_one(PicturePane)

    def compose(self) -> ComposeResult:
        yield Lines(id="beside", classes="fact")
        with Vertical(id="case-panes"):
            yield Lines(id="case-head", classes="fact")
            with Horizontal(id="case-top"):
                with VerticalScroll(id="facts-pane", can_focus=False):
                    yield Lines(id="facts", classes="fact")
                yield PicturePane(id="picture")
            with Horizontal(id="case-bottom"):
                with Vertical(id="case-rows"):
                    yield Lines(id="files-rule")
                    yield RowList(self._columns(), lambda file: file.id)
                    yield Lines(id="notes-rule")
                    with VerticalScroll(id="notes-pane"):
                        yield Lines(id="notes", classes="fact")
                yield Lines(id="account", classes="fact")

    def _columns(self) -> Sequence[Column[UploadRow]]:
        look = self.console.look
        return (
            Column("", 4, lambda file: look.say(self._number(file)), align_right=True),
            Column("", 2, lambda _: look.say("")),
            Column("", 13, self._bank_cell),
            Column(
                "", 19, lambda file: look.say(distance(hit) if (hit := closest(file)) else "no match now")
            ),
            Column("", 12, lambda file: look.say(self._view(file)), from_width=70),
            Column("", 18, lambda file: look.say(self._state(file))),
            Column("", 0, lambda file: look.say(age(file.received_at, self.console.clock()))),
        )

    def _number(self, file: UploadRow) -> str:
        return f"{'+' if file.id in self.picked else ''}{self.files.rows.index(file) + 1}"

    def _bank_cell(self, file: UploadRow) -> Text:
        hit = closest(file)
        words = end_cut(safe(hit.bank), 10) if hit else ""
        return self.console.look.mark(Meaning.MATCHED if hit else Meaning.NO_MATCH, words)

    def _view(self, file: UploadRow) -> str:
        hit = closest(file)
        return safe(hit.view) if hit else ""

    def _state(self, file: UploadRow) -> str:
        """What was decided of it."""
        if self.detail is None or file.id in self.detail.facts.waiting:
            return "waits"
        made = [one for one in self.detail.decisions if one.undone_at is None and file.id in one.uploads]
        return made[-1].choice.done if made else ""

    def take(self, detail: CaseDetail) -> None:
        """The case that is shown from now on; of its files weak ones stand last."""
        self.detail = detail
        files = sorted(detail.row.files, key=lambda file: (is_weak(closest(file)), file.seq))
        self.picked &= {file.id for file in files}
        self.files.show(files)

    def tell(self, title: str, order: Sequence[CaseRow]) -> None:
        """Draws all; `order` are the cases among which it stands."""
        self.display = self.detail is not None
        if self.detail is None:
            return
        console, detail, file = self.console, self.detail, self.files.current
        look, now = console.look, console.clock()
        status = console.known.facts.status
        country = status.country if status else ""
        is_wide, is_narrow = console.size.width >= _WIDE, console.size.width < _NARROW
        width = console.size.width - (_BESIDE if is_wide else 0)
        below = width * 3 // 5 if is_wide else width
        notes = case_facts.notes(detail, country, below, look, now)
        picture = 1 if is_narrow else 0
        must = min(len(notes), _MUST_BE_READ if self._is_child_safety else 1)
        most = max(5, self._room - _HEAD - _RULES - picture - must - 1)
        known = case_facts.facts(detail, file, country, most, look, now)
        top = min(most, len(known) if is_narrow else max(len(known), _FACTS)) + picture
        self._lay_out(top, len(notes), must)
        what = "what to do" if self._is_child_safety else "notes"
        self._show("case-head", case_facts.head(detail, title, file, country, width, look, now))
        self._show("facts", known)
        self._show("files-rule", [case_facts.rule(self._files_title(), below, look)])
        self._show("notes-rule", [case_facts.rule(what, below, look)])
        self._show("notes", notes)
        if is_wide:
            short = short_ids(one.id for one in order)
            rows = self.size.height
            self._show("beside", case_facts.beside(order, detail.row.id, short, rows, look, now))
            self._show("account", case_facts.account_pane(detail, look, now))
        self._draw_picture(file)
        self.files.refresh()

    def _show(self, name: str, lines: Sequence[Text]) -> None:
        self.query_one(f"#{name}", Lines).show(*lines)

    @property
    def _room(self) -> int:
        return self.parent.size.height if isinstance(self.parent, Container) else 0

    def _lay_out(self, top: int, notes: int, must: int) -> None:
        """Facts first, then notes that `must` be read, then files; a blank row where there is room."""
        left = self._room - _HEAD - _RULES - top
        rows = max(1, min(len(self.files.rows), left - must, max(left - notes, left * 2 // 3, 2)))
        has_blank = left - rows - min(notes, left) >= 1
        self.query_one("#case-head").styles.height = _HEAD + has_blank
        self.query_one("#case-top").styles.height = top
        self.files.styles.height = rows

    @property
    def _is_child_safety(self) -> bool:
        return self.detail is not None and self.detail.row.category is Category.CHILD_SAFETY

    def _draw_picture(self, file: UploadRow | None) -> None:
        assert self.detail is not None, "there is a case"
        number = self.files.rows.index(file) + 1 if file is not None else 0
        title = f"picture {number} of {len(self.files.rows)}" if number else "no picture"
        self.picture.show_for(self.detail.row.id, file, title, is_child_safety=self._is_child_safety)

    def _files_title(self) -> str:
        files = len(self.files.rows)
        picked = f" · {len(self.picked)} selected" if self.picked else ""
        return f"{counted(files, 'file') if files > 3 else 'files'}{picked}"
