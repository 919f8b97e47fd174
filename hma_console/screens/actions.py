"""4 Actions: what is done outside because of decisions and policy, how it stands, and what helps."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.events import ScreenResume, ScreenSuspend
from textual.message import Message
from textual.timer import Timer

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.acting import ActionRow
from hma_console.look import Meaning
from hma_console.messages import ActionsChanged, CasesChanged, StatusRead
from hma_console.screens import action_words as words
from hma_console.screens.bank_forms import typed_word
from hma_console.screens.listing import ListScreen
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import counted, safe, short_ids

AT_ONCE = 500
"""Actions read; the bridge's largest page."""
OFFLINE = "The bridge does not answer: no action can be changed now."


class ActionsScreen(ListScreen[ActionRow]):
    NAME = "actions"
    HELP = """
What was done and is to be done outside, failed ones first, each read back.
Below: who decided, what each try said, and what helps.
u takes back the one under the cursor: what waits never leaves.
"""
    ONLY = ("all", "open", "failed")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.ACTIONS)

    class Done(Message, bubble=False):
        """What was asked for has ended, well or not, in one sentence."""

        def __init__(self, words: str, *, is_error: bool = False) -> None:
            super().__init__()
            self.words, self.is_error = words, is_error

    def __init__(self) -> None:
        super().__init__()
        self._short: dict[str, str] = {}
        self._leaving: Timer | None = None

    def columns(self) -> Sequence[Column[ActionRow]]:
        look, say = self.console.look, self.console.look.say
        return (
            Column("  what", 0, lambda row: say(f"  {words.what(row)}")),
            Column("on", 22, lambda row: say(words.on(row)), from_width=72, cut_middle=True),
            Column("case", 6, lambda row: say(self._case(row))),
            Column(
                "  state",
                29,
                lambda row: words.state_cell(row, self.console.clock(), look, is_paused=self._is_paused),
            ),
        )

    @property
    def _is_paused(self) -> bool:
        status = self.console.known.facts.status
        return status is not None and status.paused is not None

    def _case(self, row: ActionRow) -> str:
        return safe(self._short.get(row.case_id, row.case_id[:4]))

    def key_of(self, row: ActionRow) -> str:
        return str(row.id)

    async def fetch(self) -> Sequence[ActionRow]:
        rows = await self.console.client.acting.list(self.only, AT_ONCE)
        self._short = short_ids({row.case_id for row in rows if row.case_id})
        return rows

    def heading(self, shown: Sequence[ActionRow]) -> tuple[str, str]:
        if not shown:
            return "", f"o only: {self.only}"
        now = self.console.clock()
        troubled = sum(words.state(row, now)[0] in (Meaning.ALARM, Meaning.LOOK) for row in shown)
        need = f"{troubled:,} {'needs' if troubled == 1 else 'need'} you · " if troubled else ""
        many = "the newest " if len(shown) >= AT_ONCE else ""
        told = f"{need}{many}{counted(len(shown), 'action')}, failed ones first"
        return told, f"o only: {self.only}"

    def title_of(self, row: ActionRow) -> str:
        return f"{words.what(row)}, {words.shown_name(row)}"

    def preview(self, row: ActionRow) -> Sequence[Text]:
        console = self.console
        now, width = console.clock(), self.app.size.width - 2
        return words.told(row, self._case(row), console.options.user, now, console.look, width)

    def why_empty(self) -> str:
        if self.only == "failed":
            return "Nothing failed, and nothing waits with a trouble."
        return "Nothing waits to be done." if self.only == "open" else "Nothing was done yet; nothing waits."

    def on_actions_changed(self, message: ActionsChanged) -> None:
        self.read()

    def on_cases_changed(self, message: CasesChanged) -> None:
        self.read()

    def on_status_read(self, message: StatusRead) -> None:
        super().on_status_read(message)
        if any(row.is_open and row.attempts for row in self._known or ()):
            self.read()  # another try is no news that anybody tells

    def on_screen_resume(self, event: ScreenResume) -> None:
        self._leaving = self.set_interval(1.0, self._tick_leaving)
        super().on_screen_resume(event)

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        super().on_screen_suspend(event)
        if self._leaving is not None:
            self._leaving.stop()

    def _tick_leaving(self) -> None:
        """Draws what leaves soon: each 5 s, each second in the last 10."""
        now = self.console.clock()
        times = [at for row in self._known or () if (at := words.leaves_at(row, now - 1_000)) is not None]
        if any((left := max(0, at - now) // 1000) <= 10 or left % 5 == 0 for at in times):
            self.draw_body()

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action == "drop":
            return self._reason_against_dropping()
        if action == "copy" and (not self.is_mounted or self.current is None):
            return "There is nothing to copy."
        return super().reason_against(action, parameters)

    def _reason_against_dropping(self) -> str:
        row = self.current if self.is_mounted else None
        if self.console.known.facts.lost is not None:
            return OFFLINE
        if row is None:
            return "There is no action here."
        if row.is_open or row.state == "failed":
            return ""
        return "It has ended: there is nothing to drop."

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        if self.current is not None and self.current.case_id:
            self.console.open_case(self.current.case_id)
        elif self.current is not None:
            self.console.tell("This action belongs to no case.")

    def action_again(self) -> None:
        """Where nothing can be tried, what is shown is read anew, as everywhere."""
        row, now = self.current, self.console.clock()
        if row is None or self.console.known.facts.lost is not None:
            super().action_again()
        elif words.leaves_at(row, now) is not None:
            self.console.tell("It leaves when its undo window ends. u takes it back.")
        elif row.is_open or row.state == "failed":
            self._do(self._try_again(row))
        else:
            super().action_again()

    def action_drop(self) -> None:
        if (row := self.current) is None:
            return

        def answered(typed: str | None) -> None:
            if typed is not None:
                self._do(self._drop(row))

        self.app.push_screen(typed_word(f"Drop for good: {words.what(row)}", "drop"), answered)

    def undo_here(self) -> bool:
        """What waits: its whole decision. What stands: this one alone. Its case then stays as it is."""
        row = self.current
        if row is None:
            return False
        if row.state == "planned" and row.decision:
            self.console.undo(row.decision)
        elif row.is_down and (row.is_open or row.state == "confirmed"):
            self._do(self._take_back(row))
        else:
            self.console.tell("This one cannot be taken back. On 2 Queue u undoes the newest decision.")
        return True

    @work(group="act", exit_on_error=False)
    async def _do(self, asked: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await asked))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    async def _try_again(self, row: ActionRow) -> str:
        await self.console.client.acting.retry(row.id)
        return f"Tried again now: {words.what(row)}."

    async def _drop(self, row: ActionRow) -> str:
        await self.console.client.acting.drop(row.id)
        return f"Dropped: {words.what(row)}. It does not happen."

    async def _take_back(self, row: ActionRow) -> str:
        await self.console.client.acting.undo(row.id)
        return f"Taken back: {words.what(row)}. Its case stays as it is."

    def on_actions_screen_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()

    def action_copy(self) -> None:
        if (row := self.current) is not None:
            self.app.copy_to_clipboard(words.named(row))
            self.console.tell(f"Copied {words.shown_name(row)}.")
