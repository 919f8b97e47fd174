"""5 Banks: what uploads are compared with; add, import, export, remove."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType

from bridge.catalogue import FROM_HMA, Bank, Role
from bridge.signals import Signal
from hma_console import bank_files, keys, mirroring
from hma_console.answers import BankRow
from hma_console.list_answers import Lists
from hma_console.messages import BanksChanged, PolicyChanged
from hma_console.programme_words import shortly as shortly_of
from hma_console.screens import bank_forms
from hma_console.screens.bank_lists import BankLists
from hma_console.screens.bank_words import ON_MATCH, came_to, from_when, preview, unread
from hma_console.screens.list_words import list_lines, shortly
from hma_console.status import Imported, Job, Status
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import age, count, counted, safe

JOB_EVERY = 0.5
"""Seconds after which the progress of our import is asked for."""


class BanksScreen(BankLists):
    NAME = "banks"
    HELP = """
Every upload is compared with these banks. Block banks match; an allow bank
takes a match back. Values of listed banks are never shown or exported.
"""
    ONLY = ("all", "block", "allow")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.BANKS)

    def __init__(self) -> None:
        super().__init__()
        self._importing = ""
        self._has_hma = False
        self._imported: Imported | None = None

    def columns(self) -> Sequence[Column[BankRow]]:
        say = self.console.look.say
        return (
            Column("bank", 0, lambda row: say(safe(row.name))),
            Column("role", 7, lambda row: say(row.role.value), from_width=70),
            Column("category", 13, lambda row: say(row.category.words)),
            Column("entries", 10, lambda row: say(_entries(row)), align_right=True),
            Column("  updated", 13, lambda row: say(f"  {self._updated(row)}")),
            Column("mode", 8, lambda row: say(row.mode.value), from_width=80),
            Column(
                "on match", 10, lambda row: say(ON_MATCH[row.on_match] if row.role is Role.BLOCK else "-")
            ),
            Column("hits", 5, lambda row: say(count(row.hit_count)), align_right=True),
        )

    def _updated(self, row: BankRow) -> str:
        if self._job(row):
            return "now …"
        now = self.console.clock()
        return shortly(self.lists_of(row), age(row.updated_at, now), now)

    def _job(self, row: BankRow) -> Job | None:
        status = self.console.known.facts.status
        return next((job for job in status.jobs if job.bank == row.name), None) if status else None

    @property
    def _shield_is_asked(self) -> bool:
        return any(one.shield is not None for one in self.lists.programmes)

    def key_of(self, row: BankRow) -> str:
        return row.name

    async def fetch(self) -> Sequence[BankRow]:
        found, self.lists = await asyncio.gather(
            self.console.client.bank_list(), self.console.client.lists.all()
        )
        self._has_hma = found.has_hma
        return [bank for bank in found.rows if self.only in ("all", bank.role.value)]

    def heading(self, shown: Sequence[BankRow]) -> tuple[str, str]:
        entries = sum(bank.entry_count for bank in shown)
        status = self.console.known.facts.status
        index = f" · index {status.index_state}{_asked(status, self.lists)}" if status else ""
        what = f"{counted(len(shown), 'bank')} · {counted(entries, 'entry', 'entries')}{index}"
        return what, f"o only: {self.only}"

    def title_of(self, row: BankRow) -> str:
        return safe(row.name)

    def preview(self, row: BankRow) -> Sequence[Text]:
        job, imported = self._job(row), self._imported
        if job is None and imported is not None and imported.bank == row.name and imported.bad_count:
            return unread(imported, self.console.look)
        now, look = self.console.clock(), self.console.look
        of_lists = [line for one in self.lists_of(row) for line in list_lines(one, now, look)]
        return preview(row, job, now, look, of_lists)

    def why_empty(self) -> str:
        return "No bank yet: nothing can match. i makes one." if self.only == "all" else "None of that role."

    def on_banks_changed(self, message: BanksChanged) -> None:
        self.read()

    def on_policy_changed(self, message: PolicyChanged) -> None:
        self.read()

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        if self._imported is not None and self.current and self.current.name != self._imported.bank:
            self._imported = None

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        self.console.tell(keys.reason_against("later", ("Listing the entries of a bank",)))

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if (
            action in ("import", "export", "remove", "update", "programmes")
            and self.console.known.facts.lost is not None
        ):
            return "The bridge does not answer: no bank can be changed or read now."
        of_one = action in ("export", "remove", "update")
        row = self.current if self.is_mounted and of_one else None
        if of_one and row is None:
            return "There is no bank here."
        if action == "update" and row is not None and not self.lists_of(row):
            return "No list fills this bank. g connects one."
        if action == "programmes" and not self.lists.programmes:
            return "The bridge has not told yet who shares lists."
        if action == "import" and self._importing:
            return "An import runs; one at a time."
        if action == "remove" and row is not None and self._job(row) and row.name != self._importing:
            return "An import that was begun elsewhere runs into this bank."
        if action == "export" and row is not None and row.is_of_hma:
            return "HMA lists no bank: read it into an own one, then export that."
        if action == "remove" and row is not None and row.is_of_arachnid and self._shield_is_asked:
            return "The next upload would make it again: Arachnid Shield is asked."
        if action == "export" and row is not None and row.category.is_listed:
            return "Values of this bank are never shown, logged or exported."
        return super().reason_against(action, parameters)

    def action_import(self) -> None:
        name = self.current.name if self.current else ""
        form = bank_forms.what_to_add(self.current, has_hma=self._has_hma)
        self.ask(form, lambda what: self._ask_what(what, name))

    def _ask_what(self, what: str, bank: str) -> None:
        if what == "bank":
            self.ask(bank_forms.new_bank(), lambda made: self.carry_out(self._make(made)))
        elif what == "hash":
            self.ask(bank_forms.one_hash(bank), lambda signal: self.carry_out(self._add_hash(bank, signal)))
        elif what == "hma bank":
            self.ask(bank_forms.new_bank(FROM_HMA), lambda made: self.carry_out(self._make(made)))
        elif what == "list":
            self.action_programmes()
        elif what in ("on", "off"):
            self.carry_out(self._switch(bank, on=what == "on"))
        elif what == "mirror":
            self.carry_out(mirroring.mirror(self.console.client, bank, self.console.tell))
        elif what == "pull":
            asked = bank_forms.bank_of_hma(safe(bank))
            self.ask(asked, lambda source: self.carry_out(self._pull(bank, source)))
        elif what == "picture":
            form = bank_forms.a_file(f"A picture into {safe(bank)}")
            self.ask(form, lambda path: self.carry_out(self._add_picture(bank, path)))
        else:
            form = bank_forms.a_file(f"A list file into {safe(bank)}")
            self.ask(form, lambda path: self._import(bank, path))

    def action_export(self) -> None:
        if (row := self.current) is not None:
            name = row.name
            form = bank_forms.a_file(f"Write {safe(name)} to a new file", f"{name.replace(' ', '-')}.txt")
            self.ask(form, lambda path: self.carry_out(self._export(name, path)))

    def action_remove(self) -> None:
        """`X`: stops the import that we run into the bank, else disconnects a list of it, else removes it."""
        if (row := self.current) is None:
            return
        name = row.name
        if name == self._importing:
            form = bank_forms.typed_word(f"Stop the import into {safe(name)}", "stop")
            self.ask(form, lambda _: self._stop_import())
        elif filling := self.lists_of(row):
            self.disconnect(filling)
        else:
            entries = (
                "all that HMA has in it" if row.is_of_hma else counted(row.entry_count, "entry", "entries")
            )
            title = f"Remove {safe(name)} with {entries}"
            self.ask(bank_forms.typed_word(title, name), lambda _: self.carry_out(self._remove(name)))

    def _stop_import(self) -> None:
        self.workers.cancel_group(self, "import")
        self.console.tell("The import was stopped; what it had added stays.")

    @work(exclusive=True, group="import", exit_on_error=False)
    async def _import(self, bank: str, path: Path) -> None:
        self._importing = bank
        asking = self.set_interval(JOB_EVERY, self.console.ask_anew)
        try:
            await self.say_how(self._read_list(bank, path))
        finally:
            asking.stop()
            self._importing = ""

    async def _make(self, bank: Bank) -> str:
        made = await self.console.client.make_bank(bank, as_policy_says=True)
        return f"{safe(made.name)} was made. i adds to it."

    async def _switch(self, bank: str, *, on: bool) -> str:
        await self.console.client.switch_bank(bank, on=on)
        return f"{safe(bank)} is {'on' if on else 'off'} in HMA."

    async def _pull(self, bank: str, source: str) -> str:
        return await mirroring.pull(self.console.client, bank, source, self.console.tell)

    async def _add_hash(self, bank: str, signal: Signal) -> str:
        when = from_when(self.current, "matches already")
        added = await self.console.client.add_hash(bank, signal)
        kind = signal.type.value.upper()
        if not added:
            return f"The hash is there already, as {kind}."
        return f"The hash was added as {kind}, and {when}."

    async def _add_picture(self, bank: str, path: Path) -> str:
        when = from_when(self.current)
        added = await self.console.client.add_picture(bank, await bank_files.whole(path))
        done = f"{counted(added, 'hash', 'hashes')} of {safe(path.name)} added, and {when}."
        return done if added else f"{safe(path.name)} is there already."

    async def _read_list(self, bank: str, path: Path) -> str:
        size = await bank_files.size_of(path)
        imported = await self.console.client.import_list(bank, bank_files.pieces(path), size)
        self._imported = imported
        return came_to(imported)

    async def _export(self, bank: str, path: Path) -> str:
        await bank_files.write(path, self.console.client.export_bank(bank))
        return f"{safe(bank)} was written to {safe(str(path))}."

    async def _remove(self, name: str) -> str:
        await self.console.client.drop_bank(name)
        return f"{safe(name)} was removed; its entries match no more."


def _entries(row: BankRow) -> str:
    return row.place or f"{row.entry_count:,}"


def _asked(status: Status, lists: Lists) -> str:
    """Who is asked beside the banks here, and whether they answer."""
    hma = status.matcher.asked
    shields = [one for one in lists.programmes if one.shield is not None]
    off = f", {hma.off} off" if hma and hma.off else ""
    words = [f" · HMA {hma.words}{off}"] if hma else []
    return "".join([*words, *(f" · Arachnid {shortly_of(one)}" for one in shields)])
