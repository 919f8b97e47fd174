"""`hma-console`: finds the command, runs it, and turns errors into a sentence and an exit code.

Exit codes: 0 fine, 1 the thing asked about is bad, 2 wrong use, 3 cannot reach something.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path

from bridge.errors import BridgeError, DataDirectoryBusy, NotChecked, StoreError, Unreachable
from bridge.keys.passphrases import PassphraseSources
from bridge.settings import load
from bridge.version import VERSION
from hma_console.answers import BadAnswer
from hma_console.cli import (
    apikey,
    backfill,
    bank,
    case,
    console,
    demo,
    doctor,
    erase,
    gate,
    hma,
    key,
    lists,
    log,
    pause,
    policy,
    scan,
    secret,
    selfcheck,
    serve,
    verify,
)
from hma_console.cli.command import Command, Context, Run, say
from hma_console.wire import Refused
from hma_console.words import safe

WRONG_USE, CANNOT_REACH, INTERRUPTED = 2, 3, 130

COMMANDS: tuple[Command, ...] = (
    serve.SERVE,
    demo.DEMO,
    scan.SCAN,
    bank.BANK,
    lists.LISTS,
    case.CASE,
    pause.PAUSE,
    pause.RESUME,
    policy.POLICY,
    backfill.BACKFILL,
    selfcheck.SELFCHECK,
    log.LOG,
    gate.INIT,
    gate.GATE,
    hma.HMA,
    verify.VERIFY,
    doctor.DOCTOR,
    erase.ERASE,
    erase.HOLD,
    apikey.APIKEY,
    key.KEY,
    secret.SECRET,
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = make_parser()
    given = parser.parse_args(arguments)
    try:
        sources = PassphraseSources(given.passphrase_command, given.passphrase_fd)
        context = Context(
            load(given.data_dir, given.config, given.set), getattr(given, "json", False), sources
        )
        run: Run = getattr(given, "run", console.run)
        with asyncio.Runner(loop_factory=getattr(given, "new_loop", None)) as runner:
            code = runner.run(_run(run(given, context)))
        sys.stdout.flush()
        return code
    except BridgeError as error:
        say(f"hma-console: {safe(error.message)}")
        if error.hint:
            say(f"Do: {safe(error.hint)}")
        return _exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _not_written(error)


def _not_written(error: OSError) -> int:
    """A reader that went away needs no word. What could not be written must not be tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if isinstance(error, BrokenPipeError):
        return INTERRUPTED
    where = f"{error.filename}: " if error.filename else ""
    say(f"hma-console: {safe(where)}{error.strerror or error}.")
    return CANNOT_REACH


async def _run(command: Awaitable[int]) -> int:
    return await command


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hma-console",
        description="Watch the uploads of your server, decide what matched. Without a command: the console.",
    )
    parser.add_argument("--version", action="version", version=f"hma-console {VERSION}")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="where everything is kept")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml in D)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="one setting, for this run"
    )
    parser.add_argument(
        "--passphrase-command", default="", metavar="CMD", help="prints the passphrase of the log's keys"
    )
    parser.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="a descriptor that the passphrase is read from"
    )
    parser.add_argument(
        "--plain", action="store_true", help="the console as lines to be read aloud (chosen by TERM=dumb)"
    )
    subparsers = parser.add_subparsers(metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(subparsers)
    return parser


def _exit_code(error: BridgeError) -> int:
    if isinstance(error, Refused):
        return CANNOT_REACH if error.status >= 500 else WRONG_USE
    cannot = (Unreachable, BadAnswer, DataDirectoryBusy, NotChecked, StoreError)
    return CANNOT_REACH if isinstance(error, cannot) else WRONG_USE
