"""The table of commands: each by its names everywhere, and by the keys of the screens."""

from __future__ import annotations

from hma_console.plain import (
    actions,
    around,
    bank_hma,
    bank_lists,
    banks,
    cases,
    deciding,
    log,
    looking,
    policy,
    settings,
)
from hma_console.plain.desk import Command, Desk
from hma_console.plain.home import self_test
from hma_console.plain.lines import told


async def help_(desk: Desk, typed: str) -> None:
    """What can be typed here; `help all` for everything."""
    shown = [one for one in COMMANDS if typed == "all" or one.at(desk.place)]
    for one in shown:
        keys = [f"or {' '.join(one.keys)}"] if one.keys else []
        desk.talk.say(told(one.names[0], [*keys, one.words]))
    desk.talk.say("Leave: quit, q, Ctrl+C or Ctrl+D.")


LEAVE = ("q", "quit", "leave", "exit")
COMMANDS: tuple[Command, ...] = (
    *looking.COMMANDS,
    *cases.COMMANDS,
    *around.COMMANDS,
    *deciding.COMMANDS,
    *actions.COMMANDS,
    *banks.COMMANDS,
    *bank_hma.COMMANDS,
    *bank_lists.COMMANDS,
    *log.COMMANDS,
    *policy.COMMANDS,
    *settings.COMMANDS,
    Command(("self-test", "test now"), ("s",), "tests the whole way of an upload", self_test, ("home",)),
    Command(("help",), ("?",), "what can be typed here; help all tells everything", help_),
)


def find(typed: str, place: str) -> tuple[Command, str] | None:
    """The command that was typed and what follows its name: the longest name wins, then this place's.

    A colon before it, as on the screens, is passed over.
    """
    line = typed.removeprefix(":").strip()
    fitting = [
        (len(name), bool(one.places), one, line[len(name) :].strip())
        for one in COMMANDS
        if one.at(place)
        for name in (*one.names, *one.keys)
        if _begins(line, name, is_key=name in one.keys)
    ]
    if not fitting:
        return None
    _, _, command, rest = max(fitting, key=lambda each: each[:2])
    return command, rest


def _begins(line: str, name: str, *, is_key: bool) -> bool:
    begin, rest = line[: len(name)], line[len(name) :]
    same = begin == name if is_key else begin.lower() == name
    return same and (not rest or rest.startswith(" "))
