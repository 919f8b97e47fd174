"""The Queue's list: cases read page by page, floods folded, news above the cursor, the case it rests on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from rich.text import Text
from textual import work

from bridge.errors import BridgeError
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail
from hma_console.deciding import PAGE
from hma_console.messages import CasesChanged
from hma_console.queue_rows import CaseList, Content, QueueLine, lines_of
from hma_console.screens.listing import ListScreen
from hma_console.screens.queue_words import lists, told
from hma_console.screens.upload_words import account
from hma_console.widgets.row_list import RowList
from hma_console.words import ago, counted, safe, short_ids

REST = 0.12
"""Seconds the cursor rests on a case before more of it is read."""
GATHER = 0.25
"""Seconds within which news of cases are one reading."""
NEAR_END = 50


class QueueList(ListScreen[QueueLine]):
    ONLY = ("waiting", "later", "decided")

    def __init__(self) -> None:
        super().__init__()
        self.cases = CaseList(self.only)
        self.selected: dict[str, CaseRow] = {}
        self.opened: set[Content] = set()
        """The contents whose floods are shown case by case."""
        self.details: dict[str, CaseDetail] = {}
        """Of the case the cursor rests on, as long as nothing changed."""
        self._short: dict[str, str] = {}
        self._sought = ""
        self._seen: set[str] = set()
        self._news_come = self._reads_more = False

    @abstractmethod
    def shown_id(self, case: CaseRow) -> str: ...

    def key_of(self, row: QueueLine) -> str:
        return row.key

    def _words_of(self, row: QueueLine) -> str:
        return " ".join(
            f"{case.id} {lists(case)} {case.did} {account(case)} {case.category.words}" for case in row.cases
        ).lower()

    async def fetch(self) -> Sequence[QueueLine]:
        """The first page anew, and the one the cursor is in."""
        cases, ask = self.cases, self.console.client.deciding.page
        page, below = await ask(cases.only), self.list.at - self.list.at % PAGE
        cases.take(page, 0)
        if below and below < len(cases.cases):
            cases.take(await ask(cases.only, below), below)
        return self._lines(cases)

    def _lines(self, cases: CaseList) -> tuple[QueueLine, ...]:
        self._short = short_ids(case.id for case in cases.cases)
        waiting = {case.id for case in cases.cases}
        self.selected = {name: case for name, case in self.selected.items() if name in waiting}
        if cases.only != "waiting":
            return tuple(QueueLine(case.id, (case,)) for case in cases.cases)
        return lines_of(cases.cases, self.opened)

    def show_anew(self) -> None:
        self.know(self._lines(self.cases))

    @work(group="more", exit_on_error=False)
    async def _read_more(self) -> None:
        cases = self.cases
        try:
            offset = cases.next_offset
            cases.take(await self.console.client.deciding.page(cases.only, offset), offset)
        except BridgeError as fault:
            self.post_message(self.ReadFailed(fault))
            return
        finally:
            self._reads_more = False
        if cases is self.cases:
            self.show_anew()

    def seek(self, case_id: str) -> None:
        """Puts the cursor on a case when the cases were read next; looks in each list for it."""
        self._sought = case_id

    def know(self, rows: tuple[QueueLine, ...], *, follow: bool = False) -> None:
        self._needle = "" if self._sought else self._needle
        before = self.current.first.id if self.current is not None else ""
        known = {line.key for line in rows}
        super().know(rows, follow=follow)
        if before and before not in known:  # folded meanwhile: the cursor stays on what it was on
            folded = (one.key for one in rows if one.is_flood and before in {each.id for each in one.cases})
            for key in folded:
                self.list.stand_on(key)
        if self._sought:
            self._find_sought(rows)
        self._read_more_near_the_end()

    def _read_more_near_the_end(self) -> None:
        is_near = self.list.at >= len(self.list.rows) - NEAR_END
        if is_near and self.cases.has_more and not self._reads_more:
            self._reads_more = True
            self._read_more()

    def _find_sought(self, rows: tuple[QueueLine, ...]) -> None:
        sought, self._sought = self._sought, ""
        found = next((one for one in rows if sought in {each.id for each in one.cases}), None)
        if found is not None:
            super().action_back()
            self.list.stand_on(found.key)
        elif self.only != self.ONLY[-1]:
            self._sought = sought
            self.action_only()
        else:
            self.only = self.ONLY[0]
            self._begin_list()
            self.console.tell(f"Case {safe(sought[:4])} is not among those that were read.")

    def _begin_list(self) -> None:
        self.cases = CaseList(self.only)
        self.selected, self._seen = {}, set()
        self.read()

    def action_only(self) -> None:
        super().action_only()
        self._begin_list()

    def heading(self, shown: Sequence[QueueLine]) -> tuple[str, str]:
        total = self.cases.total
        words = {"waiting": "wait" if total != 1 else "waits", "later": "put off", "decided": "decided"}
        order = "newest first" if self.only == "decided" else "most pressing first"
        parts = [f"{counted(total, 'case')} {words[self.only]}", order]
        if self.selected:
            parts.insert(1, f"{len(self.selected):,} selected")
        if new := self._new_above(shown):
            parts.append(f"{new:,} new above")
        return " · ".join(parts), f"o only: {self.only}"

    def _new_above(self, shown: Sequence[QueueLine]) -> int:
        """Lines above the cursor that came since it was last on top; known ones are seen."""
        keys_above = [line.key for line in shown[: self.list.at]]
        if not self._seen or not keys_above:
            self._seen = {line.key for line in shown}
        return sum(key not in self._seen for key in keys_above)

    def title_of(self, row: QueueLine) -> str:
        return f"{len(row.cases):,} alike" if row.is_flood else self.shown_id(row.first)

    def preview(self, row: QueueLine) -> Sequence[Text]:
        detail = self.details.get(row.first.id)
        return told(row, detail, self.console.look, self.console.clock())

    def why_empty(self) -> str:
        if self.only != "waiting":
            return "No case is put off." if self.only == "later" else "No case was decided yet."
        status = self.console.known.facts.status
        last = status.cases.last_opened_at if status else None
        when = f" Last case opened {ago(last, self.console.clock())}." if last is not None else ""
        return f"Nothing waits.{when}"

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        super().on_row_list_moved(message)
        self.draw_heading(self.list.rows)
        self._read_more_near_the_end()
        current = self.current
        if current is not None and not current.is_flood and current.key not in self.details:
            self.set_timer(REST, lambda: self._rested_on(current))

    def _rested_on(self, line: QueueLine) -> None:
        if self.current is not None and self.current.key == line.key and self.is_current:
            self._read_detail(line.first.id)

    @work(exclusive=True, group="detail", exit_on_error=False)
    async def _read_detail(self, case_id: str) -> None:
        try:
            self.details = {case_id: await self.console.client.deciding.case(case_id)}
        except BridgeError:
            return  # the preview stays as the list has it; the link tells where the bridge is gone
        self.draw_preview()

    def on_cases_changed(self, message: CasesChanged) -> None:
        self.details = {}
        if not self._news_come:
            self._news_come = True
            self.set_timer(GATHER, self._read_news)

    def _read_news(self) -> None:
        self._news_come = False
        self.read()
        if self.current is not None:
            self._rested_on(self.current)
