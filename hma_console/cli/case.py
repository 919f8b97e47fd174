"""`case`: list and show what waits for a person; open one by hand."""

from __future__ import annotations

import argparse
from typing import Any

from hma_console.cli.command import Command, Context, in_path, print_json, print_table, say
from hma_console.words import counted, moment, reported, safe


async def _list(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        cases = (await wire.ask("GET", "/cases", params={"state": given.state}))["cases"]
    if context.as_json:
        print_json(cases)
    elif cases:
        heads = ("case", "state", "category", "list", "files", "closest", "account")
        print_table([_row(case) for case in cases], heads)
    else:
        say("Nothing waits." if given.state == "open" else "There is no case.")
    return 0


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", default="open", metavar="S", help="open, decided or all")


async def _show(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        case = await wire.ask("GET", f"/cases/{in_path(given.id)}")
    if context.as_json:
        print_json(case)
        return 0
    kind = case["category"].replace("_", " ")
    print(safe(f"Case {case['id']}, {case['state']}: {kind}, {_account(case)}"))
    for file in case["files"]:
        size = f"{file['width']}×{file['height']}" if file["width"] else ""
        print("  " + safe("  ".join((file["id"], f"{file['media_type']} {size}", file["photo_id"]))))
        for match in file["matches"]:
            print(f"    {safe(_match(match))}")
    for action in case["actions"]:
        print("  " + safe(_action(action)))
    for kept in case["evidence"]:
        print("  " + safe(_evidence(kept)))
    for report in case["reports"]:
        print("  " + safe(_report(report)))
        for line in report["reason"].splitlines():
            print("    " + safe(line))
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


def _row(case: dict[str, Any]) -> list[object]:
    closest = case["closest"]
    return [
        case["id"],
        case["state"],
        case["category"].replace("_", " "),
        ", ".join(case["banks"]),
        case["file_count"],
        f"{closest['distance']} {closest['likeness']}" if closest else _reported(case),
        _account(case),
    ]


def _reported(case: dict[str, Any]) -> str:
    return reported(case["reporters"], case["report_reason"]) if case["reporters"] else ""


def _report(report: dict[str, Any]) -> str:
    subject = report["subject"]
    about = subject.get("uri") or subject.get("did") or "erased"
    who = report["reporter"] or "erased"
    return f"{moment(report['reported_at'])}  {report['reason_type'].rpartition('#')[2]} by {who}: {about}"


def _evidence(kept: dict[str, Any]) -> str:
    name = f"evidence of {kept['upload_id']}"
    if kept["destroyed_at"]:
        return f"{name}: destroyed {moment(kept['destroyed_at'])}"
    parts = ["its bytes"] if kept["has_bytes"] else []
    parts += ["its record and account"] if kept["has_context"] else []
    without = f" ({kept['why']})" if kept["why"] else ""
    until = f", until {moment(kept['destroy_at'])}" if kept["destroy_at"] else ""
    return f"{name}: {' and '.join(parts) or 'nothing'}{without}{until}"


def _action(action: dict[str, Any]) -> str:
    trouble = f": {action['why']}" if action["why"] else ""
    named = f" {action['named']}" if action["named"] else ""
    what = f"{action['type']} of the {action['subject']}{named}"
    return f"{moment(action['planned_at'])}  {what}: {action['state']}{trouble}"


def _account(case: dict[str, Any]) -> str:
    return str(case["did"] or case["claimed_author"] or case["sender"] or "erased")


def _match(match: dict[str, Any]) -> str:
    what = f"{match['bank']}, entry {match['entry_id']}: {match['hash_type']}, {match['likeness']}"
    if match["hash_type"] == "pdq":
        what += f", distance {match['distance']}, {match['view']}, quality {match['quality']}"
    return what + (f" (taken back by {match['cancelled_by']})" if match["cancelled_by"] else "")


CASE = Command(
    "case",
    "the cases: what waits for a person",
    commands=(
        Command("list", "the cases, most pressing first", _list, _list_arguments),
        Command("show", "one case with its files and matches", _show, _show_arguments),
        Command("open", "a case of what a mail or a call named, and its takedown", _open, _open_arguments),
    ),
)
