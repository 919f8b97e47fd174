"""What the Log screen asks: the passphrase, what to export and where to."""

from __future__ import annotations

from pathlib import Path

from bridge.errors import InputError
from hma_console.screens.dialogs import Choice, Field, Form

SHORTEST = 12
SHOWN = ("account", "record", "sender", "bank", "name", "note")
"""What is disclosed where names are shown; digests are only where they are chosen."""
NAMES = ("account", "record", "content", "sender", "bank", "name", "note", "uploads")
"""What can be disclosed; values of child-safety banks never are, whatever is asked for."""


def unlock(title: str = "Unlock the log's key") -> Form[str]:
    return Form(title, (Field("Passphrase", is_secret=True),), lambda typed: _some(typed[0]))


def new_keys() -> Form[str]:
    """Asked for twice: a slip of a key would lock it for ever."""
    fields = (
        Field("A new passphrase for the keys that sign the log; keep it on paper", is_secret=True),
        Field("The same again", is_secret=True),
    )
    return Form("Make the log's keys", fields, _twice)


def what_to_export(case: str) -> Choice:
    """`case` is the short id of the case under the cursor, empty where there is none."""
    whats = [("case", f"case {case}")] if case else []
    return Choice(
        "Export; pictures and child-safety values never leave",
        [
            (f"{what}-{shown}", f"{words}, {says}")
            for what, words in (*whats, ("all", "the whole log"))
            for shown, says in (
                ("hidden", "names hidden"),
                ("shown", "names shown"),
                ("chosen", "names chosen"),
            )
        ],
    )


def which_names() -> Form[tuple[str, ...]]:
    """Fields of the openings to disclose, one by one."""
    label = f"Shown, of: {' '.join(NAMES)}"
    return Form("Names shown in the export", (Field(label, "bank"),), lambda typed: _names(typed[0]))


def where_to(initial: str) -> Form[Path]:
    return Form(
        "Write it to a new folder, or a .zip, on the bridge's machine",
        (Field("Path", initial),),
        lambda typed: _path(typed[0]),
    )


def _some(text: str) -> str:
    if not text:
        raise InputError("The passphrase is empty.")
    return text


def _twice(typed: list[str]) -> str:
    if len(typed[0]) < SHORTEST:
        raise InputError(f"At least {SHORTEST} characters.", "Take five random words.")
    if typed[0] != typed[1]:
        raise InputError("The two are not the same.")
    return typed[0]


def _names(text: str) -> tuple[str, ...]:
    chosen = tuple(text.replace(",", " ").split())
    if unknown := [each for each in chosen if each not in NAMES]:
        raise InputError(f"There is no {unknown[0][:20]}.", f"There are: {' '.join(NAMES)}.")
    return chosen


def _path(text: str) -> Path:
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise InputError("The path does not begin with /.")
    return path
