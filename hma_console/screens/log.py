"""7 Log: what was seen, decided and done; its signature, its check, its export."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.log_answers import Checked, LogJob, LogRow
from hma_console.messages import StatusRead
from hma_console.screens import log_forms
from hma_console.screens.listing import ListScreen
from hma_console.status import LogStatus
from hma_console.themes import Meaning
from hma_console.widgets.row_list import Column
from hma_console.words import age, ago, clock, counted, safe

V = TypeVar("V")
JOB_EVERY = 0.3
"""Seconds after which the progress of a check or an export is asked for."""
NAMES = ("account", "record", "sender", "bank", "name", "note")
"""What is disclosed where names are shown; digests never are from here."""
_KEYS = {"missing": "no key yet", "locked": "locked", "signing": "signed by an agent", "open": "unlocked"}


class LogScreen(ListScreen[LogRow]):
    NAME = "log"
    HELP = """
Every change is an entry: signed, and copied outside. Names, DIDs and file ids
are not in the log; they are kept beside it, erasable.
/ finds words, a case's first letters, or a day written 2026-11-24.
"""
    ONLY = ("all", "case", "bank", "log")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.LOG)

    def __init__(self) -> None:
        super().__init__()
        self._read_at = -1
        self._checked: tuple[int, Checked] | None = None
        self._fingerprint = ""
        self._under_way = ""

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
        return await self.console.client.log_entries("" if self.only == "all" else self.only)

    @property
    def _log(self) -> LogStatus | None:
        status = self.console.known.facts.status
        return status.log if status else None

    def on_status_read(self, message: StatusRead) -> None:
        super().on_status_read(message)
        if self._log is not None and self._log.entries != self._read_at:
            self.read()

    def heading(self, shown: Sequence[LogRow]) -> tuple[str, str]:
        log = self._log
        if log is None:
            return "", ""
        parts = [counted(log.entries, "entry", "entries")]
        parts.append(f"{log.unsigned:,} not signed" if log.unsigned else "all signed")
        if log.outside_at is not None:
            parts.append(f"copied outside {ago(log.outside_at, self.console.clock())}")
        parts.append("NOT TRUSTED" if log.trouble else _KEYS.get(log.keys, log.keys))
        words = {"all": "all", "case": "cases", "bank": "banks", "log": "log"}[self.only]
        return " · ".join(parts), f"o only: {words}"

    def title_of(self, row: LogRow) -> str:
        return f"entry {row.index:,}"

    def preview(self, row: LogRow) -> Sequence[Text]:
        look = self.console.look
        head = look.say(f"{safe(row.what)} · {clock(row.at)} · {safe(row.type)}", Meaning.STRONG)
        if self._checked is not None:
            return [head, *self._told(*self._checked)]
        if self._fingerprint:
            key = look.say(self._fingerprint, Meaning.STRONG)
            return [
                head,
                look.say("Our key; tell it the receiver by another way than the file (y copies):"),
                key,
            ]
        return [
            head,
            look.say(f"leaf {row.hash}"),
            look.say("Names, DIDs and file ids are not in the log; they are kept beside it, erasable."),
        ]

    def _told(self, at: int, checked: Checked) -> list[Text]:
        look, when = self.console.look, ago(at, self.console.clock())
        seconds = f"took {checked.took_ms / 1000:.1f} s"
        if checked.whole:
            head = look.mark(Meaning.FINE, f"Whole. Checked {when}, {seconds}.")
        else:
            head = look.mark(Meaning.ALARM, f"DAMAGED. Checked {when}, {seconds}.")
        said = [f"Proven: {each}." for each in checked.proven]
        said += [f"Not proven: {each}." for each in checked.not_proven]
        width = max(20, self.list.size.width - 3)
        wrapped = [line for each in (*checked.problems, *said) for line in wrap(safe(each), width)]
        return [head, *(look.say(line) for line in wrapped)]

    def why_empty(self) -> str:
        return "No entry of that kind yet." if self.only != "all" else "No entry yet."

    def _words_of(self, row: LogRow) -> str:
        return f"{super()._words_of(row)} {row.case_id} {clock(row.at).lower()} {row.type}"

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action in ("check", "export") and self._under_way:
            return f"The {self._under_way} is under way; wait for it."
        if action == "export" and self._log is not None and self._log.keys in ("missing", "locked"):
            return "An export waits for the key: K."
        if action == "unlock" and self._log is not None and self._log.keys == "open":
            return "The key is open."
        if action == "copy" and not self._fingerprint and self.current is None:
            return "There is nothing to copy."
        return super().reason_against(action, parameters)

    def action_check(self) -> None:
        self._job("check", self.console.client.start_log_check)

    def action_export(self) -> None:
        case = self.current.case_id if self.current else ""
        self._ask(log_forms.what_to_export(case[:4]), lambda what: self._ask_where(what, case))

    def _ask_where(self, what: str, case: str) -> None:
        scope = {"kind": "case", "case": case} if what.startswith("case") else {"kind": "all"}
        disclose = NAMES if what.endswith("names") else ("bank",)
        name = f"log-{case[:4] if what.startswith('case') else 'all'}.zip"

        def begin(path: Path) -> None:
            self._job("export", lambda: self.console.client.start_log_export(scope, str(path), disclose))

        self._ask(log_forms.where_to(str(Path.home() / name)), begin)

    def action_unlock(self) -> None:
        client = self.console.client
        if self._log is not None and self._log.keys == "missing":
            self._ask(log_forms.new_keys(), lambda typed: self._work(self._keys(client.make_log_keys(typed))))
        else:
            self._ask(log_forms.unlock(), lambda typed: self._work(self._keys(client.unlock_log(typed))))

    async def _keys(self, change: Awaitable[str]) -> str:
        self._fingerprint, self._checked = await change, None
        return "The key is open, and every entry signed."

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
    async def _job(self, kind: str, start: Callable[[], Awaitable[LogJob]]) -> None:
        self._under_way = kind
        try:
            await self._say_how(self._follow(start))
        finally:
            self._under_way = ""

    async def _follow(self, start: Callable[[], Awaitable[LogJob]]) -> str:
        """Goes on when another screen is shown; the notice line tells how far it is."""
        job = await start()
        while job.is_running:
            self.console.tell(f"{job.kind} of {safe(job.what)}: {job.step} {job.percent} %")
            await asyncio.sleep(JOB_EVERY)
            job = await self.console.client.log_job(job.id)
        if job.error:
            raise BridgeError(job.error)
        if job.checked is not None:
            self._checked = (self.console.clock(), job.checked)
            return "The log is whole." if job.checked.whole else "The log is DAMAGED: see below the list."
        assert job.exported is not None, "a job that has ended well has a result"
        self._fingerprint, self._checked = job.exported.fingerprint, None
        return f"{counted(job.exported.entries, 'entry', 'entries')} written to {safe(job.exported.path)}."

    async def _say_how(self, change: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await change))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    def on_log_screen_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()
