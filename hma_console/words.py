"""Values as they are shown: each in one way, everywhere.

What strangers wrote (handles, file names, addresses) passes through `safe` before it reaches a
screen: it can neither move the cursor nor reorder, hide or colour what stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len, chop_cells

from bridge.spoken import count as count
from bridge.spoken import counted as counted
from bridge.spoken import duration
from bridge.spoken import entry as entry
from bridge.verdicts import Reason

_SECOND, _DAY = 1_000, 86_400_000
_HIDING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by their category, yet drawn as nothing."""
_BARS = "▁▂▃▄▅▆▇█"


def _is_drawn(char: str) -> bool:
    category = unicodedata.category(char)
    if char == " ":
        return True
    if category[0] in "CZ" or category == "Me" or char in _HIDING:
        return False
    return not (0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF)


def safe(text: str) -> str:
    r"""The text with control, bidirectional, zero-width and odd space characters as `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if _is_drawn(char) else f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
        for char in text
    )


def middle_cut(text: str, width: int) -> str:
    """At most `width` cells, the middle replaced by `…`: both ends of a name tell it apart.

    What was cut before is cut again at the same place.
    """
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    begin, end = text.partition("…")[0], text.rpartition("…")[2]
    head = _begin(begin, max(width // 2, width - 1 - cell_len(end)))
    return f"{head}…{_begin(end[::-1], width - 1 - cell_len(head))[::-1]}"


def _begin(text: str, width: int) -> str:
    return chop_cells(text, width)[0] if text and width > 0 else ""


def end_cut(text: str, width: int) -> str:
    """At most `width` cells, the end replaced by `…`."""
    if cell_len(text) <= width:
        return text
    return chop_cells(text, width - 1)[0] + "…" if width > 1 else "…"


def age(then: int, now: int) -> str:
    """How long ago, for columns headed *age*: `12 s`, `5 min`, `3 h`, `2 days`, then the day."""
    passed = now - then
    return duration(passed) if passed < 14 * _DAY else day(then)


def ago(then: int, now: int) -> str:
    """How long ago, in a sentence: `12 s ago`; from 14 days on `on 2026-10-02`."""
    words = age(then, now)
    return f"on {words}" if now - then >= 14 * _DAY else f"{words} ago"


def day(then: int) -> str:
    return f"{_local(then):%Y-%m-%d}"


def clock(then: int) -> str:
    """The time of day where the console runs."""
    return f"{_local(then):%H:%M:%S}"


def moment(then: int) -> str:
    """A day and time in UTC, as the log and its exports write it: `2026-11-21 12:04:31 UTC`."""
    return f"{datetime.fromtimestamp(then / _SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _local(then: int) -> datetime:
    return datetime.fromtimestamp(then / _SECOND, _shown_in[0]).astimezone(_shown_in[0])


_shown_in: list[tzinfo | None] = [None]


def show_times_in(zone: tzinfo | None) -> None:
    """Days and times of day are shown in that zone from now on, in this process; None for the machine's."""
    _shown_in[0] = zone


def size(number: int) -> str:
    """Bytes as `412 kB`, in powers of ten as file managers do."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= step:
            value = number / step
            return f"{value:.0f} {unit}" if value >= 10 or unit == "kB" else f"{value:.1f} {unit}"
    return f"{number} bytes"


def did(text: str) -> str:
    """`did:plc:abcd…wxyz`: the method, then four letters of each end."""
    head, _, name = safe(text).rpartition(":")
    return f"{head}:{name[:4]}…{name[-4:]}" if head and len(name) > 9 else safe(text)


def cid(text: str) -> str:
    shown = safe(text)
    return f"{shown[:4]}…{shown[-4:]}" if len(shown) > 9 else shown


def handle(text: str) -> str:
    return middle_cut(safe(text), 24)


def quality(number: int) -> str:
    return f"quality {number} {'poor' if number < 50 else 'fair' if number < 70 else 'good'}"


def reason(text: str) -> str:
    """Why an upload was not checked, in words; what is no such name is in words already."""
    return Reason(text).words if text in set(Reason) else safe(text)


def report_reason(reason_type: str) -> str:
    """`child safety csam` of `tools.ozone.report.defs#reasonChildSafetyCSAM`."""
    name = safe(reason_type).rpartition("#")[2].removeprefix("reason")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() or "not given"


def reported(reporters: int, reason_type: str) -> str:
    """`reported by 2 · reason spam`; the reason is the newest."""
    return f"reported by {reporters:,} · reason {report_reason(reason_type)}"


def media(media_type: str) -> str:
    """`JPEG` of `image/jpeg`."""
    kind, _, name = safe(media_type).partition("/")
    if name in ("", "octet-stream"):
        return "unknown type"
    return name.upper() if kind == "image" else f"{name} {kind}".strip()


def bars(counts: Sequence[int]) -> str:
    """One bar a count, the highest full; nothing at all is told apart from little."""
    top = max(counts, default=0)
    return "".join(" " if not one else _BARS[min(7, one * 7 // top)] for one in counts)


def short_ids(ids: Iterable[str]) -> dict[str, str]:
    """The first four letters of each, more where two begin alike."""
    ordered = sorted(set(ids))
    around = zip(["", *ordered], ordered, [*ordered[1:], ""], strict=False)
    return {
        one: one[: max(4, _alike(one, before) + 1, _alike(one, after) + 1)] for before, one, after in around
    }


def _alike(one: str, other: str) -> int:
    """How many letters they begin with alike; neighbours in order are the most alike."""
    alike = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        alike += 1
    return alike
