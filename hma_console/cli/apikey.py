"""`apikey`: make, list and revoke the keys that apps call the bridge with."""

from __future__ import annotations

import argparse

from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.words import safe


async def _create(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        made = await wire.ask("POST", "/apikeys", body={"name": given.name, "scopes": given.scope})
    if context.as_json:
        print_json(made)
    else:
        print(made["key"])
        say("Keep it now: it is not shown again, and the store has only its digest.")
    return 0


def _create_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument(
        "--scope",
        action="extend",
        nargs="+",
        required=True,
        metavar="SCOPE",
        help="hash, match, action, banks, read, all",
    )


async def _list(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        keys = (await wire.ask("GET", "/apikeys"))["apikeys"]
    if context.as_json:
        print_json(keys)
    else:
        rows = [
            [key["name"], " ".join(key["scopes"]), "revoked" if key["revoked_at"] else ""] for key in keys
        ]
        print_table(rows, ("name", "scopes", ""))
    return 0


async def _revoke(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("DELETE", f"/apikeys/{in_path(given.name)}")
    print_json(done) if context.as_json else print(f"The key {safe(given.name)} is revoked.")
    return 0


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")


APIKEY = Command(
    "apikey",
    "the keys that apps call the bridge with",
    commands=(
        Command("create", "make a key; it is shown once", _create, _create_arguments),
        Command("list", "all keys, without themselves", _list),
        Command("revoke", "end a key", _revoke, _name),
    ),
)
