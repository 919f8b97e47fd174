"""`selfcheck`: a picture of ours goes all the way that uploads go. Exits 1 when a step does not work."""

from __future__ import annotations

import argparse

from hma_console.answers import Body
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.watch_status import SelfTest
from hma_console.wire import PATIENT


async def _selfcheck(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("POST", "/selftest", timeout=PATIENT)
    if context.as_json:
        print_json(done)
    else:
        say(SelfTest.parse(Body(done)).words())
    return 0 if done["passed"] else 1


SELFCHECK = Command("selfcheck", "test the whole way of an upload, and leave no trace", _selfcheck)
