"""Lists of others on the Banks screen: who shares them; one connected, read now, disconnected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from textual import work
from textual.message import Message
from textual.screen import ModalScreen

from bridge.catalogue import ListState
from bridge.errors import BridgeError
from hma_console.answers import BankRow
from hma_console.list_answers import ListRow, Lists, NewList, Programme
from hma_console.programme_words import connected, disconnected
from hma_console.screens import list_forms
from hma_console.screens.list_words import of_bank
from hma_console.screens.listing import ListScreen
from hma_console.words import safe

V = TypeVar("V")
SYNC_EVERY = 1.0
"""Seconds after which the progress of a list that is being read is asked for."""
LOOK_EVERY = 5.0
"""Seconds after which it is asked how the lists are: no event tells that one was read, or could not be."""


class BankLists(ListScreen[BankRow]):
    """Subclasses read `lists` together with their banks."""

    def __init__(self) -> None:
        super().__init__()
        self.lists = Lists()

    class Done(Message, bubble=False):
        """A change has ended, well or not, in one sentence."""

        def __init__(self, words: str, *, is_error: bool = False) -> None:
            super().__init__()
            self.words, self.is_error = words, is_error

    def on_mount(self) -> None:
        self.set_interval(SYNC_EVERY, self._follow_syncs)
        self.set_interval(LOOK_EVERY, self._look_again)

    def lists_of(self, row: BankRow) -> list[ListRow]:
        return of_bank(self.lists.rows, row.name)

    def _follow_syncs(self) -> None:
        if self.is_current and any(one.state is ListState.SYNCING for one in self.lists.rows):
            self.read()

    def _look_again(self) -> None:
        if self.is_current and self.lists.rows:
            self.read()

    def action_update(self) -> None:
        """`s`: reads the lists that fill the bank now."""
        if (row := self.current) is not None:
            self.carry_out(self._sync([one.name for one in self.lists_of(row)]))

    async def _sync(self, names: Sequence[str]) -> str:
        for name in names:
            await self.console.client.lists.sync(name)
        return f"{safe(', '.join(names))}: being read now. What is new matches at once."

    def action_programmes(self) -> None:
        """`g`: who shares lists; one of them, then a list of it."""
        known = {one.name: one for one in self.lists.programmes}
        self.ask(list_forms.programmes(self.lists), lambda name: self._look_at(known[name]))

    def _look_at(self, one: Programme) -> None:
        self.ask(list_forms.programme(one, self.console.clock()), lambda _: self._ask_new(one))

    def _ask_new(self, one: Programme) -> None:
        if one.kind is not None:
            form = list_forms.new_list(one, one.kind)
            self.ask(form, lambda new: self.carry_out(self._connect(new, one)))

    async def _connect(self, new: NewList, one: Programme) -> str:
        return connected(await self.console.client.lists.connect(new), one)

    def disconnect(self, lists: Sequence[ListRow]) -> None:
        """Asks which one where there are several, then for its name."""
        if len(lists) == 1:
            self._ask_word(lists[0])
        else:
            named = {one.name: one for one in lists}
            self.ask(list_forms.which(lists), lambda name: self._ask_word(named[name]))

    def _ask_word(self, one: ListRow) -> None:
        self.ask(list_forms.disconnect(one), lambda _: self.carry_out(self._disconnect(one)))

    async def _disconnect(self, one: ListRow) -> str:
        await self.console.client.lists.disconnect(one.name)
        return disconnected(one)

    def ask(self, form: ModalScreen[V], then: Callable[[V], object]) -> None:
        """Opens a form; `then` hears what was typed, and nothing where Esc was pressed."""

        def answered(value: V | None) -> None:
            if value is not None:
                then(value)

        self.app.push_screen(form, answered)

    @work(group="bank", exit_on_error=False)
    async def carry_out(self, change: Awaitable[str]) -> None:
        await self.say_how(change)

    async def say_how(self, change: Awaitable[str]) -> None:
        try:
            self.post_message(self.Done(await change))
        except BridgeError as fault:
            self.post_message(self.Done(f"{safe(fault.message)} {safe(fault.hint)}".strip(), is_error=True))

    def on_bank_lists_done(self, message: Done) -> None:
        self.console.tell(message.words, is_error=message.is_error)
        self.console.ask_anew()
        self.read()
