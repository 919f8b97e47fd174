"""Verdicts: what the bridge says of an upload, and the matches it says it by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.catalogue import Bank
from bridge.errors import NotChecked
from bridge.signals import EXACT_TYPES, UPRIGHT, OtherType, SignalType, ViewName


class Verdict(StrEnum):
    """How an upload ended. Nothing is ever called clean."""

    MATCHED = "matched"
    NO_MATCH = "no_match"
    NOT_CHECKED = "not_checked"
    UNHASHABLE = "unhashable"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Reason(StrEnum):
    """Why an upload was not checked."""

    NO_LIST = "no_list"
    INDEX_NOT_READY = "index_not_ready"
    MATCHER_DOWN = "matcher_down"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BUSY = "busy"
    NOT_FETCHED = "not_fetched"
    GONE = "gone"
    PAUSED = "paused"

    @property
    def words(self) -> str:
        return {
            "no_list": "no list is connected",
            "index_not_ready": "the index is being built",
            "matcher_down": "the matcher does not answer",
            "too_large": "larger than is checked here",
            "too_slow": "took too long to decode",
            "busy": "too many at once",
            "not_fetched": "the PDS did not give it",
            "gone": "gone from the PDS before it was fetched",
            "paused": "the bridge was paused",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Match:
    """One bank entry near one signal of an upload.

    `quality` is the lower of both sides', None where only an exact signal matched or neither is
    known. `cancelled_by` names the allow bank that took the match back. Of a type that only an HMA knows
    the distance is the largest, for nobody here can say it; `hma_type` is HMA's name of it.
    """

    bank: Bank
    entry_id: int
    content_id: int
    signal_type: SignalType | OtherType
    value: bytes
    distance: int
    quality: int | None = None
    view: ViewName = UPRIGHT
    against: int | None = None
    """For an entry of an allow bank: the block entry it was made against."""
    cancelled_by: str = ""
    retroactive: bool = False
    """Whether it was found later, when the list grew."""
    hma_type: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether the entry is an HMA's: its number is below zero then, and its value is not known here."""
        return self.entry_id < 0

    @property
    def is_exact(self) -> bool:
        return self.signal_type in EXACT_TYPES

    @property
    def likeness(self) -> str:
        """The distance in words: the number decides, fair or poor quality lowers it by a step."""
        if self.is_exact:
            return "the very same bytes"
        if self.hma_type:
            return f"{_WEAK}: by HMA's {self.hma_type}"
        steps = ("same picture", "near-certain copy", "likely copy", _WEAK)
        step = 0 if self.distance == 0 else 1 if self.distance <= 10 else 2 if self.distance <= 20 else 3
        if self.quality is not None and self.quality < 70:
            step = min(step + 1, 3)
        return steps[step]


_WEAK = "weak, look closer"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A matcher's answer: the matches found, and the names of the block banks that were asked.

    `unchecked` says why not everything could be compared; then only a match means anything. `through`
    is the newest of our own entries that was surely compared, None where the matcher cannot say.
    """

    matches: tuple[Match, ...]
    banks: tuple[str, ...]
    unchecked: NotChecked | None = None
    through: int | None = None
