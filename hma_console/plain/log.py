"""The commands for the compliance log: its newest entries, its check, its export, its key."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bridge.errors import InputError
from hma_console.log_answers import Checked, Exported, LogRow
from hma_console.plain.desk import Command, Desk
from hma_console.plain.jobs import log_job
from hma_console.plain.lines import told
from hma_console.screens.log_words import state
from hma_console.words import ago, counted, safe

ROWS = 20
SHORTEST = 12
"""Characters of a new passphrase."""
HIDDEN: tuple[str, ...] = ("bank",)
SHOWN = ("account", "record", "sender", "bank", "name", "note")
HERE = ("log",)
EXPORTS = ("case", "queue", "log", "home")


async def log(desk: Desk, typed: str) -> None:
    """The last entries, oldest first, so that the newest is heard last."""
    desk.go("log")
    status, page = await desk.client.status(), await desk.client.log_entries()
    desk.talk.say(told("Log", state(status.log, desk.clock()).split(" · ")))
    desk.talk.say(*(entry_line(row, desk.clock()) for row in reversed(page.rows[:ROWS])))


def entry_line(row: LogRow, now: int) -> str:
    case = [f"case {safe(row.case_id[:4])}"] if row.case_id else []
    who = [f"by {safe(row.who)}"] if row.who else []
    return told(f"Entry {row.index:,}", [safe(row.what), *who, *case, ago(row.at, now)])


async def check(desk: Desk, typed: str) -> None:
    job = await log_job(desk, "Check", desk.client.start_log_check)
    if job.checked is None:
        desk.talk.say("Check: it was stopped.")
    else:
        desk.talk.say(*checked_lines(job.checked))


def checked_lines(checked: Checked) -> list[str]:
    took = f"in {checked.took_ms / 1000:.1f} s"
    how = "whole" if checked.whole else "DAMAGED"
    return [
        told("Log", [how, f"{counted(checked.entries, 'entry', 'entries')} checked {took}"]),
        *(told("Problem", [safe(each)]) for each in checked.problems),
        *(told("Proven", safe(each).split(", ")) for each in checked.proven),
        *(told("Not proven", safe(each).split(", ")) for each in checked.not_proven),
    ]


async def export(desk: Desk, typed: str) -> None:
    """The open case, else the whole log; `all` is the whole log from a case, too."""
    if (await desk.client.status()).log.keys in ("missing", "locked"):
        raise InputError("The log's key is not open: an export would wait for it.", "say unlock first.")
    case = desk.case.row.id if desk.case is not None and typed != "all" else ""
    what = f"case {desk.short_id(case)}" if case else "the whole log"
    desk.talk.say(f"Export: {what}. Pictures and child-safety values never leave.")
    shown = await desk.talk.ask("Names hidden or shown; Enter hides them:") or "hidden"
    if shown not in ("hidden", "shown"):
        raise InputError(f"{shown[:20]!r} is no answer.", "say export again, then hidden or shown.")
    name = Path.home() / f"log-{case[:4] or 'all'}.zip"
    desk.talk.say(f"Path: Enter takes {name}.")
    path = _whole_path(await desk.talk.ask("Path:") or str(name))
    scope = {"kind": "case", "case": case} if case else {"kind": "all"}
    start = partial(desk.client.start_log_export, scope, str(path), SHOWN if shown == "shown" else HIDDEN)
    job = await log_job(desk, "Export", start)
    if job.exported is None:
        desk.talk.say("Export: it was stopped; nothing of it is left.")
    else:
        desk.talk.say(*exported_lines(job.exported))


def _whole_path(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise InputError("The path does not begin with /.", "name a whole path.")
    return path


def exported_lines(exported: Exported) -> list[str]:
    return [
        told("Export", [f"{counted(exported.entries, 'entry', 'entries')} written"]),
        f"Path: {exported.path}",
        f"Fingerprint: {exported.fingerprint}",
        "Fingerprint: tell it the receiver by another way than the file.",
    ]


async def unlock(desk: Desk, typed: str) -> None:
    """Opens the log's key, or makes it. The passphrase is never shown."""
    keys = (await desk.client.status()).log.keys
    if keys == "open":
        desk.talk.say("Key: it is open.")
        return
    if keys != "missing":
        fingerprint = await desk.client.unlock_log(await desk.talk.ask("Passphrase:", is_secret=True))
    else:
        fingerprint = await desk.client.make_log_keys(await _new_passphrase(desk))
    desk.talk.say("Key: it is open, and every entry signed.", f"Fingerprint: {fingerprint}")


async def _new_passphrase(desk: Desk) -> str:
    first = await desk.talk.ask("New passphrase; keep it on paper:", is_secret=True)
    if len(first) < SHORTEST:
        raise InputError(f"A passphrase has at least {SHORTEST} characters.", "take five random words.")
    if await desk.talk.ask("The same again:", is_secret=True) != first:
        raise InputError("The two are not the same.", "try again.")
    return first


COMMANDS = (
    Command(("log",), ("7",), "the last entries of the compliance log", log),
    Command(("check", "verify", "check log"), (), "checks the whole log", check),
    Command(("check now",), ("s",), "checks the whole log", check, HERE),
    Command(("export", "export log"), ("x",), "a bundle that anyone can verify", export, EXPORTS),
    Command(("unlock",), ("K",), "opens the log's key, or makes it", unlock, ("log", "settings", "home")),
)
