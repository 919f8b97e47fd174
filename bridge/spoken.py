"""Numbers and spans of time as sentences say them, here and on the screens alike. Pure."""

from __future__ import annotations

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


def duration(ms: int) -> str:
    """`12 s`, `5 min`, `3 h`, `1 day`, `23 days`."""
    passed = max(0, ms)
    if passed < _MINUTE:
        return f"{passed // _SECOND} s"
    if passed < _HOUR:
        return f"{passed // _MINUTE} min"
    if passed < _DAY:
        return f"{passed // _HOUR} h"
    return "1 day" if passed < 2 * _DAY else f"{passed // _DAY} days"


def count(number: int) -> str:
    """`48,112`, and from a million on `1.2M`."""
    return f"{number:,}" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 upload`, `3 uploads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def entry(number: int) -> str:
    """`entry 12` of a bank; one below zero is a content of an HMA's: `HMA's content 12`."""
    return f"entry {number}" if number >= 0 else f"HMA's content {-number}"
