"""The plain mode on the process's own input and output, a terminal or a pipe."""

from __future__ import annotations

import asyncio
import io
import logging
import signal
import sys

from hma_console.attach import Attached
from hma_console.client import BridgeClient
from hma_console.options import ConsoleOptions
from hma_console.plain.session import Session
from hma_console.plain.talk import Talk
from hma_console.plain.typing import KeyByKey, Keys


async def speak(attached_to: Attached, options: ConsoleOptions) -> bool:
    """Until it is left. False where the plain mode itself failed: the log says how. Raises OSError."""
    terminal = KeyByKey(sys.stdin.fileno()) if sys.stdin.isatty() else None
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    keys = Keys(sys.stdin.fileno())
    talk = Talk(
        sys.stdout, keys, prompts=terminal is not None, echoes=terminal is not None and terminal.shows
    )
    session = Session(BridgeClient(attached_to.http), talk, options)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, session.interrupt)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, session.stop)
    if attached_to.own is not None:
        attached_to.own.failed.add_done_callback(lambda _: session.stop())
    if terminal is not None:
        loop.add_signal_handler(signal.SIGCONT, terminal.begin)
        terminal.begin()
    keys.begin()
    try:
        await session.run()
    except ExceptionGroup as group:
        if (gone := group.subgroup(OSError)) is not None:
            raise OSError(*_first(gone).args) from group
        logging.exception("The plain mode failed")
        return False
    finally:
        if terminal is not None:
            terminal.end()
    return True


def _first(group: BaseExceptionGroup[OSError]) -> OSError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
