"""`serve`: the bridge without a screen, for systemd and for apps."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from dataclasses import replace

from hma_console.cli.command import Command, Context, print_json, say

FAILED = 1


async def _serve(given: argparse.Namespace, context: Context) -> int:
    from bridge.runtime import running_bridge

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = context.settings
    if given.port is not None:
        settings = replace(settings, bridge=replace(settings.bridge, port=given.port))
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running_bridge(settings, context.sources) as bridge:
        if context.as_json:
            print_json({"ready": True, "url": bridge.url, "socket": str(settings.socket_path)})
        else:
            say(f"The bridge answers at {bridge.url}, the console at {settings.socket_path}.")
        stop = asyncio.create_task(stopped.wait())
        await asyncio.wait((stop, bridge.failed), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        return FAILED if bridge.failed.done() else 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="P", help="for apps, on this machine (default 3001)")


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


SERVE = Command("serve", "run the bridge without a screen", _serve, _arguments, new_loop=_new_loop)
