"""All settings as lines: the operator's own, the bridge's, and what only can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from bridge.origins import Source
from hma_console.bridge_settings import SettingRow
from hma_console.preferences import AUTO, CHOICES, FILE_NAME, Preferences
from hma_console.status import Status
from hma_console.words import counted, safe

DRAW = "pictures.draw"
"""The bridge has a setting of this name too: it holds for whoever chose nothing."""


class Kind(Enum):
    OWN = "own"
    """The operator's own, kept for one person."""
    LIVE = "live"
    """The bridge's, changed while it runs."""
    FIXED = "fixed"
    """The bridge's, read when it starts."""
    SEEN = "seen"
    """No setting, but how something is."""


@dataclass(frozen=True, slots=True)
class SettingLine:
    """`more` stands beside the value; `about` says what it is, `origin` where it is from, `change` how it is
    changed. `is_here` where the bridge's was changed while it runs.
    """

    name: str
    group: str
    label: str
    value: str
    kind: Kind
    more: str = ""
    about: str = ""
    origin: str = ""
    change: str = ""
    choices: tuple[str, ...] = ()
    takes: str = ""
    is_here: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind.value}:{self.name}"

    def step(self, now: str, by: int) -> str:
        """The choice beside `now`; the nearest number where it is none of them."""
        if now in self.choices:
            return self.choices[(self.choices.index(now) + by) % len(self.choices)]
        numbers = [one for one in self.choices if one.isdigit()]
        if now.isdigit() and numbers:
            below = [one for one in numbers if int(one) < int(now)]
            above = [one for one in numbers if int(one) > int(now)]
            return (above or numbers[-1:])[0] if by > 0 else (below or numbers[:1])[-1]
        return self.choices[0] if self.choices else now


_OWN = (
    ("look.theme", "Look", "theme", "How the console looks."),
    ("look.symbols", "Look", "symbols", "Signs of Unicode, or plain ASCII."),
    ("look.clock", "Look", "clock", "Times of day as here, or in UTC as the log writes them."),
    (DRAW, "Pictures", "draw with", "How a picture is drawn that you reveal."),
)
_BRIDGE: Mapping[str, tuple[str, str, str]] = {
    "pictures.reveals_a_day": ("Pictures", "reveals a day", "After so many a person pauses between looks."),
    "pictures.child_safety": ("Pictures", "child safety", "Whether such a picture can be looked at, at all."),
    "deciding.undo_seconds": (
        "Deciding",
        "undo window",
        "What cannot be reversed waits so long; u undoes it meanwhile.",
    ),
    "deciding.later_hours": ("Deciding", "later", "Hours for which later puts a case off."),
    "operator.appeal": ("Deciding", "appeals go to", "Stands in what is told to whose upload was stopped."),
    "matcher.kind": ("Matching", "compared by", "The lists here, an HMA, or both."),
    "matcher.hma_url": ("Matching", "HMA", "Hashes are looked up there."),
    "matcher.hma_hashes": ("Matching", "HMA hashes", "Whether each uploaded picture leaves for HMA, too."),
    "matcher.hma_headers": ("Matching", "sent to HMA", "Headers beside its token, by their names."),
    "matcher.hma_seconds": ("Matching", "HMA waits", "Longest that an upload waits for HMA."),
    "matcher.arachnid": ("Matching", "Arachnid", "Arachnid Shield is asked, too; g at Banks tells of it."),
    "pds.url": ("PDS", "address", "The PDS that is guarded."),
    "pds.mode": ("PDS", "watched", "Whether its files are fetched and compared."),
    "pds.mod_did": ("PDS", "mod service", "Its DID, where this bridge is the PDS's mod service."),
    "gate.mode": ("PDS", "gate", "What the gate does with matches before they are let in."),
    "gate.fail": ("PDS", "if unchecked", "What the gate does with what cannot be checked now."),
    "gate.public_url": ("PDS", "from outside", "Where uploads come in; the self-test goes there."),
    "labels.watch": ("PDS", "labelers", "Their labels on your accounts open cases."),
    "webhooks.apps": ("Partners", "apps told", "They hear what is decided of their uploads."),
    "webhooks.url": ("Alarms", "webhook", "Where alarms, cases and decisions are told to you."),
    "alarms.quiet": ("Alarms", "quiet hours", "Only the worst is told in them."),
    "alarms.digest": ("Alarms", "digest", "When the week is told in numbers."),
    "alarms.self_test": ("Alarms", "self-test", "When a picture of ours goes all the way."),
    "log.head_copy": ("Log", "copied to", "The log's head outside, best on another disk."),
    "log.timestamp_url": ("Log", "time stamps", "A service that stamps the log's head once a day."),
    "operator.country": ("Evidence", "country", "Whose law says what evidence is kept."),
    "vault.max_bytes": ("Evidence", "at most", "Bytes of evidence kept."),
    "bridge.host": ("Bridge", "address", "Where apps reach it."),
    "bridge.port": ("Bridge", "port", "Where apps reach it."),
    "fetch.allow": ("Bridge", "may fetch", "Hosts that may be fetched from though not public."),
}
_GROUPS = (
    *("Look", "Pictures", "Deciding", "Matching", "PDS", "Partners"),
    *("Alarms", "Keys", "Log", "Evidence", "Bridge", "Limits"),
)
_ALONE = "Kept for you alone; other operators keep theirs."
_UNITS = {"deciding.undo_seconds": " s", "deciding.later_hours": " h", "matcher.hma_seconds": " s"}
_FLAGS = {"true": "yes", "false": "no"}
_KEYS = {
    "open": "✓ unlocked",
    "signing": "✓ unlocked to sign",
    "locked": "▲ locked, K unlocks",
    "missing": "▲ none yet, K makes one",
}


def setting_lines(
    rows: Sequence[SettingRow], own: Preferences, status: Status | None
) -> tuple[SettingLine, ...]:
    """In the order of the groups."""
    lines = [*_own(rows, own), *map(_line, (row for row in rows if row.name != DRAW)), *_seen(own, status)]
    return tuple(sorted(lines, key=_place))


def _place(line: SettingLine) -> tuple[int, int]:
    """Groups in their order; in each one's own first, then the bridge's as they are told here."""
    names = [*(name for name, *_ in _OWN), *_BRIDGE]
    return _GROUPS.index(line.group), names.index(line.name) if line.name in names else len(names)


def shown_value(name: str, value: str) -> str:
    """With its unit; an address without what may be a secret in its path, a header by its name alone."""
    if not value:
        return "none"
    if name == "matcher.hma_headers":
        return safe(", ".join(f"{header.partition(':')[0]}: …" for header in value.split(", ")))
    if "://" in value and " " not in value:
        parts = urlsplit(value)
        rest = "/…" if parts.path.strip("/") or parts.query else ""
        return safe(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{rest}")
    return safe(f"{_FLAGS.get(value, value)}{_UNITS.get(name, '')}")


def _own(rows: Sequence[SettingRow], own: Preferences) -> Iterator[SettingLine]:
    draw = next((row.value for row in rows if row.name == DRAW), AUTO)
    for name, group, label, about in _OWN:
        value, choices = own.value(name), CHOICES[name]
        yield SettingLine(
            name=name,
            group=group,
            label=label,
            value=value or draw,
            kind=Kind.OWN,
            more=" ".join(choice for choice in choices if choice),
            about=about,
            origin=_ALONE if value else "You chose none: what config.toml says for all holds.",
            change="← → change it at once.",
            choices=choices,
        )


def _line(row: SettingRow) -> SettingLine:
    section, _, key = row.name.partition(".")
    group, label, about = _BRIDGE.get(row.name, ("Limits", key.replace("_", " "), _limit(section)))
    kind = Kind.LIVE if row.can_change else Kind.FIXED
    return SettingLine(
        name=row.name,
        group=group,
        label=label,
        value=row.value,
        kind=kind,
        more=" ".join(row.choices) if row.choices and not row.takes[:1].isdigit() else row.takes,
        about=about,
        origin=_origin(row),
        change=_change(row, section, key),
        choices=row.choices,
        takes=row.takes,
        is_here=row.source is Source.HERE,
    )


def _limit(section: str) -> str:
    return "Bounds what one upload, and all together, may cost." if section == "limits" else ""


def _origin(row: SettingRow) -> str:
    match row.source:
        case Source.DEFAULT:
            return "It is the default."
        case Source.FILE:
            return f"From {safe(row.place)}."
        case Source.ENVIRONMENT:
            return f"From the environment: {safe(row.place)}."
        case Source.COMMAND_LINE:
            return "From the command line: --set."
        case Source.HERE:
            who = safe(row.place.partition(":")[2] or row.place)
            before = shown_value(row.name, row.started_with)
            return f"Changed here by {who}; before it was {before}. X takes it back."


def _change(row: SettingRow, section: str, key: str) -> str:
    if row.can_change:
        return f"← → choose, Enter puts it in force at once; logged. Takes {row.takes}."
    return f"Set {key} under [{section}] in config.toml; holds from the next start."


def _seen(own: Preferences, status: Status | None) -> Iterator[SettingLine]:
    mine = counted(len(own.keys), "key") + " of your own" if own.keys else "as delivered"
    yield SettingLine(
        "keys",
        "Look",
        "key map",
        mine,
        Kind.SEEN,
        f"[keys] in {FILE_NAME}",
        "Which key does what.",
        _ALONE,
        f"Write it under [keys] in {FILE_NAME}; holds when the console opens next.",
    )
    later = "with a later version"
    yield SettingLine("second", "Deciding", "second person", "no", Kind.SEEN, "a second yes: later")
    yield SettingLine("others", "Partners", "others", "Ozone", Kind.SEEN, later)
    if status is not None:
        value = _KEYS.get(status.log.keys, safe(status.log.keys))
        about = "It signs the log and opens what is sealed."
        yield SettingLine("log key", "Keys", "log key", value, Kind.SEEN, "", about)
