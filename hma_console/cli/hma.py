"""`hma compare`: stored signals through an HMA and through the lists here, and where the two disagree.

Exits 1 where they do.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from hma_console.cli.command import Command, Context, print_json, say
from hma_console.wire import PATIENT
from hma_console.words import counted, safe

DISAGREE = 1
UPLOADS = 1000


async def _compare(given: argparse.Namespace, context: Context) -> int:
    left, before, uploads, matches = given.limit, None, 0, 0
    found: list[dict[str, Any]] = []
    async with context.wire() as wire:
        while left > 0:
            query = {"limit": left, **({} if before is None else {"before": before})}
            page = await wire.ask("GET", "/hma/compare", params=query, timeout=PATIENT)
            uploads, matches = uploads + page["uploads"], matches + page["matches"]
            found += page["disagreements"]
            if not context.as_json:
                for one in page["disagreements"]:
                    print(_line(one), flush=True)
            left, before = left - page["uploads"], page["next"]
            if before is None:
                break
    if context.as_json:
        print_json({"uploads": uploads, "matches": matches, "disagreements": found})
    else:
        _sum_up(uploads, matches, found)
    return DISAGREE if found else 0


def _line(one: dict[str, Any]) -> str:
    by_hma = one["matched_by"] == "hma"
    who = f"HMA's content {one['number']}" if by_hma else f"entry {one['number']} here"
    what = f"{one['upload_id']}  {one['bank']}: {who} matched, distance {one['distance']}"
    return safe(f"{what}; {one['words']}")


def _sum_up(uploads: int, matches: int, found: list[dict[str, Any]]) -> None:
    say(f"{counted(uploads, 'upload')} compared, {counted(matches, 'match', 'matches')} by either.")
    if not found:
        say("HMA and the lists here agree on all of them.")
        return
    for words, times in Counter(one["words"] for one in found).most_common():
        say(f"{times:,} ×  {safe(words)}")


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = f"how many uploads, the newest first (default {UPLOADS})"
    parser.add_argument("--limit", type=int, default=UPLOADS, metavar="N", help=words)


HMA = Command(
    "hma",
    "what an HMA says and the lists here do",
    commands=(Command("compare", "where HMA and the lists here disagree, and why", _compare, _arguments),),
)
