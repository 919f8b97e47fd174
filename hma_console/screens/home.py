"""1 Home: is everything quiet? Answered without a key."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.screens.frame import Frame
from hma_console.screens.home_lines import HomeLine, home_lines
from hma_console.widgets.row_list import Column, RowList
from hma_console.widgets.waiting import Waiting
from hma_console.words import safe


class HomeScreen(Frame):
    NAME = "home"
    HELP = """
Home says whether all is quiet, and proves it: every watch with its age.
Troubles come first, each with what to do. Enter opens the line's screen.
"""
    BINDINGS: ClassVar[list[BindingType]] = list(keys.HOME)

    def compose_body(self) -> ComposeResult:
        columns = [Column[HomeLine]("", 0, lambda line: line.text)]
        yield RowList(columns, lambda line: line.key, can_stand=lambda line: line.can_stand)
        yield Waiting()

    def draw_body(self) -> None:
        facts = self.console.known.facts
        lines = home_lines(facts, self.console.look)
        rows = self.query_one(RowList)
        rows.show(lines, follow=rows.is_at_top)  # what needs somebody comes under the cursor
        waiting = self.query_one(Waiting)
        if lines:
            waiting.done()
        elif facts.lost is not None:
            waiting.failed(facts.lost.fault)
        else:
            waiting.begin()

    @work(exclusive=True, group="self-test", exit_on_error=False)
    async def action_self_test(self) -> None:
        self.console.tell("A picture of ours goes all the way …")
        try:
            done = await self.console.client.self_test()
        except BridgeError as fault:
            self.console.tell(safe(fault.message), is_error=True)
            return
        self.console.tell(done.words(), is_error=not done.passed)
        self.console.ask_anew()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        line = message.rows.current
        if isinstance(line, HomeLine) and line.place:
            self.console.action_go(line.place)
        elif isinstance(line, HomeLine):
            self.console.tell(line.answer)
