"""What the bridge answers of banks that are mirrored to HMA, or read from it."""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import BankRow, Body


@dataclass(frozen=True, slots=True)
class BankList:
    """All banks, and whether the bridge has an HMA."""

    rows: tuple[BankRow, ...]
    has_hma: bool

    @classmethod
    def parse(cls, body: Body) -> BankList:
        return cls(body.many("banks", BankRow.parse), body.flag("hma"))


@dataclass(frozen=True, slots=True)
class MirrorSlice:
    """What one slice put into HMA; the next one begins after `next`."""

    there: str
    added: int
    already: int
    removed: int
    left: int
    next: int
    is_done: bool

    @classmethod
    def parse(cls, body: Body) -> MirrorSlice:
        return cls(
            there=body.text("there"),
            added=body.number("added"),
            already=body.number("already"),
            removed=body.number("removed"),
            left=body.number("left"),
            next=body.number("next"),
            is_done=body.flag("done"),
        )


@dataclass(frozen=True, slots=True)
class PullSlice:
    """What one slice read from HMA: `seen` of the `stored` hashes of all its banks."""

    added: int
    already: int
    seen: int
    stored: int
    is_done: bool
    is_whole: bool

    @classmethod
    def parse(cls, body: Body) -> PullSlice:
        return cls(
            added=body.number("added"),
            already=body.number("already"),
            seen=body.number("seen"),
            stored=body.number("stored"),
            is_done=body.flag("done"),
            is_whole=body.flag("whole"),
        )
