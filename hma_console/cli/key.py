"""`key`: the keys that sign the log and open what was sealed."""

from __future__ import annotations

import argparse
from typing import Any

from hma_console.cli.command import Command, Context, print_json, say
from hma_console.cli.typing import typed_passphrase
from hma_console.wire import Refused, Wire
from hma_console.words import clock, safe

_STATES = {
    "missing": "There are no keys yet: `hma-console key create` makes them.",
    "locked": "The keys are locked.",
    "signing": "An ssh-agent signs; what was sealed stays closed.",
    "open": "The keys are open.",
}


async def _show(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        keys = await wire.ask("GET", "/log/keys")
    _print(keys, context)
    return 0


def _print(keys: dict[str, Any], context: Context) -> None:
    if context.as_json:
        print_json(keys)
        return
    print(_STATES[keys["state"]])
    if keys["fingerprint"]:
        print(f"{keys['fingerprint']}\n{keys['ssh']}")
    if keys["opened_by"]:
        print(f"Opened by {keys['opened_by']}.")
    for tried in keys["tried"]:
        print(f"Not by {safe(tried['source'])}: {safe(tried['why'])}")
    for key in keys["history"]:
        if key["ended_by"]:
            print(f"Earlier: {key['fingerprint']}, {key['ended_by']} {clock(key['ended_at'])}")


async def _create(given: argparse.Namespace, context: Context) -> int:
    body: dict[str, object] = {"keyring": True} if given.keyring else {}
    return await _change(context, "create", body, is_new=True, ask=not given.keyring)


async def _unlock(given: argparse.Namespace, context: Context) -> int:
    return await _change(context, "unlock", {}, is_new=False)


async def _rotate(given: argparse.Namespace, context: Context) -> int:
    return await _change(context, "rotate", {}, is_new=False)


async def _lost(given: argparse.Namespace, context: Context) -> int:
    say("New keys are made. What was sealed to the lost ones can never be opened again.")
    return await _change(context, "lost", {}, is_new=True)


async def _revoke(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        _print(await wire.ask("POST", "/log/keys/revoke", body={"fingerprint": given.fingerprint}), context)
    return 0


async def _change(
    context: Context, what: str, body: dict[str, object], *, is_new: bool, ask: bool = True
) -> int:
    """By the sources that were named, else by what is typed."""
    async with context.wire() as wire:
        _print(await _asked(wire, f"/log/keys/{what}", body, context, is_new=is_new, ask=ask), context)
    if is_new and not context.as_json:
        say("Keep the passphrase on paper too. Tell the fingerprint to whoever will verify your exports.")
    return 0


async def _asked(
    wire: Wire, path: str, body: dict[str, object], context: Context, *, is_new: bool, ask: bool
) -> dict[str, Any]:
    given = next((found for _, found in context.sources.each("", with_keyring=False)), None)
    if given is not None and ask:
        return await wire.ask("POST", path, body={**body, "passphrase": given.decode()})
    try:
        return await wire.ask("POST", path, body=body)
    except Refused as refused:
        if not ask or refused.code not in ("KeysError", "KeysLocked"):
            raise
    return await wire.ask("POST", path, body={**body, "passphrase": typed_passphrase(is_new=is_new)})


def _create_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keyring", action="store_true", help="make a passphrase and keep it in the keyring")


def _fingerprint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fingerprint", metavar="FINGERPRINT", help="of an earlier key: SHA256:…")


KEY = Command(
    "key",
    "the keys that sign the log",
    commands=(
        Command("show", "the key, its state and what opened it", _show),
        Command("create", "make the keys", _create, _create_arguments),
        Command("unlock", "open them for the running bridge", _unlock),
        Command("rotate", "change the signing key; the old one vouches for the new", _rotate),
        Command("lost", "new keys for lost ones", _lost),
        Command("revoke", "say that an earlier key must not be believed", _revoke, _fingerprint),
    ),
)
