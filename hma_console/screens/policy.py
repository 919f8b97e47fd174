"""8 Policy: what each bank's matches lead to, and what another rule would have done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.message import Message

from bridge.catalogue import LARGEST_THRESHOLD, Role
from bridge.errors import BridgeError
from hma_console import keys
from hma_console.messages import BanksChanged, PolicyChanged
from hma_console.policy_answers import PolicyShown, RuleRow, Simulation
from hma_console.policy_words import after, asks_you, at_the_gate
from hma_console.screens import policy_forms
from hma_console.screens.bank_forms import typed_word
from hma_console.screens.listing import ListScreen
from hma_console.screens.policy_lines import Try, preview
from hma_console.widgets.row_list import Column, RowList
from hma_console.words import ago, counted, safe


class PolicyScreen(ListScreen[RuleRow]):
    NAME = "policy"
    HELP = """
What each bank's matches lead to: at the gate, after it, and when you are asked.
← → try another distance, Enter another rule; nothing changes until S.
Below: what the try would have done with what matched before. u undoes S.
"""
    BINDINGS: ClassVar[list[BindingType]] = list(keys.POLICY)

    class Simulated(Message, bubble=False):
        """What the try of one bank would have done, or a sentence that says why nobody knows."""

        def __init__(self, bank: str, changes: Mapping[str, object], found: Simulation | str) -> None:
            super().__init__()
            self.bank, self.changes, self.found = bank, changes, found

    class Done(Message, bubble=False):
        """A change has ended, well or not, in one sentence; `bank` is the one whose try it ended."""

        def __init__(self, words: str, *, bank: str = "", is_error: bool = False) -> None:
            super().__init__()
            self.words, self.bank, self.is_error = words, bank, is_error

    def __init__(self) -> None:
        super().__init__()
        self._policy: PolicyShown | None = None
        self._tries: dict[str, Try] = {}
        self._found: dict[str, tuple[Mapping[str, object], Simulation | str]] = {}

    def columns(self) -> Sequence[Column[RuleRow]]:
        say = self.console.look.say
        return (
            Column("bank", 0, lambda row: say(safe(row.name))),
            Column("mode", 9, lambda row: say(row.own.mode.value), from_width=70),
            Column("gate", 8, lambda row: say(at_the_gate(row, self._gate))),
            Column("after", 11, lambda row: say(after(row))),
            Column("distance", 10, lambda row: say(str(row.own.threshold))),
            Column("asks you when", 19, lambda row: say(asks_you(row))),
        )

    @property
    def _gate(self) -> str:
        return self._policy.gate if self._policy else ""

    def key_of(self, row: RuleRow) -> str:
        return row.name

    async def fetch(self) -> Sequence[RuleRow]:
        self._policy = await self.console.client.policy()
        return self._policy.rules

    def heading(self, shown: Sequence[RuleRow]) -> tuple[str, str]:
        if self._policy is None:
            return "", ""
        tries = f"{counted(len(self._tries), 'try', 'tries')} not in force" if self._tries else ""
        if not self._policy.version:
            return "policy · the preset is in force", tries
        since = ago(self._policy.since, self.console.clock())
        return f"policy · version {self._policy.version} put in force {since}", tries or "u undo"

    def title_of(self, row: RuleRow) -> str:
        return safe(row.name)

    def preview(self, row: RuleRow) -> Sequence[Text]:
        if self._policy is None:
            return ()
        changes, found = self._found.get(row.name, ({}, None))
        tried = self._tries.get(row.name, Try(row))
        width = self.app.size.width - 2
        return preview(tried, self._policy, found, self.console.look, width, old=changes != tried.changes)

    def why_empty(self) -> str:
        return "No bank yet, so no rule. 5 makes one; the preset waits for it."

    def know(self, rows: tuple[RuleRow, ...], *, follow: bool = False) -> None:
        """A try stands on: it is of its bank's rule as that is now."""
        named = {row.name: row for row in rows}
        tries = {name: one.on(named[name]) for name, one in self._tries.items() if name in named}
        self._tries = {name: one for name, one in tries.items() if one.changes}
        super().know(rows, follow=follow)
        self._simulate()

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        super().on_row_list_moved(message)
        self._simulate()

    def _simulate(self) -> None:
        if (row := self.current) is not None and row.own.role is Role.BLOCK:
            self._ask_for(row.name, self._tries.get(row.name, Try(row)).changes)

    @work(exclusive=True, group="simulate", exit_on_error=False)
    async def _ask_for(self, bank: str, changes: Mapping[str, object]) -> None:
        found: Simulation | str
        try:
            found = await self.console.client.simulate(bank, changes)
        except BridgeError as fault:
            found = _said(fault)
        self.post_message(self.Simulated(bank, changes, found))

    def on_policy_screen_simulated(self, message: Simulated) -> None:
        self._found[message.bank] = message.changes, message.found
        self.draw_preview()

    def on_policy_changed(self, message: PolicyChanged) -> None:
        self.read()

    def on_banks_changed(self, message: BanksChanged) -> None:
        self.read()

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action in ("farther", "put", "discard", "compare", "undo"):
            return self._reason_against(action)
        return super().reason_against(action, parameters)

    def _reason_against(self, action: str) -> str:
        if self.console.known.facts.lost is not None:
            return "The bridge does not answer: no policy can be tried or changed now."
        row = self.current if self.is_mounted else None
        if action == "undo":
            changed = self._policy is not None and self._policy.version
            return "" if changed else "No policy was changed yet: there is none to go back to."
        if row is None:
            return "There is no rule here."
        if action in ("farther", "compare") and row.own.role is Role.ALLOW:
            return "An allow bank opens no case: there is nothing to try."
        if action in ("put", "discard") and row.name not in self._tries:
            return "Nothing is tried here. ← → try another distance."
        return ""

    def action_farther(self, step: int) -> None:
        if (row := self.current) is not None:
            tried = self._tries.get(row.name, Try(row))
            self._take(tried.with_changes(threshold=min(max(tried.threshold + step, 0), LARGEST_THRESHOLD)))

    def _take(self, tried: Try) -> None:
        if tried.changes:
            self._tries[tried.rule.name] = tried
        else:
            self._tries.pop(tried.rule.name, None)
        self.draw_body()
        self._simulate()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        if (row := self.current) is not None:
            tried = self._tries.get(row.name, Try(row))
            self.app.push_screen(policy_forms.another(tried), lambda name: self._chosen(tried, name))

    def _chosen(self, tried: Try, name: str | None) -> None:
        if name:
            field, _, value = name.partition("=")
            self._take(tried.with_changes(**{field: value}))

    def action_compare(self) -> None:
        self._simulate()
        self.console.tell("Compared with what is stored by now.")

    def action_put(self) -> None:
        if (row := self.current) is not None:
            name, changes = row.name, self._tries[row.name].changes
            self._type(f"Put {self._tries[name].words} in force", name, lambda: self._put(name, changes))

    def action_discard(self) -> None:
        if (row := self.current) is not None:
            self._type("Discard the try", row.name, lambda: self._take(Try(row)))

    def _type(self, title: str, bank: str, then: Callable[[], object]) -> None:
        form = typed_word(f"{title}: {safe(bank)}", bank)

        def answered(typed: str | None) -> None:
            if typed is not None:
                then()

        self.app.push_screen(form, answered)

    def undo_here(self) -> bool:
        """The policy before, unless the notice line offers to undo a decision."""
        if self.console.known.undo is not None:
            return False
        self._change(self._undo())
        return True

    def _put(self, bank: str, changes: Mapping[str, object]) -> None:
        self._change(self._put_in_force(bank, changes), bank)

    @work(exclusive=True, group="change", exit_on_error=False)
    async def _change(self, change: Awaitable[str], bank: str = "") -> None:
        try:
            self.post_message(self.Done(await change, bank=bank))
        except BridgeError as fault:
            self.post_message(self.Done(_said(fault), is_error=True))

    async def _put_in_force(self, bank: str, changes: Mapping[str, object]) -> str:
        made = await self.console.client.change_policy(bank, changes)
        return f"In force as version {made.version}. u puts the one before back."

    async def _undo(self) -> str:
        made = await self.console.client.undo_policy()
        return f"The policy before is in force again, as version {made.version}."

    def on_policy_screen_done(self, message: Done) -> None:
        self._tries.pop(message.bank, None)
        self.console.tell(message.words, is_error=message.is_error)
        if not message.is_error:
            self.read()


def _said(fault: BridgeError) -> str:
    return f"{safe(fault.message)} {safe(fault.hint)}".strip()
