"""What another policy would have made of what matched before: pure, over stored distances.

A case would have been opened where one of its matches still acts. What a person said of it since then
tells whether it had been right to leave it out. Farther than the policy of that time reached, nothing
was stored: how much more a wider one would match, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.catalogue import LARGEST_THRESHOLD, Bank, Mode, OnMatch, Role
from bridge.policy import reach
from bridge.signals import ViewName

DAYS = 90
"""How far back is looked."""


class Fate(StrEnum):
    """What became of a case: it waits, or a person took something down, or let it go."""

    WAITING = "waiting"
    TAKEN_DOWN = "taken down"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """A match as it was stored with an upload of a case; the very same bytes are at distance 0, upright."""

    case_id: str
    bank_id: int
    distance: int
    quality: int | None
    view: ViewName


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store has of one bank's matches: of how many uploads they are, how many lie at each distance
    from 0 to 31, and the cases, with every match they have.
    """

    uploads: int
    distances: tuple[int, ...]
    matches: Sequence[StoredMatch]
    fates: Mapping[str, Fate]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the rules `after` would have released of what the rules `before` ask a person about.

    `decided` and `taken_down` count all cases that a person decided so; `released` and `missed` those of
    them that would not have been opened: rightly, as that person released them, and wrongly. `waiting`
    are the cases that wait now and would be released.
    """

    before: Bank
    after: Bank
    uploads: int
    distances: tuple[int, ...]
    decided: int
    taken_down: int
    released: int
    missed: int
    waiting: tuple[str, ...]


def simulate(before: Bank, after: Bank, banks: Iterable[Bank], seen: Seen) -> Simulated:
    """Compares two policies of one bank; the other `banks` stay as they are."""
    rules = {bank.id: bank for bank in banks}
    was = _asked(seen.matches, {**rules, before.id: before})
    will = _asked(seen.matches, {**rules, after.id: after})
    fates = [(case, seen.fates[case]) for case in sorted(was) if case in seen.fates]
    gone = [(case, fate) for case, fate in fates if case not in will]
    return Simulated(
        before,
        after,
        seen.uploads,
        seen.distances,
        decided=sum(fate is not Fate.WAITING for _, fate in fates),
        taken_down=sum(fate is Fate.TAKEN_DOWN for _, fate in fates),
        released=sum(fate is Fate.RELEASED for _, fate in gone),
        missed=sum(fate is Fate.TAKEN_DOWN for _, fate in gone),
        waiting=tuple(case for case, fate in gone if fate is Fate.WAITING),
    )


def _asked(matches: Iterable[StoredMatch], rules: Mapping[int, Bank]) -> set[str]:
    """The cases that at least one match still asks for."""
    return {match.case_id for match in matches if _asks(match, rules.get(match.bank_id))}


def _asks(match: StoredMatch, bank: Bank | None) -> bool:
    """Whether the match opens a case; one of a bank that is gone did, and nobody can say more."""
    if bank is None:
        return True
    if bank.role is not Role.BLOCK or bank.mode is not Mode.ENFORCE or bank.on_match is OnMatch.LOG:
        return False
    quality = 100 if match.quality is None else match.quality
    return match.distance <= reach(bank, match.view, quality)


def histogram(counts: Mapping[int, int]) -> tuple[int, ...]:
    """How many at each distance from 0 to 31."""
    return tuple(counts.get(distance, 0) for distance in range(LARGEST_THRESHOLD + 1))
