"""`scan`: compare local files and folders with the banks. Exits 1 when something matched."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from bridge.errors import InputError
from bridge.verdicts import Reason
from hma_console import words
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.wire import PATIENT, Refused, Wire

AT_ONCE = 4
PIECE = 1 << 18
MATCHED, CANNOT_REACH = 1, 3


async def _scan(given: argparse.Namespace, context: Context) -> int:
    counts: dict[str, int] = {}
    reasons: set[str] = set()
    async with context.wire() as wire:
        async for path, answer in _answers(wire, _files(given.path)):
            reasons.add(answer.get("reason", ""))
            counts[answer["status"]] = counts.get(answer["status"], 0) + 1
            if context.as_json:
                print_json({"path": str(path), **answer})
            else:
                print(_line(path, answer))
    if not context.as_json:
        say(", ".join(f"{n} {status.replace('_', ' ')}" for status, n in sorted(counts.items())) or "no file")
        if Reason.NO_LIST in reasons:
            say("Do: connect a list: hma-console bank create NAME, then hma-console bank add NAME FILE.")
    if counts.get("matched"):
        return MATCHED
    return CANNOT_REACH if counts.get("not_checked") else 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="+", type=Path, metavar="PATH")


def _files(paths: list[Path]) -> Iterator[Path]:
    """Every file below, in order; links to folders are not followed."""
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no file or folder {path}.")
        if _is_special(path) and not path.is_dir():
            raise InputError(f"{path} is neither a file nor a folder.")
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (file for name in sorted(names) if not _is_special(file := Path(folder) / name))


def _is_special(path: Path) -> bool:
    """A pipe or device, which to read would be to wait for ever."""
    return path.exists() and not path.is_file()


async def _answers(wire: Wire, files: Iterator[Path]) -> AsyncIterator[tuple[Path, dict[str, Any]]]:
    """A few at a time, in the order of the files."""
    running: list[tuple[Path, asyncio.Task[dict[str, Any]]]] = []
    try:
        for path in files:
            running.append((path, asyncio.create_task(_ask(wire, path))))
            if len(running) == AT_ONCE:
                first, task = running.pop(0)
                yield first, await task
        while running:
            first, task = running.pop(0)
            yield first, await task
    finally:
        for _, task in running:
            task.cancel()


async def _ask(wire: Wire, path: Path) -> dict[str, Any]:
    try:
        if not (await asyncio.to_thread(path.stat)).st_size:
            return _without_hash("unhashable", "the file is empty")
        answer = await wire.ask("POST", "/scan", params=_where(path), content=_pieces(path), timeout=PATIENT)
    except Refused as refused:
        if "status" not in refused.body:
            raise
        return _without_hash(str(refused.body["status"]), str(refused.body["reason"]))
    except OSError as error:
        return _without_hash("not_checked", f"it cannot be read: {error.strerror}")
    return {name: answer[name] for name in ("status", "hash", "quality", "matches")}


def _where(path: Path) -> dict[str, str]:
    return {"path": str(path.absolute())}


def _without_hash(status: str, reason: str) -> dict[str, Any]:
    return {"status": status, "hash": None, "quality": None, "matches": [], "reason": reason}


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def _line(path: Path, answer: dict[str, Any]) -> str:
    status = answer["status"].replace("_", " ")
    detail = words.reason(answer.get("reason", ""))
    if answer["matches"]:
        best = answer["matches"][0]
        detail = f"{best['bank']}: {best['likeness']}"
        if best["hash_type"] == "pdq":
            detail += f", distance {best['distance']}, {best['view']}"
    return f"{status:<12} {words.safe(str(path))}" + (f"  ({words.safe(detail)})" if detail else "")


SCAN = Command("scan", "compare local files and folders with the banks", _scan, _arguments)
