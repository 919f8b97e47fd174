"""`bank enable`, `disable`, `mirror`: what a bank of HMA has, or one that is mirrored there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bridge.errors import InputError
from hma_console.cli.command import Command, Context, in_path, print_json, say
from hma_console.wire import PATIENT, Wire
from hma_console.words import counted, safe

if TYPE_CHECKING:
    from rich.progress import Progress

HMA, BAD = "hma", 1


async def _enable(given: argparse.Namespace, context: Context) -> int:
    return await _switch(given, context, on=True)


async def _disable(given: argparse.Namespace, context: Context) -> int:
    return await _switch(given, context, on=False)


async def _switch(given: argparse.Namespace, context: Context, *, on: bool) -> int:
    async with context.wire() as wire:
        done = await wire.ask("PUT", f"/admin/bank/{in_path(given.name)}/switch", body={"on": on})
    if context.as_json:
        print_json(done)
    else:
        print(f"Bank {safe(given.name)} is {'on' if on else 'off'} in HMA.")
    return 0


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")


def _mirror_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="a bank of your own")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", metavar=HMA, help="put what it has into HMA, and take out what has left it")
    way.add_argument("--from", dest="source", metavar="BANK", help="read this bank of HMA into it")


async def _mirror(given: argparse.Namespace, context: Context) -> int:
    if given.source is not None:
        return await _pull(given.name, given.source, context)
    if given.to != HMA:
        raise InputError(f"A bank is mirrored to {HMA}, not to {given.to[:20]!r}.")
    done: dict[str, Any] = {"added": 0, "already": 0, "removed": 0, "next": 0, "done": False}
    async with context.wire() as wire:
        with _progress() as bar:
            task = bar.add_task(f"{safe(given.name)} to HMA", total=None)
            while not done["done"]:
                slice_ = await _slice(wire, given.name, "mirror", {"after": done["next"]})
                done = {**slice_, **{name: done[name] + slice_[name] for name in _SUMS}}
                sent = done["added"] + done["already"]
                bar.update(task, completed=sent, total=sent + done["left"])
    if context.as_json:
        print_json(done)
        return 0
    print(
        f"{done['added']} added to {safe(done['there'])}, {done['already']} there already,"
        f" {done['removed']} taken out"
    )
    if done["unheld"]:
        say(f"{counted(done['unheld'], 'entry', 'entries')} stay here: HMA holds no hash of that type.")
    return 0


_SUMS = ("added", "already", "removed")


async def _pull(name: str, source: str, context: Context) -> int:
    done: dict[str, Any] = {"added": 0, "already": 0, "refused": 0, "done": False}
    async with context.wire() as wire:
        with _progress() as bar:
            task = bar.add_task(f"{safe(source)} from HMA", total=None)
            while not done["done"]:
                slice_ = await _slice(wire, name, "pull", {"from": source})
                sums = {name: done[name] + slice_[name] for name in ("added", "already", "refused")}
                done = {**slice_, **sums}
                bar.update(task, completed=done["seen"], total=max(done["stored"], done["seen"]))
    if context.as_json:
        print_json(done)
    else:
        refused = f", {done['refused']} of flat pictures left out" if done["refused"] else ""
        print(f"{done['added']} added to {safe(name)}, {done['already']} there already{refused}")
        if not done["whole"]:
            say(f"HMA says it has {done['stored']} hashes; {done['seen']} were found. It lists none.")
    return 0 if done["whole"] else BAD


async def _slice(wire: Wire, name: str, what: str, body: dict[str, object]) -> dict[str, Any]:
    return await wire.ask("POST", f"/admin/bank/{in_path(name)}/{what}", body=body, timeout=PATIENT)


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as bar:
        yield bar


HMA_COMMANDS = (
    Command("enable", "switch a bank of HMA on", _enable, _name),
    Command("disable", "switch a bank of HMA off", _disable, _name),
    Command(
        "mirror", "bring an own bank into HMA, or one of HMA's into an own one", _mirror, _mirror_arguments
    ),
)
