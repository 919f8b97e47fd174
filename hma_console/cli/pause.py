"""`pause` and `resume`: nothing is done by itself for a while, and then all of it is caught up with."""

from __future__ import annotations

import argparse
import sys

from bridge.errors import InputError
from bridge.uploads import now_ms
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.cli.typing import typed_word
from hma_console.words import age, counted

WORD = "pause"


async def _pause(given: argparse.Namespace, context: Context) -> int:
    if given.confirm is None and sys.stdin.isatty():
        say("Nothing is taken down or held by itself then, and uploads get in unchecked.")
        typed_word(WORD, "They are checked when you resume; to go on")
    elif given.confirm != WORD:
        raise InputError("A pause is to be confirmed.", f"Add --confirm {WORD}.")
    async with context.wire() as wire:
        paused = await wire.ask("POST", "/pause", body={"reason": given.reason})
    if context.as_json:
        print_json(paused)
    else:
        say("Paused: nothing happens by itself. `hma-console resume` ends it.")
    return 0


def _pause_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for those who see the banner")
    parser.add_argument("--confirm", metavar="WORD", help=f"{WORD}, where nobody is there to type it")


async def _resume(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("POST", "/resume")
    if context.as_json:
        print_json(done)
    else:
        paused = age(done["since"], now_ms())
        say(f"Resumed after {paused}; {counted(done['uploads'], 'upload')} to be checked now.")
    return 0


PAUSE = Command("pause", "do nothing by itself until you resume", _pause, _pause_arguments)
RESUME = Command("resume", "end the pause; what was not checked is checked", _resume)
