"""The one table of keys. One key has one meaning on every screen.

A key that cannot work now is drawn dim and says why when pressed; the action `later` is one that
never works in this version. Lower case can be undone, a capital asks for a typed word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.binding import Binding
from textual.keys import format_key


def _hidden(key: str, action: str, words: str) -> Binding:
    return Binding(key, action, words, show=False, id=action.split("(")[0])


def _later(key: str, words: str, what: str, name: str = "") -> Binding:
    return Binding(
        key, f"later({what!r})", words, id=name or words.replace(" ", "-"), key_display=_shown(key)
    )


def _decide(key: str, choice: str, words: str, tooltip: str) -> Binding:
    return Binding(key, f"decide('{choice}')", words, id=words.replace(" ", "-"), tooltip=tooltip)


def _shown(key: str) -> str:
    return {"space": "Space", "asterisk": "*"}.get(key, key)


SCREENS: Mapping[str, tuple[int, str]] = {
    "home": (1, "Home"),
    "queue": (2, "Queue"),
    "feed": (3, "Feed"),
    "actions": (4, "Actions"),
    "banks": (5, "Banks"),
    "pds": (6, "PDS"),
    "log": (7, "Log"),
    "policy": (8, "Policy"),
    "settings": (9, "Settings"),
}
"""All tabs by name, with digit and title."""

MOVES = [
    _hidden("up,k", "up", "up"),
    _hidden("down,j", "down", "down"),
    _hidden("pageup", "page_up", "a page up"),
    _hidden("pagedown", "page_down", "a page down"),
    _hidden("home", "first", "to the top"),
    _hidden("end", "last", "to the end"),
]
OPEN = Binding(
    "enter", "open", "open", id="open", key_display="Enter", tooltip="Opens what the cursor is on."
)

EVERYWHERE = [
    Binding("slash", "find", "find", id="find", key_display="/", tooltip="Shows only rows with your words."),
    Binding(
        "colon,ctrl+p",
        "command_palette",
        "commands",
        id="commands",
        key_display=":",
        tooltip="All commands, by name.",
    ),
    Binding(
        "question_mark",
        "help",
        "help",
        id="help",
        key_display="?",
        tooltip="The keys of this screen, and what it shows.",
    ),
    Binding("q,ctrl+q", "leave", "quit", id="quit", key_display="q", tooltip="Leaves the console."),
    Binding(
        "exclamation_mark",
        "trouble",
        "go to the trouble",
        id="trouble",
        key_display="!",
        show=False,
        tooltip="Opens the screen of the trouble.",
    ),
    Binding(
        "u", "undo", "undo", id="undo", show=False, tooltip="Takes the newest decision back; reopens a case."
    ),
    *(
        Binding(str(digit), f"go('{name}')", title, show=False, id=name)
        for name, (digit, title) in SCREENS.items()
    ),
]

BACK = Binding(
    "escape", "back", "back", id="back", key_display="Esc", show=False, tooltip="Closes, or shows all again."
)
ONLY = Binding("o", "only", "only", id="only", tooltip="Cycles what the list shows.")
AGAIN = Binding("a", "again", "try again", id="again", show=False, tooltip="Reads what is shown anew.")
COPY = Binding("y", "copy", "copy", id="copy", tooltip="Copies DID, CID or id; never a list's value.")

REVEAL = Binding(
    "v", "reveal", "reveal", id="reveal", tooltip="Shows the picture while you hold it: small, grey, blurred."
)

HOME = [
    Binding("s", "self_test", "test now", id="test-now", tooltip="A picture of ours goes all the way."),
    _later("x", "export a report of this month", "The month's report", "export"),
    AGAIN,
]
FEED = [
    Binding("o", "only", "only what matters", id="only", tooltip="All uploads, or all but no match."),
    _later("w", "who else", "Looking who else has it"),
    _later("h", "history", "An account's history"),
    COPY,
    AGAIN,
]
BANKS = [
    Binding(
        "i", "import", "import or add", id="import", tooltip="A new bank, a hash, a picture or a list file."
    ),
    Binding("s", "update", "update now", id="update-now", tooltip="Reads the list that fills the bank now."),
    Binding("g", "programmes", "get lists", id="programmes", tooltip="Who shares lists; connects one."),
    ONLY,
    Binding("x", "export", "export", id="export", tooltip="Writes an own bank's hashes to a file."),
    Binding(
        "X",
        "remove",
        "remove",
        id="remove",
        tooltip="Disconnects its list, else removes the bank; a name must be typed.",
    ),
    AGAIN,
]
PDS = [
    Binding("a", "again", "try again", id="again", tooltip="What waits for the PDS is tried now."),
    Binding("s", "compare", "compare now", id="compare", tooltip="Looks through all accounts of the PDS."),
    _later("h", "history", "An account's history"),
    COPY,
]
DECIDING = [
    _decide("t", "takedown", "picture", "Takes the picture down; u brings it back."),
    _decide("p", "takedown_record", "post", "Takes the post down with its pictures."),
    _decide("A", "takedown_account", "account", "Takes the account down; its name must be typed."),
    _decide("r", "release", "release", "Lets it be; what was held comes back."),
    _decide("f", "remember", "false match", "Releases for good: never matched like this again."),
    _decide("e", "escalate", "escalate", "For somebody else, or more than can be done here."),
    _decide("z", "later", "later", "Puts it off; it comes back by itself."),
]
NOTE = Binding("c", "note", "note", id="note", tooltip="Writes a note into the case.")
OWN_BANK = Binding("b", "own_bank", "own bank", id="own-bank", tooltip="Its hashes go into a bank of yours.")
WHO_ELSE = Binding("w", "who_else", "who else", id="who-else", tooltip="Which accounts else have it.")
HISTORY = Binding("h", "history", "history", id="history", tooltip="What the account did before.")
SELECT = Binding(
    "space", "select", "select", id="select", key_display="Space", tooltip="Takes this one among those meant."
)
ALL_ALIKE = Binding(
    "asterisk", "all_alike", "all alike", id="all-alike", key_display="*", tooltip="Selects all alike."
)
LABEL = _later("l", "label", "Labelling")
EXPORT = _later("x", "export", "Exporting a case")
DRAFT = _later("d", "report", "Drafting a report")
QUEUE = [
    *DECIDING,
    SELECT,
    ALL_ALIKE,
    ONLY,
    *(replace(one, show=False) for one in (NOTE, OWN_BANK, WHO_ELSE, HISTORY, LABEL, DRAFT)),
    Binding("y", "copy", "copy", id="copy", show=False, tooltip="Copies the account's DID or the case's id."),
    EXPORT,
    AGAIN,
]
CASE = [
    *DECIDING,
    REVEAL,
    WHO_ELSE,
    HISTORY,
    NOTE,
    DRAFT,
    Binding("n", "next_case", "next", id="next", tooltip="Opens the next case; this one waits."),
    *(replace(one, show=False) for one in (SELECT, ALL_ALIKE, OWN_BANK, LABEL, EXPORT)),
    Binding("y", "copy", "copy", id="copy", show=False, tooltip="Copies the account's DID or the case's id."),
    AGAIN,
]
LOG = [
    Binding("s", "check", "check now", id="check", tooltip="Hashes every entry again; goes on if you leave."),
    Binding("x", "export", "export", id="export", tooltip="A bundle that anyone can verify."),
    Binding("K", "unlock", "unlock", id="unlock", tooltip="Opens the log's key, or makes it."),
    Binding("X", "stop", "stop it", id="stop", show=False, tooltip="Stops the check or export under way."),
    ONLY,
    Binding("y", "copy", "copy", id="copy", tooltip="Copies the key's fingerprint, else the entry's hash."),
    AGAIN,
]

POLICY = [
    Binding(
        "left", "farther(-1)", "change", id="nearer", key_display="← →", tooltip="Tries another distance."
    ),
    Binding("right", "farther(1)", "farther", id="farther", show=False),
    Binding("s", "compare", "compare now", id="compare", tooltip="Compares with what is stored by now."),
    Binding("S", "put", "put in force", id="put", tooltip="The try becomes the rule; its bank is typed."),
    Binding("X", "discard", "discard", id="discard", tooltip="Forgets the try; its bank is typed."),
    AGAIN,
]
ACTIONS = [
    Binding("a", "again", "try again", id="again", tooltip="Tries it again now, or reads all anew."),
    Binding("X", "drop", "drop", id="remove", tooltip="Gives it up for good; a word must be typed."),
    _later("Y", "second yes", "A second yes"),
    Binding("o", "only", "only open, failed", id="only", tooltip="Cycles all, open and failed ones."),
    replace(COPY, show=False),
]
SETTINGS = [
    Binding("left", "choose(-1)", "choose", id="nearer", key_display="← →", tooltip="Chooses a value."),
    Binding("right", "choose(1)", "choose", id="farther", show=False),
    Binding("s", "test", "test this", id="test", tooltip="Asks the PDS, and says how it is."),
    Binding("K", "unlock", "unlock", id="unlock", tooltip="Opens the log's key, or makes it."),
    Binding("X", "discard", "take back", id="discard", tooltip="Forgets a change made here; it is typed."),
    Binding("y", "copy", "copy", id="copy", tooltip="Copies the value."),
    AGAIN,
]

_EACH = [*EVERYWHERE, BACK, OPEN, *MOVES]
SCOPES: Mapping[str, list[Binding]] = {
    "home": [*_EACH, *HOME],
    "queue": [*_EACH, *QUEUE],
    "case": [*_EACH, *CASE],
    "feed": [*_EACH, *FEED],
    "actions": [*_EACH, *ACTIONS],
    "banks": [*_EACH, *BANKS],
    "pds": [*_EACH, *PDS],
    "log": [*_EACH, *LOG],
    "policy": [*_EACH, *POLICY],
    "settings": [*_EACH, *SETTINGS],
}
"""The keys that work together, by screen."""


def shown(binding: Binding | str) -> str:
    """How a key is written on the screen: `?`, `Space`, `^t`."""
    if isinstance(binding, Binding) and binding.key_display:
        return binding.key_display
    key = binding if isinstance(binding, str) else binding.key
    return _shown(key) if _shown(key) != key else format_key(key)


def reason_against(action: str, parameters: tuple[object, ...]) -> str:
    """Why no screen of this version can do it; empty for what can be done."""
    return f"{parameters[0]} comes with a later version." if action == "later" else ""
