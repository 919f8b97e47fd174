"""`case decide`, `undo`, `note` and `appeal`: what a person decides, over the API the console uses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from bridge.decisions import Choice
from bridge.errors import InputError
from hma_console.cli.case_words import reasons
from hma_console.cli.command import Command, Context, in_path, print_json, say
from hma_console.cli.typing import typed_word
from hma_console.wire import Refused, Wire
from hma_console.words import clock, counted, safe

CHOICES = (Choice.TAKEDOWN, Choice.RELEASE, Choice.REMEMBER, Choice.ESCALATE, Choice.LATER)
WHAT = {
    "picture": Choice.TAKEDOWN,
    "post": Choice.TAKEDOWN_RECORD,
    "account": Choice.TAKEDOWN_ACCOUNT,
}
LETTERS = 4
"""Of an account's name are typed before it is taken down."""

Json = dict[str, Any]


async def _decide(given: argparse.Namespace, context: Context) -> int:
    choice = _choice(given)
    if given.file and len(given.ids) > 1:
        raise InputError("Files are named of one case only.", "Decide the other cases without --file.")
    async with context.wire() as wire:
        cases = [await wire.ask("GET", f"/cases/{in_path(case)}") for case in given.ids]
        if given.reason is None:
            raise _reasons_asked_for(cases, choice)
        _check_reason(cases, choice, given.reason)
        if choice is Choice.TAKEDOWN_ACCOUNT:
            _confirm_account(cases, given.confirm)
        named = [{"case": case["id"], "uploads": given.file or []} for case in cases]
        body = {"cases": named, "choice": choice.value, "reason": given.reason, "note": given.note}
        done = await _decided(wire, body)
    if context.as_json:
        print_json(done)
    else:
        _say_decided(done, choice)
    return 0


async def _decided(wire: Wire, body: Json) -> Json:
    try:
        return await wire.ask("POST", "/decisions", body=body)
    except Refused as refused:
        if refused.code != "CaseDecided":  # whose hint names a key of the console
            raise
        raise InputError(refused.message, "`hma-console case undo ID` takes that back.") from None


def _choice(given: argparse.Namespace) -> Choice:
    choice = Choice(given.choice)
    if choice is Choice.TAKEDOWN:
        return WHAT[given.what or "picture"]
    if given.what:
        raise InputError(f"--what says what is taken down, not what {choice.value} means.", "Leave it out.")
    return choice


def _reasons_asked_for(cases: Sequence[Json], choice: Choice) -> InputError:
    """Shows what may be named, and says that something has to be."""
    for one in reasons(cases[0], choice):
        say(safe(f"  {one['code']:<24} {one['words']}"))
    return InputError("A decision gives a reason; these are the reasons for it.", "Add --reason CODE.")


def _check_reason(cases: Sequence[Json], choice: Choice, code: str) -> None:
    """Raises InputError where one of the cases has no such reason for the choice."""
    for case in cases:
        known = [one["code"] for one in reasons(case, choice)]
        if code not in known:
            raise InputError(f"{code[:40]!r} is no reason for that.", f"Use one of: {', '.join(known)}.")


def _confirm_account(cases: Sequence[Json], word: str | None) -> None:
    """Raises InputError where the account was not named by its first letters."""
    if len(cases) > 1:
        raise InputError("Accounts are taken down one at a time.", "Name one case.")
    did = cases[0]["did"]
    expected = did.rpartition(":")[2][:LETTERS]
    if not expected:
        raise InputError("No account of your PDS is known in this case.", "Take down the picture.")
    if word is None and sys.stdin.isatty():
        typed_word(expected, safe(f"This takes the whole account {did} down; to do it"))
    elif word != expected:
        raise InputError(
            safe(f"This takes the whole account {did} down."),
            f"Confirm it with the first {LETTERS} letters of its name: --confirm WORD.",
        )


def _say_decided(done: Json, choice: Choice) -> None:
    cases, files = counted(len(done["cases"]), "case"), counted(done["files"], "file")
    print(f"{done['batch']}  {choice.done}: {cases}, {files}")
    if done["kept_down"]:
        say(f"{counted(done['kept_down'], 'of them stays', 'of them stay')} down: another case says so.")
    if done["left"] and choice.decides:
        say(f"Files wait still in: {', '.join(done['left'])}.")
    say(f"To undo it: hma-console case undo {done['batch']}")
    if choice is Choice.TAKEDOWN_ACCOUNT:
        say(f"The account goes down at {clock(done['undo_until'])}; until then undoing leaves no trace.")


def _decide_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help="the cases, or the first letters of each")
    parser.add_argument(
        "choice", choices=[each.value for each in CHOICES], help="remember is: release, and for good"
    )
    parser.add_argument("--reason", metavar="CODE", help="why; without it the reasons are shown")
    parser.add_argument("--note", default="", metavar="TEXT", help="for those who read the case later")
    parser.add_argument("--what", choices=list(WHAT), help="what is taken down (default: picture)")
    parser.add_argument(
        "--file", nargs="+", action="extend", metavar="UPLOAD", help="only these files of the case"
    )
    parser.add_argument(
        "--confirm", metavar="WORD", help="the first letters of the account that is taken down"
    )


async def _undo(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        try:
            done = await wire.ask("DELETE", f"/decisions/{in_path(given.id)}")
        except Refused as refused:
            if refused.code != "NotFound":
                raise
            case = await wire.ask("GET", f"/cases/{in_path(given.id)}")
            done = await wire.ask("DELETE", f"/decisions/{_newest_batch(case)}")
    if context.as_json:
        print_json(done)
        return 0
    print(f"Undone: {', '.join(done['cases'])}")
    if done["told"]:
        say(f"{counted(done['told'], 'notice')} had left already and cannot be taken back.")
    return 0


def _newest_batch(case: Json) -> str:
    """Raises InputError where nothing stands that could be undone."""
    standing = [one for one in case["decisions"] if not one["undone_at"] and not one["superseded_at"]]
    if not standing and case["appealed_at"]:
        raise InputError(
            f"What was decided in case {case['id']} was appealed.", "Decide the case anew instead."
        )
    if not standing:
        raise InputError(f"Nothing was decided in case {case['id']}.", "There is nothing to undo.")
    return str(standing[-1]["batch"])


def _undo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", metavar="ID|BATCH", help="a case, for its newest decision; or what `decide` printed"
    )


async def _note(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("POST", f"/cases/{in_path(given.id)}/notes", body={"text": given.text})
    if context.as_json:
        print_json(done)
    else:
        say(f"Written into case {done['case_id']}.")
    return 0


def _note_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the case, or the first letters of it")
    parser.add_argument("text", metavar="TEXT", help="the note; erased with the case")


async def _appeal(given: argparse.Namespace, context: Context) -> int:
    async with context.wire() as wire:
        done = await wire.ask("POST", f"/cases/{in_path(given.id)}/appeal", body={"text": given.note})
    if context.as_json:
        print_json(done)
        return 0
    print("\n".join(done["cases"]))
    waits = "It waits" if len(done["cases"]) == 1 else "They wait"
    say(f"{waits} for another decision; what was taken down stays down until then.")
    return 0


def _appeal_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID|REFERENCE", help="a case, or the reference of a refused upload")
    parser.add_argument("--note", default="", metavar="TEXT", help="what the person says")


DECIDE = Command("decide", "decide cases, several together as one", _decide, _decide_arguments)
UNDO = Command("undo", "take a decision back, with all that was decided with it", _undo, _undo_arguments)
NOTE = Command("note", "write a note into a case", _note, _note_arguments)
APPEAL = Command("appeal", "somebody asks for another decision", _appeal, _appeal_arguments)
