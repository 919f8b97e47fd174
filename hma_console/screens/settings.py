"""9 Settings: what is set and where that is from; what can be changed here is, the rest says where."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.message import Message

from bridge.errors import BridgeError
from hma_console import keys
from hma_console.bridge_settings import SettingRow
from hma_console.look import Meaning
from hma_console.messages import SettingsChanged, StatusRead
from hma_console.screens import log_forms
from hma_console.screens.bank_forms import typed_word
from hma_console.screens.dialogs import Field, Form
from hma_console.screens.listing import ListScreen
from hma_console.screens.pds_words import fact_lines
from hma_console.setting_lines import Kind, SettingLine, setting_lines, shown_value
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import end_cut, safe

_VALUE = 12
OFFLINE = "The bridge does not answer: nothing of it can be changed now."
SENSITIVE = {"pictures.child_safety": "ask"}
"""A value that has to be typed, for what it allows is not undone by taking it back."""


class SettingsScreen(ListScreen[SettingLine]):
    NAME = "settings"
    HELP = """
What is set, and below the list where that is from. ← → choose a value.
Yours alone changes at once; the bridge's with Enter, and that is logged.
What only config.toml changes says so: it holds from the next start.
"""
    BINDINGS: ClassVar[list[BindingType]] = list(keys.SETTINGS)

    class Done(Message, bubble=False):
        """What was asked for has ended, well or not, in one sentence."""

        def __init__(self, words: str, *, is_error: bool = False) -> None:
            super().__init__()
            self.words, self.is_error = words, is_error

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[SettingRow, ...] = ()
        self._chosen: dict[str, str] = {}
        """Values of the bridge's that were chosen and are not in force, by name."""
        self._firsts: set[str] = set()

    def columns(self) -> Sequence[Column[SettingLine]]:
        look = self.console.look
        return (
            Column("", 11, lambda line: look.say(self._group(line), Meaning.STRONG)),
            Column("", 15, lambda line: look.say(line.label)),
            Column("", 0, self._value),
        )

    def _group(self, line: SettingLine) -> str:
        return line.group if line.key in self._firsts or self._needle else ""

    def _value(self, line: SettingLine) -> Text:
        look, muted = self.console.look, Meaning.MUTED
        if (chosen := self._chosen.get(line.name)) is not None and line.kind is Kind.LIVE:
            tried = f"◂ {shown_value(line.name, chosen)} ▸"
            now = f"  now {shown_value(line.name, line.value)}, Enter puts it in force"
            return look.line(look.say(tried, Meaning.STRONG), look.say(now, muted))
        value = line.value if line.kind is Kind.SEEN else shown_value(line.name, line.value)
        mark = Meaning.LOOK if value.startswith(Meaning.LOOK.symbol) else Meaning.PLAIN
        return look.line(look.say(f"{value:<{_VALUE}}", mark), look.say(f"  {line.more}", muted))

    def key_of(self, row: SettingLine) -> str:
        return row.key

    async def fetch(self) -> Sequence[SettingLine]:
        self._rows = await self.console.client.settings.list()
        return self._lines()

    def _lines(self) -> tuple[SettingLine, ...]:
        return setting_lines(self._rows, self.console.preferences, self.console.known.facts.status)

    def know(self, rows: tuple[SettingLine, ...], *, follow: bool = False) -> None:
        now = {row.name: row.value for row in rows if row.kind is Kind.LIVE}
        self._chosen = {name: one for name, one in self._chosen.items() if now.get(name, one) != one}
        firsts: dict[str, str] = {}
        for row in rows:
            firsts.setdefault(row.group, row.key)
        self._firsts = set(firsts.values())
        super().know(rows, follow=follow)

    def _show_anew(self) -> None:
        if self._known is not None:
            self.know(self._lines())

    def heading(self, shown: Sequence[SettingLine]) -> tuple[str, str]:
        return "config.toml, and changes made here (each is written into the log)", ""

    def title_of(self, row: SettingLine) -> str:
        return row.label

    def preview(self, row: SettingLine) -> Sequence[Text]:
        say, width = self.console.look.say, self.app.size.width - 2
        told = [one for one in (row.about, row.origin, row.change) if one]
        return [
            say(end_cut(one, width), Meaning.PLAIN if one is row.about else Meaning.MUTED) for one in told
        ]

    def why_empty(self) -> str:
        return ""

    def on_settings_changed(self, message: SettingsChanged) -> None:
        self.read()

    def on_status_read(self, message: StatusRead) -> None:
        self._show_anew()
        super().on_status_read(message)

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        row = self.current if self.is_mounted else None
        is_lost = self.console.known.facts.lost is not None
        if action == "choose" and row is not None:
            if not row.choices:
                return row.change or "There is nothing to choose here."
            return OFFLINE if is_lost and row.kind is Kind.LIVE else ""
        if action == "discard":
            has_change = row is not None and (row.is_here or row.name in self._chosen)
            return OFFLINE if is_lost else "" if has_change else "Nothing was changed here."
        if action == "test":
            is_pds = row is not None and row.group == "PDS"
            return OFFLINE if is_lost else "" if is_pds else "There is nothing to test here; the PDS is."
        if action == "unlock" and self._log_keys == "open":
            return "The key is open."
        if action in ("choose", "copy") and row is None:
            return "There is no setting here."
        return super().reason_against(action, parameters)

    @property
    def _log_keys(self) -> str:
        status = self.console.known.facts.status
        return status.log.keys if status else ""

    def action_choose(self, by: int) -> None:
        if (row := self.current) is None:
            return
        if row.kind is Kind.OWN:
            value = row.step(self.console.preferences.value(row.name), by)
            self._do(self._prefer(row, value))
            return
        self._chosen[row.name] = row.step(self._chosen.get(row.name, row.value), by)
        self._show_anew()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Enter: puts the chosen value in force, else asks for one, else says where it is changed."""
        if (row := self.current) is None:
            return
        if row.kind is Kind.OWN:
            self.action_choose(1)
        elif row.kind is not Kind.LIVE:
            self.console.tell(row.change or row.more or row.about)
        elif self.console.known.facts.lost is not None:
            self.console.tell(OFFLINE)
        elif row.name in self._chosen:
            self._put(row, self._chosen[row.name])
        else:
            self._edit(row)

    def _edit(self, row: SettingLine) -> None:
        def answered(value: str | None) -> None:
            if value is not None:
                self._put(row, value)

        form = Form(row.label, (Field(f"Takes {row.takes}", row.value),), lambda typed: typed[0].strip())
        self.app.push_screen(form, answered)

    def _put(self, row: SettingLine, value: str) -> None:
        if SENSITIVE.get(row.name) == value != row.value:

            def answered(typed: str | None) -> None:
                if typed is not None:
                    self._do(self._change(row, value))

            self.app.push_screen(typed_word(f"Let {row.label} pictures be looked at", value), answered)
        else:
            self._do(self._change(row, value))

    def action_discard(self) -> None:
        if (row := self.current) is None:
            return
        if self._chosen.pop(row.name, None) is not None:
            self._show_anew()
            return
        word = row.name.partition(".")[2]

        def answered(typed: str | None) -> None:
            if typed is not None:
                self._do(self._take_back(row))

        self.app.push_screen(typed_word(f"Take back what was changed here: {row.label}", word), answered)

    def action_back(self) -> None:
        """Esc: forgets what was chosen and is not in force, then shows all rows again."""
        if self._chosen:
            self._chosen = {}
            self._show_anew()
        else:
            super().action_back()

    def action_test(self) -> None:
        self._do(self._test())

    def action_unlock(self) -> None:
        client, is_new = self.console.client, self._log_keys == "missing"

        def answered(typed: str | None) -> None:
            if typed is not None:
                self._do(self._unlock(client.make_log_keys(typed) if is_new else client.unlock_log(typed)))

        self.app.push_screen(log_forms.new_keys() if is_new else log_forms.unlock(), answered)

    def action_copy(self) -> None:
        if (row := self.current) is not None:
            self.app.copy_to_clipboard(row.value)
            self.console.tell(f"Copied the value of {row.label}.")

    @work(group="set", exit_on_error=False)
    async def _do(self, asked: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await asked))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    async def _prefer(self, row: SettingLine, value: str) -> str:
        await self.console.prefer(row.name, value)
        needs_new = row.name == "pictures.draw" and value in ("", "auto")
        kept = "It is kept for you alone" if self.console.options.preferences_file else "It is not kept"
        when = ", and holds when the console opens next." if needs_new else "."
        return f"{row.label}: {value or 'as the bridge says'}. {kept}{when}"

    async def _change(self, row: SettingLine, value: str) -> str:
        done = await self.console.client.settings.change(row.name, value)
        self._chosen.pop(row.name, None)
        return f"{row.label}: {shown_value(row.name, done.value)} from now on. X takes it back."

    async def _take_back(self, row: SettingLine) -> str:
        done = await self.console.client.settings.take_back(row.name)
        return f"{row.label}: {shown_value(row.name, done.value)} again."

    async def _test(self) -> str:
        status = await self.console.client.status()
        if status.pds is None:
            return "No PDS is watched: set [pds] in config.toml, then start again."
        first = fact_lines(
            status.pds, status.started_at, self.console.clock(), self.console.look, self.app.size.width
        )[0]
        return " ".join(first.plain.split())

    async def _unlock(self, change: Awaitable[str]) -> str:
        await change
        return "The key is open, and every entry signed."

    def on_settings_screen_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()
