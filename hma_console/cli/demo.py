"""`demo`: watch it work on harmless pictures, in a place of its own."""

from __future__ import annotations

import argparse

from hma_console.attach import attached
from hma_console.cli import console
from hma_console.cli.command import Command, Context


async def _demo(given: argparse.Namespace, context: Context) -> int:
    from hma_console.demo import demo_bridge, run_headless

    if given.unless_data and context.settings.store_path.exists():
        return await console.run(given, context)
    if given.headless:
        return await run_headless(given.uploads, print, as_json=context.as_json)
    is_plain = console.chooses_plain(given)
    async with demo_bridge() as demo, attached(demo.settings, listens=False) as bridge:
        return await console.show(bridge, demo.settings, is_demo=True, is_plain=is_plain)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="print each verdict and a summary instead")
    parser.add_argument("--uploads", type=_count, default=60, metavar="N", help="how many (default 60)")
    parser.add_argument(
        "--unless-data", action="store_true", help="the console itself where there is data already"
    )


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"a number from 1 on is needed, not {text!r}")
    return int(text)


DEMO = Command("demo", "watch it work on harmless pictures", _demo, _arguments)
