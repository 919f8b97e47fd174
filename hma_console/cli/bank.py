"""`bank`: list, create, add, remove, import, export, delete, and what HMA's banks have beside."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.errors import InputError
from bridge.uploads import now_ms
from hma_console.answers import BankRow, Body
from hma_console.cli.bank_hma import HMA_COMMANDS
from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.typed_hash import typed_hash
from hma_console.watch_status import Rematch
from hma_console.wire import PATIENT, Wire
from hma_console.words import counted, safe

if TYPE_CHECKING:
    from rich.progress import Progress

PIECE = 1 << 18
BAD_LINES = 20
"""How many of those not read are named."""


async def _list(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        banks = (await wire.ask("GET", "/admin/banks"))["banks"]
        status = await wire.ask("GET", "/status")
    if context.as_json:
        print_json(banks)
    elif banks:
        columns = ("name", "role", "category", "entries", "threshold", "mode", "on_match", "hit_count")
        print_table(
            [
                [{**bank, "entries": _entries(bank, status["matcher"]["hma"])}[column] for column in columns]
                for bank in banks
            ],
            ("bank", "role", "category", "entries", "threshold", "mode", "on match", "hits"),
        )
        say(Rematch.parse(Body(status["rematch"])).words(now_ms()))
    else:
        say("There is no bank yet. `hma-console bank create NAME` makes one.")
    return 0


def _entries(bank: dict[str, Any], hma: dict[str, Any] | None) -> object:
    """How many; of a bank of HMA where it is. Gone where HMA, asked since it changed, has it no more."""
    row = BankRow.parse(Body(bank))
    was_asked = hma is not None and (hma["asked_at"] or 0) > bank["updated_at"]
    there = {one["name"].casefold() for one in hma["banks"]} if hma else set()
    is_gone = row.is_of_hma and was_asked and row.name.casefold() not in there
    return "not in HMA" if is_gone else row.place or bank["entry_count"]


def _create_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--category", default="own", metavar="C", help=", ".join(Category))
    parser.add_argument("--role", default="block", metavar="R", help=", ".join(Role))
    parser.add_argument("--on-match", metavar="A", help=f"{', '.join(OnMatch)} (default: as the policy says)")
    parser.add_argument("--mode", metavar="M", help=f"{', '.join(Mode)} (default: as the policy says)")
    parser.add_argument("--threshold", metavar="N", help="largest PDQ distance that matches, 0 to 31")
    parser.add_argument("--description", default="", metavar="TEXT")
    parser.add_argument("--on", metavar="WHERE", help="here, or hma (default: as matcher.kind says)")


async def _create(given: argparse.Namespace, context: Context) -> int:
    fields: dict[str, Any] = {
        name: getattr(given, name) for name in ("name", "category", "role", "on_match", "mode", "description")
    }
    if given.threshold is not None:
        fields["threshold"] = _whole(given.threshold)
    if given.on is not None:
        fields["origin"] = given.on
    async with context.wire() as wire:
        bank = await wire.ask("POST", "/admin/banks", body=fields)
    if context.as_json:
        print_json(bank)
    else:
        made = "made in HMA" if bank["origin"] == "hma" else "made"
        print(f"Bank {safe(bank['name'])} is {made}: matches up to distance {bank['threshold']}.")
    return 0


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"A bank's threshold is a distance from 0 to 31, not {text!r}.") from None


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("what", nargs="+", metavar="FILE|HASH")


async def _add(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        for what in given.what:
            named, kind, done = await _add_one(wire, given.name, what)
            if context.as_json:
                print_json(done)
            else:
                print(f"{named}: {done['added']} added{kind}, {done['already']} there already")
    return 0


async def _add_one(wire: Wire, name: str, what: str) -> tuple[str, str, dict[str, Any]]:
    """What was added, as what where that was not said, and the bridge's answer. A hash may be a list's: it is
    not repeated.
    """
    path = Path(what)
    if await asyncio.to_thread(path.is_file):
        with _opened(path) as file:
            done = await wire.ask("POST", f"{_bank(name)}/content", content=_pieces(file), timeout=PATIENT)
        return safe(what), "", done
    if await asyncio.to_thread(path.is_dir):
        raise InputError(f"{what} is a folder.", "Name its files.")
    if "/" in what or "." in what:
        raise InputError(f"There is no file {what}.")
    signal = typed_hash(what)
    body = {signal.type.value: signal.hex}
    return "Hash", f" as {signal.type.value}", await wire.ask("POST", f"{_bank(name)}/signal", body=body)


async def _remove(given: argparse.Namespace, context: Context) -> int:
    removed = 0
    async with context.wire() as wire:
        for value in given.hash:
            done = await wire.ask("DELETE", f"{_bank(given.name)}/signal", body={"hash": value})
            removed += done["removed"]
    print_json({"removed": removed}) if context.as_json else print(f"{removed} removed")
    return 0


def _remove_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("hash", nargs="+")


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("file", type=Path, help="text (one hash a line), CSV or JSON")


async def _import(given: argparse.Namespace, context: Context) -> int:
    with _opened(given.file) as file:
        size = await asyncio.to_thread(lambda: given.file.stat().st_size)
        async with context.wire() as wire:
            with _progress() as bar:
                task = bar.add_task(f"Reading {safe(given.file.name)}", total=size)
                done = await wire.ask(
                    "POST",
                    f"{_bank(given.name)}/import",
                    content=_pieces(file, lambda sent: bar.advance(task, sent)),
                    headers={"Content-Length": str(size)},
                    timeout=PATIENT,
                )
    if context.as_json:
        print_json(done)
    else:
        print(f"{done['added']} added, {done['already']} there already, {done['bad_count']} not read")
        for bad in done["bad"][:BAD_LINES]:
            print(f"  line {bad['line']}: {safe(bad['why'])}")
        if (more := done["bad_count"] - BAD_LINES) > 0:
            print(f"  and {more} more")
    if done["bad_count"] and not (done["added"] or done["already"]):
        lines = counted(done["bad_count"], "line")
        raise InputError(
            f"Nothing was read of {given.file}: {lines}, no hash.", "See whether it is a hash list."
        )
    return 0


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--format", default="text", metavar="F", help="text, csv or json")


async def _export(given: argparse.Namespace, context: Context) -> int:
    form = "json" if context.as_json else given.format
    async with (
        context.wire() as wire,
        wire.stream(f"{_bank(given.name)}/export", params={"format": form}, timeout=PATIENT) as answer,
    ):
        async for piece in answer.aiter_bytes():
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    return 0


async def _delete(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("DELETE", _bank(given.name))
    print_json(done) if context.as_json else print(f"Bank {safe(given.name)} is deleted.")
    return 0


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")


def _bank(name: str) -> str:
    return f"/admin/bank/{in_path(name)}"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


async def _pieces(file: BinaryIO, sent: Any = None) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
        if sent:
            sent(len(piece))


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )


BANK = Command(
    "bank",
    "the banks: named sets of hashes that uploads are compared with",
    commands=(
        Command("list", "all banks with their counts", _list),
        Command("create", "make a bank", _create, _create_arguments),
        Command("add", "add files (sha256, md5, sha1 and PDQ of each) or hashes", _add, _add_arguments),
        Command("remove", "remove hashes", _remove, _remove_arguments),
        Command("import", "read a list of hashes in", _import, _import_arguments),
        Command("export", "write an own bank out", _export, _export_arguments),
        Command("delete", "delete a bank with its entries", _delete, _name),
        *HMA_COMMANDS,
    ),
)
