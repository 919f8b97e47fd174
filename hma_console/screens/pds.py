"""6 PDS: how it is watched, how far the backfill is, and which of its files were not checked, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from bridge.errors import BridgeError
from bridge.verdicts import Verdict
from hma_console import keys
from hma_console.answers import UploadRow
from hma_console.client import MOST_NOT_CHECKED
from hma_console.messages import StatusRead, UploadsArrived
from hma_console.pds_status import PdsStatus
from hma_console.screens.listing import ListScreen
from hma_console.screens.pds_words import fact_lines, next_words, off_lines, told
from hma_console.screens.upload_words import account
from hma_console.themes import Meaning
from hma_console.widgets.lines import Lines
from hma_console.widgets.row_list import Column, RowList
from hma_console.widgets.waiting import Waiting
from hma_console.words import age, cid, count, counted, reason, safe

PROGRESS_EVERY = 1.0
"""Seconds after which the progress of a backfill is asked for."""


class PdsScreen(ListScreen[UploadRow]):
    NAME = "pds"
    HELP = """
How your PDS is watched. Firehose: what is posted now. Gate: what is uploaded.
Backfill and compare: all accounts are looked through, once a day and with s.
Below: files that were not checked, and why. None is lost; a tries them now.
"""
    BINDINGS: ClassVar[list[BindingType]] = list(keys.PDS)

    class Done(Message, bubble=False):
        """What was asked for has ended, well or not, in one sentence."""

        def __init__(self, words: str, *, is_error: bool = False) -> None:
            super().__init__()
            self.words, self.is_error = words, is_error

    def __init__(self) -> None:
        super().__init__()
        self._asking: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Container(id="split"):
            with Vertical(id="left"):
                yield Lines(id="facts", classes="fact")
                yield Lines(id="heading")
                yield RowList(self.columns(), self.key_of)
                yield Waiting()
            yield Lines(id="preview", classes="fact")
        yield Input(id="find", placeholder="find; Esc shows all", compact=True)

    def columns(self) -> Sequence[Column[UploadRow]]:
        say = self.console.look.say
        return (
            Column("  age", 10, self._age),
            Column("account", 18, lambda row: say(account(row)), from_width=72, cut_middle=True),
            Column("file", 11, lambda row: say(cid(row.cid))),
            Column("why", 0, lambda row: say(reason(row.reason))),
            Column("next", 10, lambda row: say(next_words(row, self.console.clock()))),
        )

    def _age(self, row: UploadRow) -> Text:
        meaning = Meaning.LOOK if row.needs_you else Meaning.NOT_CHECKED
        return self.console.look.mark(meaning, age(row.received_at, self.console.clock()))

    @property
    def _pds(self) -> PdsStatus | None:
        status = self.console.known.facts.status
        return status.pds if status else None

    def key_of(self, row: UploadRow) -> str:
        return row.id

    async def fetch(self) -> Sequence[UploadRow]:
        return await self.console.client.not_checked()

    def draw_body(self) -> None:
        self._draw_facts()
        super().draw_body()

    def _draw_facts(self) -> None:
        facts, look = self.console.known.facts, self.console.look
        lines = self.query_one("#facts", Lines)
        if (status := facts.status) is None:
            lines.show()
        elif status.pds is None:
            lines.show(*off_lines(look, self.app.size.width))
        else:
            now = facts.lost.since if facts.lost else facts.now
            lines.show(*fact_lines(status.pds, status.started_at, now, look, self.app.size.width))
        self.list.display = bool(self._known) or self._pds is not None

    def heading(self, shown: Sequence[UploadRow]) -> tuple[str, str]:
        if self._pds is None and not shown:
            return "", ""
        many = "the newest " if len(shown) >= MOST_NOT_CHECKED else ""
        title = f"── not checked: {many}{count(len(shown))} "
        return title.ljust(max(0, self.list.size.width - 3), "─"), ""

    def title_of(self, row: UploadRow) -> str:
        return ""

    def preview(self, row: UploadRow) -> Sequence[Text]:
        return told(row, self.console.look)

    def why_empty(self) -> str:
        if self._pds is None:
            return ""
        return f"None yet; {counted(self._pds.to_fetch, 'file')} to fetch." if self._pds.to_fetch else "None."

    def on_status_read(self, message: StatusRead) -> None:
        super().on_status_read(message)
        if self._known or message.status.uploads.not_checked:
            self.read()  # the times of the next tries are no news that anybody tells
        self._follow_progress()

    def read(self) -> None:
        super().read()
        self._follow_progress()

    def _follow_progress(self) -> None:
        run = self._pds.backfill if self._pds else None
        if self._asking is None and run is not None and run.is_under_way:
            self._asking = self.set_timer(PROGRESS_EVERY, self._ask_for_progress)

    def _ask_for_progress(self) -> None:
        self._asking = None
        if self.is_current:
            self.console.ask_anew()

    def on_uploads_arrived(self, message: UploadsArrived) -> None:
        known = {row.id for row in self._known or ()}
        if any(one.verdict is Verdict.NOT_CHECKED or one.id in known for one in message.uploads):
            self.read()

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        facts = self.console.known.facts
        if action == "compare" and facts.lost is not None:
            return "The bridge does not answer: nothing can be asked of it now."
        if action == "compare" and facts.status is not None and self._pds is None:
            return "No PDS is watched: above stands how to switch it on."
        if action == "copy" and (not self.is_mounted or self.current is None):
            return "There is nothing to copy."
        return super().reason_against(action, parameters)

    def action_compare(self) -> None:
        self._ask(self._compare())

    async def _compare(self) -> str:
        await self.console.client.begin_backfill()
        return "All accounts are being looked through; it goes on if you leave."

    def action_again(self) -> None:
        """Where nothing can be tried, what is shown is read anew, as everywhere."""
        if self._pds is None or self.console.known.facts.lost is not None:
            super().action_again()
        else:
            self._ask(self._try_again())

    async def _try_again(self) -> str:
        files = await self.console.client.retry_pds()
        return (
            f"{counted(files, 'file')} {'is' if files == 1 else 'are'} tried now." if files else "None waits."
        )

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def _ask(self, asked: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await asked))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    def on_pds_screen_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        if self.current is not None:
            self.console.open_upload(self.current)

    def action_copy(self) -> None:
        if (row := self.current) is not None:
            self.app.copy_to_clipboard(row.did or row.cid)
            self.console.tell(f"Copied {account(row) if row.did else cid(row.cid)}.")
