"""What the Log screen asks: the passphrase, what to export and where to."""

from __future__ import annotations

from pathlib import Path

from bridge.errors import InputError
from hma_console.screens.dialogs import Choice, Field, Form

SHORTEST = 12


def unlock() -> Form[str]:
    return Form("Unlock the log's key", (Field("Passphrase", is_secret=True),), lambda typed: _some(typed[0]))


def new_keys() -> Form[str]:
    """Asked for twice: a slip of a key would lock it for ever."""
    fields = (
        Field("A new passphrase for the keys that sign the log; keep it on paper", is_secret=True),
        Field("The same again", is_secret=True),
    )
    return Form("Make the log's keys", fields, _twice)


def what_to_export(case: str) -> Choice:
    """`case` is the short id of the case under the cursor, empty where there is none."""
    one = [("case", f"case {case}, names hidden"), ("case-names", f"case {case}, names shown")]
    return Choice(
        "Export",
        [
            *(one if case else []),
            ("all", "the whole log, names hidden"),
            ("all-names", "the whole log, names shown"),
        ],
    )


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


def _path(text: str) -> Path:
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise InputError("The path does not begin with /.")
    return path
