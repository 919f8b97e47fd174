"""One case on top of the Queue: decide it by its facts; the next one then opens by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail, Decided
from hma_console.messages import CasesChanged
from hma_console.screens.case_panes import CasePanes
from hma_console.screens.deciding import DecidingScreen
from hma_console.screens.plans import Target
from hma_console.screens.upload_words import account, closest
from hma_console.widgets.row_list import RowList
from hma_console.widgets.waiting import Waiting
from hma_console.words import age, counted, safe, short_ids


class CaseScreen(DecidingScreen):
    NAME = "queue"
    HELP = """
The first sentence says how sure the match is, and whether a look can help.
v shows a picture while you hold it, blurred at first. Each look is written down.
A key decides; a list of reasons opens, and Enter takes the first.
Space selects files: then a key is about those alone.
Weak files stand last, and no takedown means them unless selected.
After a decision the next case opens. Esc goes back to the Queue.
"""
    BINDINGS: ClassVar[list[BindingType]] = list(keys.CASE)

    @dataclass
    class Read(Message, bubble=False):
        detail: CaseDetail

    @dataclass
    class ReadFailed(Message, bubble=False):
        fault: BridgeError

    def __init__(self, case_id: str, order: Sequence[CaseRow] = ()) -> None:
        super().__init__()
        self._case_id = case_id
        self._order = tuple(order)
        self.panes = CasePanes()
        self._mine: set[str] = set()
        """Cases that were decided from this screen."""

    def compose_body(self) -> ComposeResult:
        yield Waiting()
        yield self.panes

    def draw_body(self) -> None:
        detail = self.panes.detail
        self.panes.tell(self._title(detail.row) if detail is not None else "", self._waiting)

    @property
    def _waiting(self) -> Sequence[CaseRow]:
        """The cases it stands among, without those that were decided from here."""
        return [one for one in self._order if one.id not in self._mine]

    def read(self) -> None:
        if self.panes.detail is None:
            self.query_one(Waiting).begin()
        self._read()

    @work(exclusive=True, group="read", exit_on_error=False)
    async def _read(self) -> None:
        try:
            detail = await self.console.client.deciding.case(self._case_id)
        except BridgeError as fault:
            self.post_message(self.ReadFailed(fault))
        else:
            self.post_message(self.Read(detail))

    def on_case_screen_read(self, message: Read) -> None:
        old, new = self.panes.detail, message.detail
        if new.row.id != self._case_id and not new.row.id.startswith(self._case_id):
            return  # another case was opened meanwhile
        self._case_id = new.row.id
        self.query_one(Waiting).done()
        self.panes.take(new)
        self.draw()
        was_open = old is not None and old.row.id == new.row.id and old.row.state == "open"
        if was_open and new.row.decided is not None and new.row.id not in self._mine:
            who = new.row.decided.actor.partition(":")[2] or new.row.decided.actor
            when = f"{age(new.row.decided_at, self.console.clock())} ago"
            self.console.tell(f"Decided by {safe(who)} {when}: {new.row.decided.choice.done}. u undoes it.")

    def on_case_screen_read_failed(self, message: ReadFailed) -> None:
        if self.panes.detail is None:
            self.query_one(Waiting).failed(message.fault)
        elif self.console.known.facts.lost is None:
            self.console.tell(message.fault.message, is_error=True)

    def on_cases_changed(self, message: CasesChanged) -> None:
        self.read()

    def _title(self, row: CaseRow) -> str:
        ids = [one.id for one in self._waiting]
        place = f"{ids.index(row.id) + 1} of {len(ids):,}" if row.id in ids else ""
        whose = account(row)
        return " · ".join(part for part in (self.shown_id(row), place, row.category.words, whose) if part)

    def shown_id(self, case: CaseRow) -> str:
        return safe(short_ids([*(one.id for one in self._order), case.id])[case.id])

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        self.draw_body()

    def known_detail(self, case_id: str) -> CaseDetail | None:
        return (
            self.panes.detail
            if self.panes.detail is not None and self.panes.detail.row.id == case_id
            else None
        )

    def targets(self) -> tuple[Target, ...]:
        detail = self.panes.detail
        if detail is None or detail.row.state != "open":
            return ()
        order = [file.id for file in self.panes.files.rows if file.id in self.panes.picked]
        return (Target(detail.row, tuple(order)),)

    @property
    def were_selected(self) -> bool:
        return bool(self.panes.picked)

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action == "reveal":
            return self.panes.picture.reason_against()
        if action == "decide" and self.panes.detail is not None and self.panes.detail.row.state != "open":
            return super().reason_against(action, parameters) or "This case is decided; u undoes it."
        return super().reason_against(action, parameters)

    def go_on(self, done: Decided) -> None:
        self.panes.picked = set()
        if self._case_id in done.left and done.choice.decides:
            self.read()
            return
        self._mine.add(self._case_id)
        self._open_next(self._case_id, is_decided=True)

    def undone(self, cases: tuple[str, ...]) -> None:
        """One case that is taken back here is shown again."""
        self._mine -= set(cases)
        if len(cases) == 1 and cases[0] != self._case_id:
            self._case_id = cases[0]
            self.panes.picked = set()

    def action_reveal(self) -> None:
        self.panes.picture.reveal()

    def action_next_case(self) -> None:
        self._open_next(self._case_id, is_decided=False)

    @work(exclusive=True, group="next", exit_on_error=False)
    async def _open_next(self, current: str, *, is_decided: bool) -> None:
        """The next one that waits: of the list it was opened from, else of the Queue as it is now."""
        deciding = self.console.client.deciding
        try:
            for case_id in self._after(current, self._order):
                detail = await deciding.case(case_id)
                if detail.row.state == "open" and case_id not in self._mine:
                    self._show(detail)
                    return
            self._order = (await deciding.page("waiting")).cases
            for case_id in self._after(current, self._order):
                self._show(await deciding.case(case_id))
                return
        except BridgeError as fault:
            self._refused(fault)
            return
        if is_decided:
            self.app.pop_screen()
        else:
            self.console.tell("No other case waits. Esc goes back to the Queue.")

    def _after(self, current: str, order: Sequence[CaseRow]) -> Sequence[str]:
        ids = [one.id for one in order]
        place = ids.index(current) + 1 if current in ids else 0
        return [one for one in (*ids[place:], *ids[:place]) if one != current and one not in self._mine]

    def _show(self, detail: CaseDetail) -> None:
        self._case_id, self.panes.picked = detail.row.id, set()
        self.panes.take(detail)
        self.draw()
        self.panes.files.action_first()

    def action_select(self) -> None:
        if (file := self.panes.files.current) is not None:
            self.panes.picked ^= {file.id}
            self.draw_body()
            self.panes.files.action_down()

    def action_all_alike(self) -> None:
        """All files that match the same entry; those already, then none."""
        file = self.panes.files.current
        hit = closest(file) if file is not None else None
        alike = {
            one.id
            for one in self.panes.files.rows
            if hit and (near := closest(one)) and (near.bank, near.content) == (hit.bank, hit.content)
        }
        self.panes.picked = set() if alike <= self.panes.picked else self.panes.picked | alike
        self.console.tell(f"{counted(len(self.panes.picked), 'file')} selected: the same entry.")
        self.draw_body()

    def action_copy(self) -> None:
        if self.panes.detail is not None:
            row = self.panes.detail.row
            self.app.copy_to_clipboard(row.did or row.id)
            self.console.tell(f"Copied {account(row) if row.did else self.shown_id(row)}.")

    def action_back(self) -> None:
        """Esc: unselects, then goes back to the list."""
        if self.panes.picked:
            self.panes.picked = set()
            self.draw_body()
        else:
            self.app.pop_screen()
