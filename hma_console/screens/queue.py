"""2 Queue: the cases that wait for a person, decided by single keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail, Decided
from hma_console.messages import CasesChanged
from hma_console.queue_rows import QueueLine, content_of
from hma_console.screens.case import CaseScreen
from hma_console.screens.case_forms import Named, by_hand
from hma_console.screens.case_words import clock_words
from hma_console.screens.deciding import DecidingScreen
from hma_console.screens.plans import Target
from hma_console.screens.queue_list import QueueList
from hma_console.screens.queue_words import account_cell, closest_cell, lists
from hma_console.screens.upload_words import account
from hma_console.themes import Meaning
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, counted, end_cut, middle_cut, safe


class QueueScreen(DecidingScreen, QueueList):
    NAME = "queue"
    HELP = """
Cases wait here until you decide, most pressing first.
Below the list stands how sure the match is. Enter opens the case.
A key decides; a list of reasons opens, and Enter takes the first.
u takes the newest decision back; under o, decided, it reopens a case.
Fifty cases close to one entry are one line, decided together.
"""
    MORE_COMMANDS = (
        ("Open a case by hand", "Of what a mail or a call named: taken down, shown to nobody", "by_hand"),
    )
    BINDINGS: ClassVar[list[BindingType]] = list(keys.QUEUE)

    def columns(self) -> Sequence[Column[QueueLine]]:
        say = self._say
        return (
            Column("case", 7, lambda line: say(self._id_cell(line))),
            Column("open", 8, lambda line: say(age(line.first.opened_at, self.console.clock()))),
            Column("list", 11, lambda line: say(end_cut(lists(line.first), 10))),
            Column("files", 5, lambda line: say(f"{self._files(line):,}"), align_right=True),
            Column("  closest", 21, lambda line: say(f"  {closest_cell(line)}", Meaning.MATCHED)),
            Column("account", 0, lambda line: say(self._account(line)), from_width=72, cut_middle=True),
        )

    def _say(self, words: str, meaning: Meaning = Meaning.PLAIN) -> Text:
        return self.console.look.say(words, meaning)

    def _id_cell(self, line: QueueLine) -> str:
        if line.is_flood:
            return f"×{len(line.cases):,}"
        return f"{'+' if line.key in self.selected else ''}{self.shown_id(line.first)}"

    def _files(self, line: QueueLine) -> int:
        return sum(case.file_count for case in line.cases)

    def _account(self, line: QueueLine) -> str:
        """With what time the law leaves, where it is running."""
        status = self.console.known.facts.status
        clock = clock_words(line.first, status.country if status else "", self.console.clock())
        room = self.list.size.width - 54 - len(clock)
        whose = account_cell(line)
        return f"{middle_cut(whose, room - 2):<{room}}{clock}" if clock and room > 8 else whose

    def shown_id(self, case: CaseRow) -> str:
        return safe(self._short.get(case.id, case.id[:4]))

    def known_detail(self, case_id: str) -> CaseDetail | None:
        return self.details.get(case_id)

    def targets(self) -> tuple[Target, ...]:
        if self.only == "decided":
            return ()
        if self.selected:
            return tuple(Target(case) for case in self.selected.values())
        return tuple(Target(case) for case in self.current.cases) if self.current is not None else ()

    @property
    def were_selected(self) -> bool:
        return bool(self.selected)

    def go_on(self, done: Decided) -> None:
        """What was decided leaves the list, and the cursor stands on the next one."""
        self.selected, self.details = {}, {}
        if done.choice.decides or done.choice.value == self.only or self.only == "waiting":
            still = set(done.left) if done.choice.value != "later" else set()
            self.cases.drop(set(done.cases) - still)
        self.show_anew()
        self.on_cases_changed(CasesChanged())

    def undo_here(self) -> bool:
        """On a decided case `u` opens that one again, with all that were decided together with it."""
        row = self.current.first if self.only == "decided" and self.current is not None else None
        if row is None or row.decided is None:
            return False
        self.console.undo(row.decided.batch)
        return True

    def action_select(self) -> None:
        current = self.current
        if current is None or current.is_flood or self.only == "decided":
            self.console.tell("Only single cases that wait are selected; Enter shows each.")
            return
        if self.selected.pop(current.key, None) is None:
            self.selected[current.key] = current.first
        self.draw_body()
        self.list.action_down()

    def action_all_alike(self) -> None:
        """All whose closest match is the same entry; those already, then none."""
        row = self.current.first if self.current is not None and self.only != "decided" else None
        content = content_of(row) if row is not None else None
        alike = {case.id: case for case in self.cases.cases if content and content_of(case) == content}
        if not alike:
            self.console.tell("Nothing matched in this one, so none is alike.")
            return
        self.selected = {} if alike.keys() <= self.selected.keys() else {**self.selected, **alike}
        self.console.tell(f"{counted(len(self.selected), 'case')} selected: the same entry.")
        self.draw_body()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        current = self.current
        if current is None:
            return
        if current.is_flood:
            if (content := content_of(current.first)) is not None:
                self.opened.add(content)
            self.show_anew()
            self.list.stand_on(current.first.id)
        else:
            order = [line.first for line in self.list.rows if not line.is_flood]
            self.app.push_screen(CaseScreen(current.first.id, order))

    def action_back(self) -> None:
        """Esc: shows all again, then unselects, then folds floods."""
        if not self.query_one("#find").display and (self.selected or self.opened):
            if not self.selected:
                self.opened = set()
            self.selected = {}
            self.show_anew()
            return
        super().action_back()

    def action_by_hand(self) -> None:
        def answered(named: Named | None) -> None:
            if named is not None:
                self._open_by_hand(named)

        self.app.push_screen(by_hand(), answered)

    @work(group="by hand", exit_on_error=False)
    async def _open_by_hand(self, named: Named) -> None:
        try:
            case_id = await self.console.client.open_case(named.subject, named.category, named.takes_down)
        except BridgeError as error:
            self.console.tell(safe(f"{error.message} {error.hint}".strip()))
        else:
            self.seek(case_id)
            self.read()

    def action_copy(self) -> None:
        if self.current is not None:
            case = self.current.first
            self.app.copy_to_clipboard(case.did or case.id)
            self.console.tell(f"Copied {account(case) if case.did else self.shown_id(case)}.")
