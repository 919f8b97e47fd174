"""The commands for settings: what each is and where it is from, changed or taken back by its name."""

from __future__ import annotations

from bridge.errors import InputError
from bridge.origins import Source
from hma_console.bridge_settings import SettingRow
from hma_console.plain.desk import Command, Desk
from hma_console.plain.lines import told
from hma_console.setting_lines import shown_value
from hma_console.words import safe


async def settings(desk: Desk, typed: str) -> None:
    """All, or those whose name holds what was typed."""
    desk.go("settings")
    rows = [row for row in await desk.client.settings.list() if typed in row.name]
    if not rows:
        raise InputError(f"There is no setting {typed[:40]!r}.", "say settings for all of them.")
    desk.talk.say(*map(setting_line, rows))


def setting_line(row: SettingRow) -> str:
    """`deciding.undo_seconds: 60 s, the default. It takes 10 to 600 seconds.`"""
    takes = f" It takes {row.takes}." if row.can_change else ""
    return f"{told(row.name, [shown_value(row.name, row.value), origin(row)])}{takes}"


def origin(row: SettingRow) -> str:
    if row.source is Source.DEFAULT:
        return "the default"
    place = f", {safe(row.place.partition(':')[2] or row.place)}" if row.place else ""
    return f"changed here{place}" if row.source is Source.HERE else f"from the {row.source.value}{place}"


async def change(desk: Desk, typed: str) -> None:
    name, _, value = typed.partition(" ")
    if not value.strip():
        raise InputError("A name and a value are needed.", "say set deciding.undo_seconds 120.")
    if name == "pictures.child_safety" and value.strip() == "ask":
        typed_word = await desk.talk.ask("To let such pictures be looked at, type ask:")
        if typed_word != "ask":
            desk.talk.say("Nothing was changed.")
            return
    done = await desk.client.settings.change(name, value.strip())
    desk.talk.say(f"{setting_line(done)} It holds from now on.")


async def take_back(desk: Desk, typed: str) -> None:
    done = await desk.client.settings.take_back(typed)
    desk.talk.say(f"{setting_line(done)} It holds again.")


COMMANDS = (
    Command(("settings",), ("9",), "each with where it is from; settings undo tells some", settings),
    Command(("set",), (), "set deciding.undo_seconds 120 changes it at once", change),
    Command(("unset",), (), "unset deciding.undo_seconds takes that back", take_back),
)
