"""`case`: list and show what waits for a person; open one by hand, decide, undo, write and take an appeal."""

from __future__ import annotations

import argparse
from typing import Any

from hma_console.cli.case_words import lines, row
from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.cli.deciding import APPEAL, DECIDE, NOTE, UNDO
from hma_console.wire import Wire
from hma_console.words import counted, safe

STATES = ("waiting", "later", "open", "decided", "all")
PAGE = 500
"""The bridge's largest page."""


async def _list(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        cases = await _all(wire, given.state)
    if context.as_json:
        print_json(cases)
    elif cases:
        heads = ("case", "state", "category", "list", "files", "closest", "account")
        print_table([row(case) for case in cases], heads)
    else:
        say("Nothing waits." if given.state in ("waiting", "open") else "There is no case.")
    return 0


async def _all(wire: Wire, state: str) -> list[dict[str, Any]]:
    """Every page; a case that moves from one to another meanwhile comes once."""
    found: dict[str, dict[str, Any]] = {}
    offset = 0
    while True:
        params = {"state": state, "limit": str(PAGE), "offset": str(offset)}
        page = (await wire.ask("GET", "/cases", params=params))["cases"]
        found |= {case["id"]: case for case in page}
        offset += len(page)
        if len(page) < PAGE:
            return list(found.values())


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        choices=STATES,
        default="waiting",
        help="waiting (the default), later (put off), open (both), decided, all",
    )


async def _show(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        case = await wire.ask("GET", f"/cases/{in_path(given.id)}")
    if context.as_json:
        print_json(case)
    else:
        for line in lines(case):
            print(line)
    return 0


async def _open(given: argparse.Namespace, context: Context) -> int:
    body = {"subject": given.subject, "category": given.category, "take_down": not given.keep_up}
    async with context.wire() as wire:
        opened = await wire.ask("POST", "/cases", body=body)
    if context.as_json:
        print_json(opened)
        return 0
    files = opened["files"] - opened["not_there"]
    say(safe(f"Case {opened['case_id']}, account {opened['did']}."))
    if opened["takes_down"]:
        say("It is being taken down; `hma-console case show` says how it is, and what it waits for.")
    elif not opened["files"]:
        say("Nothing is taken down: an account alone was named.")
    if opened["not_there"]:
        say(f"The PDS gave no bytes of {opened['not_there']} of {opened['files']} files.")
    elif files:
        say(f"{counted(files, 'file')} compared; nothing was shown.")
    return 0


def _open_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="URL|DID|CID", help="what was named: a post, picture or account")
    parser.add_argument("--category", default="own", metavar="C", help="what it is said to be (default: own)")
    parser.add_argument("--keep-up", action="store_true", help="open the case; banks still act")


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the case, or the first letters of it")


CASE = Command(
    "case",
    "the cases: what waits for a person",
    commands=(
        Command("list", "the cases, most pressing first", _list, _list_arguments),
        Command("show", "all that is needed to decide one without a picture", _show, _show_arguments),
        Command("open", "a case of what a mail or a call named, and its takedown", _open, _open_arguments),
        DECIDE,
        UNDO,
        NOTE,
        APPEAL,
    ),
)
