"""What a command is made of, and the few ways in which commands print."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bridge.errors import InputError
from bridge.keys.passphrases import PassphraseSources
from bridge.settings import Settings
from hma_console.attach import attached
from hma_console.wire import Wire
from hma_console.words import safe


@dataclass(frozen=True, slots=True)
class Context:
    """What every command is given: the settings, and whether to print for programs."""

    settings: Settings
    as_json: bool
    sources: PassphraseSources = field(default_factory=PassphraseSources)

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[Wire]:
        """The running bridge, else its API in this process without ports."""
        # That HMA is away is no news to a command that does not ask it, and the others say so themselves.
        logging.getLogger("bridge.matching").setLevel(logging.ERROR)
        async with attached(self.settings, self.sources, listens=False) as bridge:
            yield Wire(bridge.http)


Run = Callable[[argparse.Namespace, Context], Awaitable[int]]
Arguments = Callable[[argparse.ArgumentParser], object]


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its arguments, or a group of `commands`; one with `run` does something alone, too."""

    name: str
    help: str
    run: Run | None = None
    arguments: Arguments | None = None
    commands: Sequence[Command] = ()
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None

    def add_to(self, subparsers: Any) -> None:
        parser = subparsers.add_parser(self.name, help=self.help, description=self.help)
        if self.arguments:
            self.arguments(parser)
        if self.run:
            parser.add_argument("--json", action="store_true", help="print for programs: one line a value")
            parser.set_defaults(run=self.run, new_loop=self.new_loop)
        if self.commands:
            below = parser.add_subparsers(metavar="COMMAND", required=self.run is None)
            for command in self.commands:
                command.add_to(below)


def in_path(name: str) -> str:
    """A name that was typed, as one part of a path. Raises InputError where it can be none."""
    if name.strip() in ("", ".", ".."):
        raise InputError(f"A name or id is missing: {name!r} is none.")
    return quote(name, safe="")


def print_json(value: object) -> None:
    """In ASCII: what strangers wrote can do nothing to a terminal."""
    print(json.dumps(value), flush=True)


def print_table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Columns as wide as they need to be, their text made safe; the last one ends where it ends."""
    cells = [[safe(str(cell)) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(heads), *cells]) for at in range(len(heads))]
    for row in [list(heads), *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """To the person at the terminal, not to whoever reads the output."""
    print(text, file=sys.stderr, flush=True)
