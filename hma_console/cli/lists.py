"""`lists`: whose lists there are and what this host has of them; connect one, read it now, remove it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bridge.errors import InputError
from bridge.uploads import now_ms
from hma_console.answers import BankRow, Body
from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.cli.typing import typed_word
from hma_console.list_answers import ListRow, Lists, Programme
from hma_console.programme_words import connected, here, remedy
from hma_console.words import ago, counted, safe

BAD = 1
"""The exit code where a list could not be read."""


async def _show(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        found = await wire.ask("GET", "/exchanges")
        banks = (await wire.ask("GET", "/admin/banks"))["banks"]
    if context.as_json:
        print_json(found)
        return 0
    if found["exchanges"]:
        heads = ("list", "kind", "bank", "state", "entries", "read")
        print_table([_row(one) for one in found["exchanges"]], heads)
        for one in found["exchanges"]:
            _say_fault(one)
    else:
        say("No list is connected. `hma-console lists add KIND NAME` connects one.")
    if there := [row for row in map(BankRow.parse, map(Body, banks)) if row.is_of_hma]:
        rows = [[row.name, row.place, row.category.words] for row in there]
        print_table(rows, ("bank of HMA", "is", "category"))
    print()
    for programme in found["programmes"]:
        _print_programme(Programme.parse(Body(programme)))
    return 0


def _row(one: dict[str, Any]) -> list[str]:
    read = ago(one["succeeded_at"], now_ms()) if one["succeeded_at"] else "never"
    if one["state"] == "syncing":
        read = f"now: {one['changes_read']:,}"
    return [one["name"], one["kind"], one["bank"], one["state"], f"{one['entries']:,}", read]


def _say_fault(one: dict[str, Any]) -> None:
    if one["fault"]:
        say(f"{safe(one['name'])}: {safe(one['fault'])} {safe(one['remedy'])}".strip())


def _print_programme(one: Programme) -> None:
    print(safe(one.title))
    told = (("holds", one.holds), ("who", one.who), ("send", one.send), ("takes", one.takes))
    for name, words in (*told, ("here", here(one, now_ms())), ("do", _do(one))):
        if words:
            print(f"  {name:<6} {safe(words)}")


def _do(one: Programme) -> str:
    """What connects a list of it, where none is."""
    needed = "".join(f" {each.name}=…" for each in one.settings if each.usual is None)
    connects = f"`hma-console lists add {one.kind.value} NAME{needed}`" if one.kind and not one.lists else ""
    return ", then ".join(words for words in (remedy(one), connects) if words)


async def _add(given: argparse.Namespace, context: Context) -> int:
    body = {"name": given.name, "kind": given.kind, "settings": _settings(given.setting)}
    if given.bank:
        body["bank"] = given.bank
    if given.category:
        body["category"] = given.category
    async with context.wire() as wire:
        made = await wire.ask("POST", "/exchanges", body=body)
        known = await wire.ask("GET", "/exchanges")
    if context.as_json:
        print_json(made)
    else:
        row, programmes = ListRow.parse(Body(made)), Lists.parse(Body(known)).programmes
        say(connected(row, next(one for one in programmes if one.kind is row.kind)))
    return 0


def _settings(typed: list[str]) -> dict[str, str]:
    """`name=value` each; the path of a file as the bridge finds it, too."""
    settings = {}
    for one in typed:
        name, equals, value = one.partition("=")
        if not equals:
            raise InputError(f"{one[:40]!r} is no setting.", "Write it as name=value.")
        if name == "source" and "://" not in value:
            value = str(Path(value).absolute())
        settings[name] = value
    return settings


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help="ncmec, stopncii, threatexchange or watched")
    _name(parser)
    parser.add_argument("setting", nargs="*", metavar="SETTING=VALUE", help="such as source=/srv/list.txt")
    parser.add_argument("--bank", default="", metavar="BANK", help="fill this one; else one is made")
    parser.add_argument("--category", default="", metavar="C", help="of the bank that is made")


async def _sync(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        now = await wire.ask("POST", f"/exchanges/{in_path(given.name)}/sync")
    if context.as_json:
        print_json(now)
    elif now["fault"] and now["state"] != "syncing":
        _say_fault(now)
    elif now["state"] == "syncing":
        say(f"{safe(now['name'])} is being read; `hma-console lists` says how far.")
    else:
        say(f"{safe(now['name'])} was read: {counted(now['entries'], 'entry', 'entries')}.")
    return BAD if now["state"] == "failing" else 0


async def _remove(given: argparse.Namespace, context: Context) -> int:
    if given.confirm is None and sys.stdin.isatty():
        typed_word(given.name, "What only this list has leaves its bank; to go on")
    elif given.confirm != given.name:
        raise InputError("Removing a list is to be confirmed.", f"Add --confirm {given.name}.")
    async with context.wire() as wire:
        done = await wire.ask("DELETE", f"/exchanges/{in_path(given.name)}")
    print_json(done) if context.as_json else say(f"{safe(given.name)} is removed; its bank stays.")
    return 0


def _remove_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--confirm", metavar="NAME", help="its name again, where nobody is there to type it")


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


LISTS = Command(
    "lists",
    "lists of others: who gives them, which are connected, how they are",
    _show,
    commands=(
        Command("add", "connect one; it is kept up to date from now on", _add, _add_arguments),
        Command("sync", "read one now", _sync, _name),
        Command("remove", "with what only it had; its bank stays", _remove, _remove_arguments),
    ),
)
