"""7 Log: what was seen, decided and done; its signature, its check, its export."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.log_answers import Checked, LogJob, LogRow
from hma_console.log_reading import Asked, LogPages, ended
from hma_console.messages import StatusRead
from hma_console.screens import log_forms, log_words
from hma_console.screens.bank_forms import typed_word
from hma_console.screens.case import CaseScreen
from hma_console.screens.listing import ListScreen
from hma_console.status import LogStatus
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, counted, safe

V = TypeVar("V")
MOST_ROWS = 5000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class LogScreen(ListScreen[LogRow]):
    NAME = "log"
    HELP = """
Every change is an entry: signed, and copied outside. Names, DIDs and file ids
are not in the log; they are kept beside it, erasable.
/ finds words, or a whole day written 2026-11-24. At the end older ones follow.
"""
    ONLY = ("all", "this case", "case", "bank", "key", "log")
    MORE_COMMANDS = (
        ("Time-stamp the log now", "By the service that timestamp_url names in config.toml", "stamp"),
        ("Change the log's signing key", "The old key vouches for the new one", "rotate"),
        ("Go on after a roll-back", "Accepts the log as it is here, and logs that", "accept"),
    )
    BINDINGS: ClassVar[list[BindingType]] = list(keys.LOG)

    def __init__(self) -> None:
        super().__init__()
        self._read_at = -1
        self._pages = LogPages(lambda: self.console.client)
        self._case = ""
        self._checked: tuple[int, Checked] | None = None
        self._fingerprint = ""
        self._under_way: LogJob | None = None

    class Done(Message, bubble=False):
        """Something asked for has ended, well or not, in one sentence."""

        def __init__(self, words: str, *, is_error: bool = False) -> None:
            super().__init__()
            self.words, self.is_error = words, is_error

    def columns(self) -> Sequence[Column[LogRow]]:
        say = self.console.look.say
        return (
            Column("entry", 9, lambda row: say(f"{row.index:,}"), align_right=True),
            Column("  age", 10, lambda row: say(f"  {age(row.at, self.console.clock())}")),
            Column("who", 9, lambda row: say(safe(row.who))),
            Column("what", 0, lambda row: say(safe(row.what))),
            Column("case", 5, lambda row: say(row.case_id[:4])),
        )

    def key_of(self, row: LogRow) -> str:
        return str(row.index)

    async def fetch(self) -> Sequence[LogRow]:
        self._read_at = self._log.entries if self._log else -1
        return await self._pages.read(self._wanted)

    @property
    def _wanted(self) -> Asked:
        day = self._needle if _DAY.fullmatch(self._needle) else ""
        if self.only == "this case":
            return Asked(case_id=self._case, day=day)
        return Asked(type="" if self.only == "all" else f"{self.only}.", day=day)

    @work(exclusive=True, group="more", exit_on_error=False)
    async def _read_more(self) -> None:
        try:
            rows = await self._pages.read_more()
        except BridgeError as fault:
            self.post_message(self.ReadFailed(fault))
        else:
            self.post_message(self.RowsRead(rows))

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        super().on_row_list_moved(message)
        rows = self._pages.rows
        if rows and self.current == rows[-1] and self._pages.has_more:
            if len(rows) < MOST_ROWS:
                self._read_more()
            else:
                self.console.tell("Older ones: / and a day, such as 2026-11-24; or an export.")

    def know(self, rows: tuple[LogRow, ...], *, follow: bool = False) -> None:
        """A cursor on the top row follows the newest entry."""
        super().know(rows, follow=follow or self.list.at == 0)

    def draw_body(self) -> None:
        super().draw_body()
        if self._known is not None and self._wanted != self._pages.asked:
            self.read()

    @property
    def _log(self) -> LogStatus | None:
        status = self.console.known.facts.status
        return status.log if status else None

    def on_status_read(self, message: StatusRead) -> None:
        super().on_status_read(message)
        if self._log is not None and self._log.entries != self._read_at:
            self.read()

    def heading(self, shown: Sequence[LogRow]) -> tuple[str, str]:
        if self._log is None:
            return "", ""
        words = {"case": "cases", "bank": "banks", "key": "keys", "this case": safe(self._case[:4])}
        return log_words.state(self._log, self.console.clock()), f"o only: {words.get(self.only, self.only)}"

    def title_of(self, row: LogRow) -> str:
        return f"entry {row.index:,}"

    def preview(self, row: LogRow) -> Sequence[Text]:
        look = self.console.look
        if self._under_way is not None:
            return log_words.job_lines(self._under_way, look)
        if self._checked is not None:
            head = log_words.entry_head(row, look)
            now, width = self.console.clock(), self.list.size.width - 3
            return [head, *log_words.checked_lines(*self._checked, look, now, width)]
        if self._fingerprint:
            return [log_words.entry_head(row, look), *log_words.key_lines(self._fingerprint, look)]
        return log_words.entry_lines(row, look)

    def why_empty(self) -> str:
        return "No entry of that kind yet." if self._wanted != Asked() else "No entry yet."

    def _words_of(self, row: LogRow) -> str:
        return f"{super()._words_of(row)} {row.case_id} {log_words.utc_day(row)} {row.type}"

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        is_missing_or_locked = self._log is not None and self._log.keys in ("missing", "locked")
        if action in ("check", "export") and self._under_way is not None:
            return f"The {self._under_way.kind} is under way; X stops it."
        if action == "export" and is_missing_or_locked:
            return "An export waits for the key: K."
        if action == "unlock" and self._log is not None and self._log.keys == "open":
            return "The key is open."
        if action == "stop" and self._under_way is None:
            return "Nothing is under way that could be stopped."
        if action == "copy" and not self._fingerprint and self.current is None:
            return "There is nothing to copy."
        return super().reason_against(action, parameters)

    def action_only(self) -> None:
        case = self.current.case_id if self.current else ""
        super().action_only()
        if self.only == "this case":
            self._case = case
            if not case:
                super().action_only()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        if self.current is not None and self.current.case_id:
            self.app.push_screen(CaseScreen(self.current.case_id))
        else:
            self.console.tell("This entry belongs to no case.")

    def action_check(self) -> None:
        self._job(self.console.client.start_log_check)

    def action_export(self) -> None:
        case = self.current.case_id if self.current else ""
        self._ask(log_forms.what_to_export(case[:4]), lambda what: self._ask_names(what, case))

    def _ask_names(self, chosen: str, case: str) -> None:
        what, _, names = chosen.partition("-")
        scope = {"kind": "case", "case": case} if what == "case" else {"kind": "all"}
        if names == "chosen":
            self._ask(log_forms.which_names(), lambda fields: self._ask_where(scope, fields))
        else:
            self._ask_where(scope, log_forms.SHOWN if names == "shown" else ("bank",))

    def _ask_where(self, scope: dict[str, str], disclose: tuple[str, ...]) -> None:
        name = f"log-{scope.get('case', 'all')[:4]}.zip"

        def begin(path: Path) -> None:
            self._job(lambda: self.console.client.start_log_export(scope, str(path), disclose))

        self._ask(log_forms.where_to(str(Path.home() / name)), begin)

    def action_stop(self) -> None:
        if (job := self._under_way) is not None:
            form = typed_word(f"Stop the {job.kind} of {safe(job.what)}", "stop")
            self._ask(form, lambda _: self._work(self._stop(job)))

    async def _stop(self, job: LogJob) -> str:
        await self.console.client.stop_log_job(job.id)
        return f"The {job.kind} was stopped; nothing of it is left."

    def action_unlock(self) -> None:
        client = self.console.client
        if self._log is not None and self._log.keys == "missing":
            self._ask(log_forms.new_keys(), lambda typed: self._work(self._keys(client.make_log_keys(typed))))
        else:
            self._ask(log_forms.unlock(), lambda typed: self._work(self._keys(client.unlock_log(typed))))

    def action_rotate(self) -> None:
        client = self.console.client
        form = log_forms.unlock("Change the signing key")
        self._ask(form, lambda typed: self._work(self._keys(client.rotate_log_key(typed))))

    async def _keys(self, change: Awaitable[str]) -> str:
        self._fingerprint, self._checked = await change, None
        return "The key is open, and every entry signed."

    def action_stamp(self) -> None:
        self._work(self._stamp())

    async def _stamp(self) -> str:
        size = await self.console.client.stamp_log()
        return f"The head of {counted(size, 'entry', 'entries')} was time-stamped."

    def action_accept(self) -> None:
        if self._log is not None and not self._log.trouble:
            self.console.tell("Nothing is wrong with the log.")
            return
        form = typed_word("Go on from the log as it is here, and log that", "accept")
        self._ask(form, lambda _: self._work(self._accept()))

    async def _accept(self) -> str:
        await self.console.client.accept_log()
        return "The log goes on from here; that you accepted it is its newest entry."

    def action_copy(self) -> None:
        if self._fingerprint:
            self.app.copy_to_clipboard(self._fingerprint)
            self.console.tell("Copied the fingerprint.")
        elif self.current is not None:
            self.app.copy_to_clipboard(self.current.hash)
            self.console.tell(f"Copied the hash of entry {self.current.index:,}.")

    def _ask(self, form: ModalScreen[V], then: Callable[[V], object]) -> None:
        """Opens a form; `then` hears what was typed, and nothing where Esc was pressed."""

        def answered(value: V | None) -> None:
            if value is not None:
                then(value)

        self.app.push_screen(form, answered)

    @work(group="log", exit_on_error=False)
    async def _work(self, change: Awaitable[str]) -> None:
        await self._say_how(change)

    @work(exclusive=True, group="job", exit_on_error=False)
    async def _job(self, start: Callable[[], Awaitable[LogJob]]) -> None:
        try:
            await self._say_how(self._follow(start))
        finally:
            self._under_way = None

    async def _follow(self, start: Callable[[], Awaitable[LogJob]]) -> str:
        """Goes on when another screen is shown; the notice line tells how far it is."""
        job = await ended(self.console.client, start, self._tell_progress)
        if job.checked is not None:
            self._checked = (self.console.clock(), job.checked)
            return "The log is whole." if job.checked.whole else "The log is DAMAGED: see below the list."
        if job.exported is None:
            return f"The {job.kind} was stopped; nothing of it is left."
        self._fingerprint, self._checked = job.exported.fingerprint, None
        return f"{counted(job.exported.entries, 'entry', 'entries')} written to {safe(job.exported.path)}."

    def _tell_progress(self, job: LogJob) -> None:
        self._under_way = job
        self.console.tell(f"{job.kind} of {safe(job.what)}: {job.step} {job.percent} %")
        self.draw()

    async def _say_how(self, change: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await change))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    def on_log_screen_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()
