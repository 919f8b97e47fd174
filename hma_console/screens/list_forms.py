"""The forms for lists of others: whose there are, connecting one, disconnecting one."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from bridge.catalogue import Category, ListKind
from hma_console.list_answers import Asked, ListRow, Lists, NewList, Programme
from hma_console.new_list import asked_of, label_of, new_list_of
from hma_console.programme_words import here, remedy, shortly
from hma_console.screens.bank_forms import typed_word
from hma_console.screens.dialogs import Choice, Field, Form
from hma_console.screens.list_words import TROUBLED
from hma_console.words import counted, safe

CONNECT = "connect"
_WIDTH = 60
_TITLE = 36


def programmes(lists: Lists) -> Choice:
    """Asks for one of them, by its name."""
    rows = [(one.name, f"{safe(one.title):<{_TITLE}} {_state(one, lists.rows)}") for one in lists.programmes]
    return Choice("Lists of others: who shares them", rows)


def _state(one: Programme, rows: Sequence[ListRow]) -> str:
    """With the worst word of a list of it that is in trouble."""
    words = {row.state for row in rows if row.kind is one.kind}
    trouble = next((state.value for state in TROUBLED if state in words), "")
    return f"{shortly(one)}, {trouble}" if trouble else shortly(one)


def programme(one: Programme, now: int) -> Choice:
    """All that is known of it; where its list can be read here, connecting that can be chosen."""
    told = (
        ("holds", one.holds),
        ("who", one.who),
        ("send", one.send),
        ("takes", one.takes),
        ("here", here(one, now)),
        ("do", remedy(one)),
    )
    lines = [line for name, words in told if words for line in _hung(name, words)]
    options = [] if one.kind is None else [(CONNECT, "connect a list of it")]
    return Choice(safe(one.title), options, lines)


def _hung(name: str, words: str) -> list[str]:
    return wrap(safe(words), _WIDTH, initial_indent=f"{name:<7}", subsequent_indent=" " * 7)


def new_list(one: Programme, kind: ListKind) -> Form[NewList]:
    """A secret is never typed here: where it is missing the form says by which command it is set."""
    fields = [Field("Name of the list"), *map(_field, asked_of(one))]
    if one.asks_category:
        fields.append(Field("Category: " + ", ".join(Category), Category.OWN.value))
    fields.append(Field("Bank to fill", hint="empty: one of the list's name is made"))
    says = []
    if one.lacks_secret:
        says = [
            "Its secret is not set, and is never typed here. In a shell:",
            f"hma-console secret set {one.secret}",
        ]

    def parse(typed: list[str]) -> NewList:
        return new_list_of(one, kind, [text.strip() for text in typed])

    return Form(f"Connect a list: {safe(one.title)}", fields, parse, says)


def _field(one: Asked) -> Field:
    return Field(f"{label_of(one)}: {safe(one.takes)}", one.usual or "")


def which(lists: Sequence[ListRow]) -> Choice:
    """Which of the lists that fill one bank is disconnected."""
    rows = [(one.name, f"{safe(one.name)}, {counted(one.entries, 'entry', 'entries')}") for one in lists]
    return Choice("Disconnect which list", rows)


def disconnect(one: ListRow) -> Form[str]:
    says = [
        f"Of its {counted(one.entries, 'entry', 'entries')}, what only it has leaves the bank.",
        "What another list or your hand put there stays.",
        "The bank stays, too, and so do cases and takedowns.",
    ]
    return typed_word(f"Disconnect the list {safe(one.name)}", one.name, says)
