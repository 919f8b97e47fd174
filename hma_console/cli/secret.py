"""`secret`: what the bridge needs to sign in elsewhere. Set from standard input, shown to nobody."""

from __future__ import annotations

import argparse
import getpass
import sys

from bridge.errors import InputError
from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.words import clock, safe

LONGEST = 16 << 10


async def _set(given: argparse.Namespace, context: Context) -> int:
    value = getpass.getpass("Secret: ") if sys.stdin.isatty() else sys.stdin.read(LONGEST + 2)
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise InputError("The secret is empty.", "Give its value on standard input.")
    async with context.wire() as wire:
        done = await wire.ask("PUT", f"/secrets/{in_path(given.name)}", body={"value": value})
    print_json(done) if context.as_json else say(f"{safe(given.name)} is set.")
    return 0


async def _list(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        found = (await wire.ask("GET", "/secrets"))["secrets"]
    if context.as_json:
        print_json(found)
    else:
        print_table([[each["name"], clock(each["set_at"])] for each in found], ("name", "set"))
    return 0


async def _delete(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("DELETE", f"/secrets/{in_path(given.name)}")
    print_json(done) if context.as_json else say(f"{safe(given.name)} is deleted.")
    return 0


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


SECRET = Command(
    "secret",
    "passwords and tokens for other services",
    commands=(
        Command("set", "from standard input", _set, _name),
        Command("list", "their names, never themselves", _list),
        Command("delete", "forget one", _delete, _name),
    ),
)
