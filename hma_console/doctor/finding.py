"""What a check of `doctor` found: one line, and what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`LOOK` is no fault by itself: somebody should know it."""

    OK = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is what was looked at, a word; `is_unreachable` where something outside does not answer."""

    about: str
    level: Level
    what: str
    remedy: str = ""
    is_unreachable: bool = False


Findings = Sequence[Finding]
Check = Callable[[], Awaitable[Findings]]


def ok(about: str, what: str) -> Finding:
    return Finding(about, Level.OK, what)


def look(about: str, what: str, remedy: str) -> Finding:
    return Finding(about, Level.LOOK, what, remedy)


def bad(about: str, what: str, remedy: str) -> Finding:
    return Finding(about, Level.BAD, what, remedy)


def unreachable(about: str, what: str, remedy: str) -> Finding:
    return Finding(about, Level.BAD, what, remedy, is_unreachable=True)
