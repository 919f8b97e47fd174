"""`hma-console` by itself: the console, on the bridge that runs or on one of its own."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from bridge.errors import InputError
from bridge.settings import Settings
from hma_console.attach import Attached, attached
from hma_console.cli.command import Context, say
from hma_console.options import ConsoleOptions

FAILED = 1
LOG_NAME = "hma-console.log"
LARGEST_LOG = 1 << 20
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


async def run(given: argparse.Namespace, context: Context) -> int:
    is_plain = chooses_plain(given)
    async with attached(context.settings, context.sources, listens=True) as bridge:
        return await show(bridge, context.settings, is_demo=False, is_plain=is_plain)


def chooses_plain(given: argparse.Namespace) -> bool:
    """Whether to speak instead of drawing: as asked for, or on a terminal that cannot be drawn on.

    Raises InputError where there is nobody to draw for.
    """
    if given.plain or os.environ.get("TERM") == "dumb":
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        words = "Use `hma-console serve` without one, or `hma-console --plain` for lines."
        raise InputError("The console needs a terminal.", words)
    return False


async def show(attached_to: Attached, settings: Settings, *, is_demo: bool, is_plain: bool) -> int:
    """The console until it is closed; SIGTERM and SIGHUP close it, and the own bridge after it."""
    own = attached_to.own
    options = ConsoleOptions(
        own_bridge=own is not None,
        host=urlsplit(own.url).netloc if own else "",
        user=getpass.getuser(),
        is_demo=is_demo,
    )
    log = settings.data_dir / LOG_NAME
    if is_plain:
        from hma_console.plain.speaking import speak  # Textual takes half a second that it is spared

        with _quiet_terminal(log):
            went_well = await speak(attached_to, options)
        if went_well and not (own is not None and own.failed.done()):
            return 0
        what = "The plain mode failed" if not went_well else "A part of the bridge failed"
        return tell_fault(what, log, is_demo=is_demo)
    return await _draw(attached_to, options, settings.pictures.draw, log)


async def _draw(attached_to: Attached, options: ConsoleOptions, pictures: str, log: Path) -> int:
    """`pictures` is the setting that says what revealed ones are drawn with."""
    from hma_console.app import ConsoleApp
    from hma_console.client import BridgeClient
    from hma_console.images import means_of
    from hma_console.preferences import file_of_user, load

    own, is_demo = attached_to.own, options.is_demo
    file = file_of_user()
    mine = load(file)
    options = replace(options, preferences=mine, preferences_file=file, means=means_of(mine.draw or pictures))
    app = ConsoleApp(BridgeClient(attached_to.http), options)
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, app.exit)
    if own is not None:
        own.failed.add_done_callback(
            lambda failed: None if failed.cancelled() else app.exit(return_code=FAILED)
        )
    with _quiet_terminal(log):
        await app.run_async()
    if own is not None and own.failed.done():
        return tell_fault("A part of the bridge failed", log, is_demo=is_demo)
    if app.return_code == FAILED:
        return tell_fault("The console failed", log, is_demo=is_demo)
    return app.return_code or 0


def tell_fault(what: str, log: Path, *, is_demo: bool) -> int:
    """Says where to read more; of a demo, whose directory goes, a copy of the log is kept."""
    if is_demo:
        descriptor, kept = tempfile.mkstemp(prefix="hma-console-", suffix=".log")
        os.close(descriptor)
        log = Path(shutil.copyfile(log, kept))
    say(f"hma-console: {what}; {log} says how.")
    return FAILED


@contextmanager
def _quiet_terminal(path: Path) -> Iterator[None]:
    """Only the console draws; whatever else would write to standard error goes to a file.

    One such line wrecks the screen, and not all of them are Python's: libtiff reports damaged
    pictures to file descriptor 2 by itself.
    """
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    sys.stderr.flush()
    terminal, log = os.dup(2), os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    screen, saved = open(terminal, "w", encoding=sys.stderr.encoding), sys.__stderr__  # noqa: SIM115
    os.dup2(log, 2)
    os.close(log)
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, force=True)
    sys.__stderr__ = screen  # type: ignore[misc]  # where Textual draws
    try:
        yield
    finally:
        sys.__stderr__ = saved  # type: ignore[misc]
        os.dup2(terminal, 2)
        screen.close()
