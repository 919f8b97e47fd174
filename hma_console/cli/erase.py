"""`erase` and `hold`: what must not be kept, and what must be kept until a date."""

from __future__ import annotations

import argparse
import sys

from bridge.errors import InputError
from hma_console.cli.command import Command, Context, in_path, print_json, say
from hma_console.cli.log import moment
from hma_console.cli.typing import typed_word
from hma_console.words import counted
from hma_console.words import moment as utc

BASES = "consent, court-order, data-subject, law-enforcement, preservation, retention"


async def _erase(given: argparse.Namespace, context: Context) -> int:
    if (given.case is None) == (given.account is None):
        raise InputError("Say what to erase.", "Use one of: --case ID, --account DID.")
    body = {"basis": given.basis}
    if sys.stdin.isatty() and not given.yes:
        typed_word("erase", "This destroys its evidence too and cannot be undone; to go on")
    async with context.wire() as wire:
        if given.case is not None:
            done = await wire.ask("POST", f"/cases/{in_path(given.case)}/erase", body=body)
        else:
            done = await wire.ask("POST", "/erase", body={**body, "account": given.account})
    if context.as_json:
        print_json(done)
    elif done["erased"]:
        gone = (
            f", and the evidence of {counted(done['evidence'], 'file')} is destroyed"
            if done["evidence"]
            else ""
        )
        say(f"Erased{gone}. What the log says stays whole; names and files of it are gone.")
    else:
        say(f"A legal hold keeps it until {utc(done['until'])}; it is erased by itself then.")
    return 0


def _erase_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--case", metavar="ID", help="one case with its files")
    parser.add_argument("--account", metavar="DID", help="all of one account")
    parser.add_argument("--basis", required=True, metavar="CODE", help=BASES)
    parser.add_argument("--yes", action="store_true", help="ask nothing")


async def _hold(given: argparse.Namespace, context: Context) -> int:
    path = f"/cases/{in_path(given.id)}/hold"
    if given.end == (given.until is not None):
        raise InputError("Say until when, or that it ends.", "Use --until DATE --basis CODE, or --end.")
    async with context.wire() as wire:
        if given.end:
            done = await wire.ask("DELETE", path)
        else:
            done = await wire.ask(
                "POST", path, body={"until": moment(given.until), "basis": given.basis or ""}
            )
    print_json(done) if context.as_json else say("The hold ended." if given.end else "The case is on hold.")
    return 0


def _hold_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the case, or the first letters of it")
    parser.add_argument("--until", metavar="DATE", help="kept until then")
    parser.add_argument("--basis", metavar="CODE", help=BASES)
    parser.add_argument("--end", action="store_true", help="the hold ends now")


ERASE = Command("erase", "erase a case or an account; the log stays whole", _erase, _erase_arguments)
HOLD = Command("hold", "keep a case from being erased", _hold, _hold_arguments)
