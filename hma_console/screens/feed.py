"""3 Feed: every upload and its verdict, live; the cursor on the top row follows, elsewhere holds still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.message import Message

from bridge.errors import BridgeError
from bridge.verdicts import Verdict
from hma_console import keys
from hma_console.client import UploadPage
from hma_console.feed_rows import Counted, FeedRow, FeedRows
from hma_console.messages import UploadsArrived
from hma_console.screens.listing import ListScreen
from hma_console.screens.upload_words import account, finding_cell, source, told, verdict_cell
from hma_console.themes import Meaning
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, cid, clock

PAGE = 200
NEAR_END = 20
"""Rows before the end at which older ones are read."""
_BANK = 10


class FeedScreen(ListScreen[FeedRow]):
    NAME = "feed"
    HELP = """
Every upload with its verdict, newest first.
On the top row the list follows; anywhere else it holds still and counts
what is new above. Home follows again. Nothing is ever called clean:
no match names the banks it was compared with, not checked says why.
"""
    ONLY = ("all", "matters")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.FEED)

    class OlderRead(Message, bubble=False):
        def __init__(self, page: UploadPage) -> None:
            super().__init__()
            self.page = page

    def __init__(self) -> None:
        super().__init__()
        self._feed = FeedRows()

    def columns(self) -> Sequence[Column[FeedRow]]:
        return (
            Column("age", 8, self._age),
            Column("verdict", 14, self._verdict),
            Column(f"{'bank':<{_BANK}}distance", _BANK + 19, self._finding),
            Column("account", 0, self._account, from_width=72, cut_middle=True),
            Column("cid", 11, self._cid, from_width=100),
            Column("clock", 9, lambda row: self.console.look.say(clock(row.received_at)), from_width=100),
            Column("from", 10, self._source, from_width=80),
        )

    def key_of(self, row: FeedRow) -> str:
        return row.id

    def _age(self, row: FeedRow) -> Text:
        return self.console.look.say(age(row.received_at, self.console.clock()))

    def _verdict(self, row: FeedRow) -> Text:
        look = self.console.look
        if isinstance(row, Counted):
            return look.mark(Meaning.NO_MATCH, f"{row.number:,} no match")
        return verdict_cell(row, look)

    def _finding(self, row: FeedRow) -> Text:
        look = self.console.look
        return Text() if isinstance(row, Counted) else finding_cell(row, look, _BANK)

    def _account(self, row: FeedRow) -> Text:
        return self.console.look.say("" if isinstance(row, Counted) else account(row))

    def _cid(self, row: FeedRow) -> Text:
        return self.console.look.say("" if isinstance(row, Counted) else cid(row.cid))

    def _source(self, row: FeedRow) -> Text:
        return self.console.look.say("" if isinstance(row, Counted) else source(row))

    async def fetch(self) -> Sequence[FeedRow]:
        page = await self.console.client.uploads(limit=PAGE, matters=self.only == "matters")
        self._feed.begin(page.uploads, page.next)
        return self._feed.rows

    def heading(self, shown: Sequence[FeedRow]) -> tuple[str, str]:
        what = "all verdicts" if self.only == "all" else "only what matters"
        other = "o only what matters" if self.only == "all" else "o all verdicts"
        if self.list.at == 0 and not self._feed.is_detached:
            how = "live" if self.console.known.facts.lost is None else "offline"
            return f"{how} · {what} · newest first", other
        new = f" · {self._feed.new_above:,} new above" if self._feed.new_above else ""
        return f"held still{new} · {what} · Home follows", other

    def title_of(self, row: FeedRow) -> str:
        return ""

    def preview(self, row: FeedRow) -> Sequence[Text]:
        look = self.console.look
        if isinstance(row, Counted):
            return [
                look.say(f"{row.number:,} uploads without a match, counted: more than 50 came a second."),
                look.say("Each is stored. a shows them one by one."),
            ]
        return told(row, look)

    def why_empty(self) -> str:
        return "No upload was seen yet." if self.only == "all" else "All uploads were compared; none matched."

    def action_only(self) -> None:
        self.workers.cancel_group(self, "older")
        self._feed = FeedRows()
        super().action_only()

    def on_list_screen_rows_read(self, message: ListScreen.RowsRead) -> None:
        self.know(self._feed.rows, follow=self.list.at == 0)

    def on_uploads_arrived(self, message: UploadsArrived) -> None:
        matters = self.only == "matters"
        uploads = [one for one in message.uploads if not matters or one.verdict is not Verdict.NO_MATCH]
        hold = self.list.at > 0
        self._feed.arrive(uploads, self.console.clock(), hold=hold)
        if self._known is not None:
            self.know(self._feed.rows, follow=not hold)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        at, rows = self.list.at, self.list.rows
        if at == 0 and self._feed.is_detached:
            self.read()
        elif at == 0 and self._feed.new_above:
            self._feed.release()
            self.know(self._feed.rows, follow=True)
        elif at >= len(rows) - NEAR_END and self._feed.next is not None:
            self._read_older(self._feed.next)
        self.draw_body()

    @work(exclusive=True, group="older", exit_on_error=False)
    async def _read_older(self, before: int) -> None:
        try:
            page = await self.console.client.uploads(
                before=before, limit=PAGE, matters=self.only == "matters"
            )
        except BridgeError as fault:
            self.post_message(self.ReadFailed(fault))
        else:
            self.post_message(self.OlderRead(page))

    def on_feed_screen_older_read(self, message: OlderRead) -> None:
        self._feed.add_older(message.page.uploads, message.page.next)
        self.know(self._feed.rows)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        row = self.current
        if row is not None and not isinstance(row, Counted):
            self.console.open_upload(row)

    def action_copy(self) -> None:
        row = self.current
        if row is not None and not isinstance(row, Counted):
            self.app.copy_to_clipboard(row.did or row.cid or row.id)
            self.console.tell(f"Copied {account(row) if row.did else row.cid or row.id}.")
