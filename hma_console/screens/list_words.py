"""A list of somebody else's in words: how it is, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bridge.catalogue import ListState
from hma_console.list_answers import ListRow
from hma_console.look import Look, Meaning
from hma_console.words import age, ago, counted, safe

TROUBLED = (ListState.FAILING, ListState.LATE)


def of_bank(lists: Sequence[ListRow], bank: str) -> list[ListRow]:
    """Those that fill a bank, in trouble first."""
    filling = [one for one in lists if one.bank == bank]
    return sorted(filling, key=lambda one: one.state not in TROUBLED)


def shortly(lists: Sequence[ListRow], updated: str, now: int) -> str:
    """What stands in the column `updated`: the worst word of a list, else when it was read."""
    if not lists:
        return updated
    if any(one.state is ListState.SYNCING for one in lists):
        return "now …"
    read = [one.succeeded_at for one in lists if one.succeeded_at is not None]
    is_current = len(read) == len(lists) and lists[0].state is ListState.CURRENT
    return age(min(read), now) if is_current else lists[0].state.value


def list_lines(one: ListRow, now: int, look: Look) -> list[Text]:
    """Which list it is, how it goes, and why it does not."""
    entries = counted(one.entries, "entry", "entries")
    unread = f" · {one.unread:,} of kinds not compared here" if one.unread else ""
    meaning = Meaning.LOOK if one.state in TROUBLED else Meaning.PLAIN
    lines = [
        look.line(_label("List", look), f"{safe(one.name)} · {one.kind.value} · {entries}{unread}"),
        look.line(_label("State", look), look.say(how(one, now), meaning)),
    ]
    if one.fault and one.state is not ListState.SYNCING:
        lines.append(look.line(_label("Why", look), safe(one.fault)))
        if one.remedy:
            lines.append(look.line(_label("Do", look), safe(one.remedy)))
    return lines


def how(one: ListRow, now: int) -> str:
    """Its state, when it was read last and when it is next: `current · read 5 h ago · next in 40 min`."""
    if one.state is ListState.SYNCING:
        return f"syncing · {one.changes_read:,} read so far"
    read = f"read {ago(one.succeeded_at, now)}" if one.succeeded_at is not None else "not read yet"
    next_ = f"next in {age(now, one.due_at)}" if one.due_at > now else "next at once"
    return f"{one.state.value} · {read} · {next_}"


def _label(words: str, look: Look) -> Text:
    return look.say(f"{words:<11}", Meaning.MUTED)
