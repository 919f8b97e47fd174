"""`backfill`: look through all accounts of the PDS now, and wait until what was found is checked.

Exits 1 where files of the PDS stayed unchecked, 3 where there is no bridge or no PDS to ask.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from typing import Any

from bridge.errors import Unreachable
from hma_console.answers import Body
from hma_console.attach import running
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.client import MOST_NOT_CHECKED, ON_PDS
from hma_console.pds_status import BackfillStatus, PdsStatus
from hma_console.status import Status
from hma_console.wire import Wire
from hma_console.words import counted, end_cut, safe

UNCHECKED = 1
LOOK_SECONDS = 1.0
QUIET_LOOKS = 10
"""Looks between two lines where nobody sits at a terminal."""
BAR_CELLS = 20
PATIENCE_SECONDS = 60.0
MOST_REASONS = 10

Reason = tuple[str, bool]
"""Why files were not checked, and whether that needs somebody."""


async def _backfill(given: argparse.Namespace, context: Context) -> int:
    async with running(context.settings) as http:
        if http is None:
            raise Unreachable(
                f"No bridge runs on {context.settings.data_dir}.", "Start one: hma-console serve."
            )
        wire = Wire(http)
        pds = await _pds(wire)
        say(f"Looking through all accounts of {safe(pds.host)}.")
        await wire.ask("POST", "/pds/backfill")
        try:
            done = await _ended(wire)
        except asyncio.CancelledError:
            say("\nIt goes on without you; the same command shows it again.")
            raise
        waiting = await _not_checked(wire)
    if context.as_json:
        print_json(_as_json(done, waiting))
    else:
        _print(done, waiting)
    return UNCHECKED if waiting else 0


async def _pds(wire: Wire) -> PdsStatus:
    """Raises Unreachable where none is watched."""
    pds = Status.parse(Body(await wire.ask("GET", "/status"))).pds
    if pds is None:
        hint = 'Set [pds] url and mode = "firehose" in config.toml, and restart the bridge.'
        raise Unreachable("The bridge watches no PDS.", hint)
    return pds


async def _ended(wire: Wire) -> BackfillStatus:
    """The run once every account was listed and every file found was fetched."""
    look, fault, silent = 0, "", 0
    while True:
        pds = await _pds(wire)
        run = pds.backfill
        if pds.fault and pds.fault != fault:
            _say_apart(f"{safe(pds.fault)} It is asked again by itself.")
        fault = pds.fault
        silent = silent + 1 if fault else 0
        if silent * LOOK_SECONDS > PATIENCE_SECONDS:
            raise Unreachable(f"{fault} The look through all accounts goes on when it answers.")
        if run is not None:
            if sys.stderr.isatty():
                bar = end_cut(_bar(run, pds), os.get_terminal_size(2).columns - 1)
                sys.stderr.write(f"\r{bar}\x1b[K{'' if run.is_under_way else chr(10)}")
                sys.stderr.flush()
            elif run.is_under_way and look and look % QUIET_LOOKS == 0:
                say(_progress(run, pds))
            if not run.is_under_way:
                return run
        look += 1
        await asyncio.sleep(LOOK_SECONDS)


def _say_apart(words: str) -> None:
    """Not into the bar."""
    say(f"\n{words}" if sys.stderr.isatty() else words)


def _progress(run: BackfillStatus, pds: PdsStatus) -> str:
    if pds.is_listing:
        return f"reading the list of accounts: {pds.accounts_to_list:,} so far"
    known = run.accounts_listed + pds.accounts_to_list
    accounts = f"{run.accounts_listed:,} of {known:,} accounts"
    return f"{accounts}, {run.fetched:,} of {run.blobs_found:,} files"


def _bar(run: BackfillStatus, pds: PdsStatus) -> str:
    """By accounts while they are listed, since more files are found meanwhile; then by files."""
    done, whole = run.accounts_listed, run.accounts_listed + pds.accounts_to_list
    if run.ended_at is not None:
        done, whole = run.fetched, run.blobs_found
    share = done / whole if whole else 1.0 if run.ended_at is not None else 0.0
    return f"[{'#' * int(BAR_CELLS * share):{BAR_CELLS}}] {int(100 * share):3} %  {_progress(run, pds)}"


async def _not_checked(wire: Wire) -> Counter[Reason]:
    """The files of the PDS that wait or need somebody, by the reason."""
    found: Counter[Reason] = Counter()
    query = {"only": "not_checked", "source": ON_PDS, "limit": str(MOST_NOT_CHECKED)}
    while True:
        page = await wire.ask("GET", "/uploads", params=query)
        found.update((str(each["reason"]), bool(each["needs_you"])) for each in page["uploads"])
        if page["next"] is None:
            return found
        query["before"] = str(page["next"])


def _as_json(done: BackfillStatus, waiting: Counter[Reason]) -> dict[str, Any]:
    return {
        "accounts": done.accounts_listed,
        "files": done.blobs_found,
        "not_checked": waiting.total(),
        "reasons": [
            {"reason": reason, "files": number, "needs_you": needs_you}
            for (reason, needs_you), number in waiting.most_common()
        ],
    }


def _print(done: BackfillStatus, waiting: Counter[Reason]) -> None:
    looked = f"{counted(done.accounts_listed, 'account')}, {counted(done.blobs_found, 'file')}"
    if not waiting:
        print(f"{looked}: none waits to be checked.")
        return
    print(f"{looked}; not checked: {waiting.total():,}")
    for (reason, needs_you), number in waiting.most_common(MOST_REASONS):
        print(f"{number:>8,}  {safe(reason)}{' Needs you.' if needs_you else ' It is tried again.'}")
    if (more := len(waiting) - MOST_REASONS) > 0:
        print(f"          and {counted(more, 'other reason')}; --json prints all")


BACKFILL = Command("backfill", "look through all accounts of the PDS now, and wait for it", _backfill)
