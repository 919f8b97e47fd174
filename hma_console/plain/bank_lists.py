"""The commands for lists of others: who shares them; one connected, read now, disconnected."""

from __future__ import annotations

from bridge.catalogue import Category
from bridge.errors import InputError
from hma_console.list_answers import ListRow, Programme
from hma_console.new_list import asked_of, label_of, new_list_of
from hma_console.plain.desk import Command, Desk
from hma_console.plain.lines import told
from hma_console.programme_words import connected, disconnected, here, remedy
from hma_console.screens.list_words import how
from hma_console.words import counted, safe

HERE = ("banks",)


def list_line(one: ListRow, now: int) -> str:
    said = told(f"List {safe(one.name)}", [f"into bank {safe(one.bank)}", how(one, now)])
    if not one.fault:
        return said
    return f"{said} {told('Why', [safe(one.fault).rstrip('.')])} {told('Do', [safe(one.remedy).rstrip('.')])}"


async def programmes(desk: Desk, typed: str) -> None:
    """Every one in two lines; all that is known of the one whose name was typed."""
    known = (await desk.client.lists.all()).programmes
    if typed:
        desk.talk.say(*_details(_named(known, typed), desk.clock()))
        return
    desk.talk.say(*(told(_spoken(one), [safe(one.title), here(one, desk.clock())]) for one in known))
    desk.talk.say("One of them: say programmes and its name. Connecting one: say connect.")


def _details(one: Programme, now: int) -> list[str]:
    parts = (
        ("Holds", one.holds),
        ("Who", one.who),
        ("Send", one.send),
        ("Takes", one.takes),
        ("Here", here(one, now)),
        ("Do", remedy(one)),
    )
    return [safe(one.title), *(told(name, safe(words).split(", ")) for name, words in parts if words)]


def _spoken(one: Programme) -> str:
    return f"Programme {safe(one.name)}"


async def connect(desk: Desk, typed: str) -> None:
    """Asks for what such a list needs; a secret is never asked for here."""
    known = [one for one in (await desk.client.lists.all()).programmes if one.kind is not None]
    names = ", ".join(one.name for one in known)
    one = _named(known, typed or await desk.talk.ask(f"Of whom: {names}:"))
    if one.kind is None:
        raise InputError(f"No list of {one.title} can be read.", "say programmes to hear which can.")
    answers = [await desk.talk.ask("Name of the list:")]
    for each in asked_of(one):
        usual = f", Enter takes {each.usual}" if each.usual else ""
        desk.talk.say(told(label_of(each), safe(each.takes).split(", ")))
        answers.append(await desk.talk.ask(f"{label_of(each)}{usual}:") or each.usual or "")
    if one.asks_category:
        desk.talk.say(told("Categories", list(Category)))
        answers.append(await desk.talk.ask("Category, Enter takes own:") or Category.OWN.value)
    answers.append(await desk.talk.ask("Bank to fill, Enter makes one of the list's name:"))
    made = await desk.client.lists.connect(new_list_of(one, one.kind, answers))
    desk.talk.say(connected(made, one))


async def disconnect(desk: Desk, typed: str) -> None:
    one = await _list(desk, typed)
    desk.talk.say(
        f"Of its {counted(one.entries, 'entry', 'entries')}, what only it has leaves the bank.",
        "What another list or your hand put there stays, and the bank.",
    )
    if await desk.talk.ask(f"To disconnect it, type {one.name}:") != one.name:
        desk.talk.say("Nothing was disconnected.")
        return
    await desk.client.lists.disconnect(one.name)
    desk.talk.say(disconnected(one))


async def update(desk: Desk, typed: str) -> None:
    """`s`: reads a list now."""
    one = await _list(desk, typed)
    await desk.client.lists.sync(one.name)
    desk.talk.say(f"List {safe(one.name)}: being read now. Say banks to hear how far.")


async def _list(desk: Desk, typed: str) -> ListRow:
    """The one that was named, or is the only one."""
    lists = (await desk.client.lists.all()).rows
    if not lists:
        raise InputError("No list is connected.", "say connect.")
    name = typed or (lists[0].name if len(lists) == 1 else await desk.talk.ask("Name of the list:"))
    found = next((one for one in lists if one.name == name), None)
    if found is None:
        raise InputError(f"There is no list {name[:30]!r}.", "say banks to hear their names.")
    return found


def _named(known: tuple[Programme, ...] | list[Programme], name: str) -> Programme:
    found = next((one for one in known if one.name == name.lower()), None)
    if found is None:
        raise InputError(f"There is no programme {name[:30]!r}.", "say programmes to hear their names.")
    return found


COMMANDS = (
    Command(("programmes", "get lists"), ("g",), "who shares lists, and what is here", programmes, HERE),
    Command(("connect",), (), "connects a list of somebody else's", connect),
    Command(("disconnect",), (), "disconnects a list; asks for its name", disconnect),
    Command(("update now", "update"), ("s",), "reads a list now", update, HERE),
)
