"""The settings that an operator may change while the bridge runs, and what each takes. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TIME = r"([01]\d|2[0-3]):[0-5]\d"


@dataclass(frozen=True, slots=True)
class Takes:
    """`words` says what it takes. A number lies from `least` to `most`, a text fits `pattern`; `choices` are
    the usual ones, all there are where there is neither.
    """

    words: str
    choices: tuple[str, ...]
    least: int = 0
    most: int = 0
    pattern: str = ""

    @property
    def is_number(self) -> bool:
        return self.most > 0

    def fits(self, value: str) -> bool:
        if self.is_number:
            return re.fullmatch(r"\d{1,9}", value) is not None and self.least <= int(value) <= self.most
        return re.fullmatch(self.pattern, value) is not None if self.pattern else value in self.choices


CHANGEABLE: Mapping[str, Takes] = {
    "deciding.undo_seconds": Takes(
        "10 to 600 seconds", ("10", "20", "30", "60", "120", "300", "600"), least=10, most=600
    ),
    "deciding.later_hours": Takes(
        "1 to 720 hours", ("1", "4", "12", "24", "48", "72", "168"), least=1, most=720
    ),
    "pictures.reveals_a_day": Takes("0 to 1000", ("0", "3", "5", "10", "20", "50"), most=1000),
    "pictures.child_safety": Takes("never or ask", ("never", "ask")),
    "alarms.quiet": Takes(
        "hours like 22:00-07:00",
        ("22:00-07:00", "23:00-06:00", "20:00-08:00", "00:00-00:00"),
        pattern=f"{_TIME}-{_TIME}",
    ),
    "alarms.digest": Takes(
        "a day and time like mon 08:00",
        ("mon 08:00", "sat 08:00", "sun 18:00"),
        pattern=f"(mon|tue|wed|thu|fri|sat|sun) {_TIME}",
    ),
    "alarms.self_test": Takes("a time like 03:00", ("03:00", "04:00", "12:00"), pattern=_TIME),
}
"""What is written down in the log where it is changed: no setting here may hold an address or a name."""
