"""What is typed at the terminal: passphrases that are not echoed, words that confirm."""

from __future__ import annotations

import getpass
import sys

from bridge.errors import InputError
from hma_console.wire import Refused, Wire


def typed_passphrase(*, is_new: bool) -> str:
    """Asked for twice where it is new. Raises InputError where nobody is there to type it."""
    if not sys.stdin.isatty():
        raise InputError(
            "The passphrase is needed, and there is no terminal to type it at.",
            "Name --passphrase-command or --passphrase-fd before the command.",
        )
    passphrase = getpass.getpass("Passphrase: ")
    if is_new and getpass.getpass("The same again: ") != passphrase:
        raise InputError("The two are not the same.", "Nothing was made; try again.")
    return passphrase


def typed_word(word: str, what: str) -> None:
    """Raises InputError where another word, or nothing, was typed."""
    if not sys.stdin.isatty():
        raise InputError("This is to be confirmed at a terminal.", "Or say --yes.")
    if input(f"{what}, type {word}: ").strip() != word:
        raise InputError("Nothing was done.", f"Type {word} to do it.")


async def unlocked(wire: Wire) -> None:
    """Opens the keys for a command that needs them: by the sources, else by a typed passphrase."""
    if (await wire.ask("GET", "/log/keys"))["state"] not in ("locked",):
        return
    try:
        await wire.ask("POST", "/log/keys/unlock", body={})
    except Refused as refused:
        if refused.code != "KeysLocked" or not sys.stdin.isatty():
            raise
        await wire.ask("POST", "/log/keys/unlock", body={"passphrase": typed_passphrase(is_new=False)})
