"""`log`: show, check and export the compliance log."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bridge.errors import BridgeError, InputError
from hma_console.attach import running
from hma_console.cli.command import Command, Context, print_json, print_table, say
from hma_console.cli.typing import typed_word, unlocked
from hma_console.wire import PATIENT, Wire
from hma_console.words import clock, safe

BAD = 1
POLL_SECONDS = 0.2


async def _show(given: argparse.Namespace, context: Context) -> int:
    params = {"limit": str(given.limit)}
    if given.case:
        params["case"] = given.case
    async with context.wire() as wire:
        state = await wire.ask("GET", "/log")
        entries = (await wire.ask("GET", "/log/entries", params=params))["entries"]
    if context.as_json:
        print_json(entries)
        return 0
    print_table(
        [[e["index"], clock(e["at"]), e["who"], e["what"], e["case"][:4]] for e in entries[::-1]],
        ("entry", "time", "who", "what", "case"),
    )
    unsigned = state["entries"] - state["signed"]
    say(f"{state['entries']} entries, {f'{unsigned} not signed' if unsigned else 'all signed'}.")
    if state["trouble"]:
        say(safe(state["trouble"]))
    return BAD if state["trouble"] else 0


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--case", metavar="ID", help="only this case's")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default 20)")


async def _verify(given: argparse.Namespace, context: Context) -> int:
    async with running(context.settings) as http:
        if http is None:
            from bridge.offline import check_log

            result = await asyncio.to_thread(check_log, context.settings, _bar("checked"))
        else:
            wire = Wire(http)
            job = await _followed(wire, await wire.ask("POST", "/log/check"))
            result = job["check"]
    if context.as_json:
        print_json(result)
    else:
        _say_checked(result)
    return 0 if result["whole"] else BAD


def _say_checked(result: dict[str, Any]) -> None:
    seconds = result["took_ms"] / 1000
    if result["whole"]:
        print(f"The log is whole: {result['entries']} entries, checked in {seconds:.1f} s.")
    else:
        print(f"The log is DAMAGED ({result['entries']} entries):")
    for problem in result["problems"]:
        print(f"- {safe(problem)}")
    for title, sentences in (("Proven", result["proven"]), ("Not proven", result["not_proven"])):
        for sentence in sentences:
            print(f"{title}: {safe(sentence)}.")


async def _export(given: argparse.Namespace, context: Context) -> int:
    body: dict[str, object] = {"scope": _scope(given), "output": _absolute(given.output)}
    if given.disclose is not None:
        body["disclose"] = given.disclose
    async with context.wire() as wire:
        await unlocked(wire)
        job = await _followed(wire, await wire.ask("POST", "/log/export", body=body))
    made = job["export"]
    if context.as_json:
        print_json(made)
    else:
        print(safe(made["path"]))
        say("Tell the receiver this line by another way than the file, it names our key:")
        say(made["fingerprint"])
    return 0


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--case", metavar="ID", help="one case")
    parser.add_argument("--since", metavar="T", help="from this time on (UTC where it says nothing else)")
    parser.add_argument("--until", metavar="T", help="before this time")
    parser.add_argument("--output", required=True, metavar="PATH", help="a folder, or a .zip")
    parser.add_argument(
        "--disclose",
        nargs="*",
        metavar="FIELD",
        help="what is opened: account, record, content, sender, bank, name, note, uploads (default: bank)",
    )


def _absolute(path: str) -> str:
    """The bridge that writes it may work in another folder."""
    return os.path.abspath(path)


def _scope(given: argparse.Namespace) -> dict[str, object]:
    ways = [given.all, given.case is not None, given.since is not None or given.until is not None]
    if sum(ways) != 1:
        raise InputError("Say what to export.", "Use one of: --all, --case ID, --since T --until T.")
    if given.all:
        return {"kind": "all"}
    if given.case is not None:
        return {"kind": "case", "case": given.case}
    return {"kind": "range", "since": moment(given.since), "until": moment(given.until)}


def moment(text: str | None) -> int | None:
    """Milliseconds since 1970 of a date or a time, UTC unless it names an offset. Raises InputError."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is no time.", "Write 2026-11-24 or 2026-11-24T13:00+01:00."
        ) from None
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


async def _stamp(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        await unlocked(wire)
        stamped = await wire.ask("POST", "/log/stamps", timeout=PATIENT)
    if context.as_json:
        print_json(stamped)
    else:
        say(f"The head of {stamped['entries']} entries was time-stamped; exports carry the stamp.")
    return 0


async def _accept(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        state = await wire.ask("GET", "/log")
        if state["trouble"]:
            say(safe(state["trouble"]))
            if not given.yes:
                typed_word("accept", "To go on from what is here, and log that")
        await wire.ask("POST", "/log/accept")
    say("The log goes on from here; that you accepted it is its newest entry.")
    return 0


def _accept_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


async def _followed(wire: Wire, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it has ended well. Raises BridgeError with its own error; Ctrl-C stops it."""
    show = _bar(job["kind"])
    try:
        while job["state"] == "running":
            show(job["done"], job["total"])
            await asyncio.sleep(POLL_SECONDS)
            job = await wire.ask("GET", f"/log/jobs/{job['id']}")
    except asyncio.CancelledError:
        await asyncio.shield(wire.ask("DELETE", f"/log/jobs/{job['id']}"))
        raise
    show(job["total"], job["total"])
    if job["state"] != "done":
        error = job["error"] or {"message": "It was stopped; nothing of it was left.", "hint": ""}
        raise BridgeError(error["message"], error["hint"])
    return job


def _bar(what: str) -> Callable[[int, int], None]:
    """Progress for a person at a terminal; silence for anyone else."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and total:
            share = done / total
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r{what}  [{'#' * round(30 * share):30}] {share:4.0%}{end}")
            sys.stderr.flush()

    return show


LOG = Command(
    "log",
    "what was seen, decided and done: show it, check it, export it",
    commands=(
        Command("show", "the newest entries", _show, _show_arguments),
        Command("verify", "check all of it; needs no bridge", _verify),
        Command("export", "a bundle that anyone can verify", _export, _export_arguments),
        Command("stamp", "have its head time-stamped by the service you named", _stamp),
        Command("accept", "go on after a roll-back", _accept, _accept_arguments),
    ),
)
