"""2 Queue: the cases that wait for a person. Read-only in this version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.answers import CaseRow
from hma_console.messages import CasesChanged
from hma_console.screens.case_files import CaseFilesScreen
from hma_console.screens.case_forms import Named, by_hand
from hma_console.screens.finding_words import found, lists_of, taken_down
from hma_console.screens.listing import ListScreen
from hma_console.screens.upload_words import account, distance
from hma_console.themes import Meaning
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, ago, counted, end_cut, report_reason, reported, safe, short_ids


class QueueScreen(ListScreen[CaseRow]):
    NAME = "queue"
    HELP = """
Cases wait here until you decide, most pressing first.
Below the list stands how sure the match is. Enter shows the case's files.
Deciding comes with a later version; nothing is decided meanwhile.
"""
    ONLY = ("open", "decided", "all")
    MORE_COMMANDS = (
        ("Open a case by hand", "Of what a mail or a call named: taken down, shown to nobody", "by_hand"),
    )
    BINDINGS: ClassVar[list[BindingType]] = list(keys.QUEUE)

    def __init__(self) -> None:
        super().__init__()
        self._short: dict[str, str] = {}
        self._sought = ""

    def columns(self) -> Sequence[Column[CaseRow]]:
        say = self._say
        return (
            Column("case", 7, lambda row: say(self._short_id(row))),
            Column("open", 8, lambda row: say(age(row.opened_at, self.console.clock()))),
            Column("list", 11, lambda row: say(end_cut(lists_of(row), 10))),
            Column("files", 5, lambda row: say(f"{row.file_count:,}"), align_right=True),
            Column("  closest", 21, lambda row: say(self._closest(row), Meaning.MATCHED)),
            Column("account", 0, lambda row: say(account(row)), from_width=72, cut_middle=True),
        )

    def _say(self, words: str, meaning: Meaning = Meaning.PLAIN) -> Text:
        return self.console.look.say(words, meaning)

    def _short_id(self, row: CaseRow) -> str:
        return safe(self._short.get(row.id, row.id[:4]))

    def _closest(self, row: CaseRow) -> str:
        if row.closest is None and row.reporters:
            return f"  {end_cut(f'by {row.reporters:,}, {report_reason(row.report_reason)}', 19)}"
        return f"  {distance(row.closest)}" if row.closest else ""

    def key_of(self, row: CaseRow) -> str:
        return row.id

    async def fetch(self) -> Sequence[CaseRow]:
        cases = await self.console.client.cases(self.only)
        self._short = short_ids(case.id for case in cases)
        return cases

    def seek(self, case_id: str) -> None:
        """Puts the cursor on a case when the cases were read next; shows all where `only` hides it."""
        self._sought = case_id

    def know(self, rows: tuple[CaseRow, ...], *, follow: bool = False) -> None:
        if self._sought:
            self._needle = ""
        super().know(rows, follow=follow)
        if not self._sought:
            return
        if any(row.id == self._sought for row in rows):
            self.action_back()
            self.list.stand_on(self._sought)
        elif self.only != "all":
            self.only = "all"
            self.read()
            return
        else:
            self.console.tell(f"Case {safe(self._sought[:4])} is not among the first {len(rows):,}.")
        self._sought = ""

    def heading(self, shown: Sequence[CaseRow]) -> tuple[str, str]:
        words = {"open": "waiting", "decided": "decided", "all": "all"}[self.only]
        wait = {"open": " wait" if len(shown) != 1 else " waits", "decided": " decided", "all": ""}[self.only]
        return f"{counted(len(shown), 'case')}{wait} · most pressing first", f"o only: {words}"

    def title_of(self, row: CaseRow) -> str:
        return self._short_id(row)

    def preview(self, row: CaseRow) -> Sequence[Text]:
        look, now = self.console.look, self.console.clock()
        lists = f", {safe(', '.join(row.banks))}" if row.banks else ""
        files = counted(row.file_count, "file")
        by_itself = "Policy takes it down." if row.did else "Policy says block; the app was told so."
        policy = by_itself if row.action == "BLOCK" else "Policy asks you."
        by = reported(row.reporters, row.report_reason) if row.reporters else ""
        first, second = found(row)
        return [
            look.say(first, Meaning.STRONG),
            look.say(" · ".join(part for part in (second, by) if part)),
            look.say(f"{files} · {row.category.words}{lists} · opened {ago(row.opened_at, now)}"),
            look.say(f"{account(row)} · sent by {safe(row.sender)}" if row.sender else account(row)),
            look.say(policy),
            look.say(f"{taken_down(row)} Deciding comes with a later version.", Meaning.MUTED),
        ]

    def why_empty(self) -> str:
        last = (
            self.console.known.facts.status.cases.last_opened_at if self.console.known.facts.status else None
        )
        if self.only != "open":
            return "No case yet."
        when = f" Last case opened {ago(last, self.console.clock())}." if last is not None else ""
        return f"Nothing waits.{when}"

    def on_cases_changed(self, message: CasesChanged) -> None:
        self.read()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        if self.current is not None:
            self.app.push_screen(CaseFilesScreen(self.current.id, self._short_id(self.current)))

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
            self.app.copy_to_clipboard(self.current.did or self.current.id)
            self.console.tell(
                f"Copied {account(self.current) if self.current.did else self._short_id(self.current)}."
            )
