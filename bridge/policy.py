"""Policy: how far a bank reaches, what takes a match back, and what follows from the rest. Pure.

What an operator may choose is in a `Policy` (`bridge/rules.py`); the numbers here are fixed. The
reasons for both stand in `docs/defaults.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bridge.catalogue import Bank, Category, Mode, OnMatch, Role
from bridge.errors import BadSignal
from bridge.rules import AtTheGate, Brakes, Policy, Rule
from bridge.signals import MINIMUM_QUALITY, Signal, SignalType, ViewKind, ViewName
from bridge.verdicts import Match

TURNED_THRESHOLD = 20
TURNED_QUALITY = 70
MOST_A_BANK = 20
DEGENERATE_BELOW = 64
"""A PDQ hash has about as many ones as zeros (its bits are above the median or not)."""
ALLOW_DISTANCE = 4
"""How near an own allow entry must be when it is not the very same bytes."""


class Answer(StrEnum):
    """What the caller is told to do with the upload."""

    NONE = "none"
    REVIEW = "REVIEW"
    BLOCK = "BLOCK"


class GateMode(StrEnum):
    """How far the gate goes with what matches; what is certain and child safety is held in each of them."""

    OBSERVE = "observe"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Usage:
    """Automatic actions so far: in the last day, and by content id in the last hour. And the uploads that
    matched within the hour before this one: by content id, and of the same account.

    A picture in a bank has several entries; counting by entry would let each of them act in turn.
    """

    today: int = 0
    by_content: Mapping[int, int] = field(default_factory=dict)
    matched: Mapping[int, int] = field(default_factory=dict)
    of_account: int = 0
    is_paused: bool = False
    """Then nothing is done by itself."""


@dataclass(frozen=True, slots=True)
class Takedown:
    """An automatic takedown, and the match that calls for it."""

    match: Match
    why: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from an upload's matches: the answer, the cases to open, a takedown or none.

    Of one that `may_hold` the gate may keep the upload down until somebody decided it.
    """

    answer: Answer = Answer.NONE
    categories: tuple[Category, ...] = ()
    takedown: Takedown | None = None
    may_hold: bool = True


def admit(bank: Bank, signal: Signal) -> None:
    """Raises BadSignal where the hash is noise that would match everything or nothing."""
    if signal.type is not SignalType.PDQ:
        return
    if not DEGENERATE_BELOW <= int.from_bytes(signal.value).bit_count() <= 256 - DEGENERATE_BELOW:
        raise BadSignal(
            "the hash of a flat or periodic picture", "Add the file itself: its exact hashes count."
        )
    if signal.quality is not None and signal.quality < MINIMUM_QUALITY and not bank.takes_poor_quality:
        raise BadSignal(
            f"quality {signal.quality}, {MINIMUM_QUALITY} needed",
            "Add the file itself: its exact hashes count.",
        )


def reach(bank: Bank, view: ViewName, quality: int, wanted: int | None = None) -> int:
    """The largest PDQ distance at which `bank` matches `view` of that quality, -1 for never.

    `wanted` is a caller's own threshold: it narrows own and test block banks and never widens.
    Listed banks take none, for whoever may choose it can measure distances by yes and no.
    """
    limit = bank.threshold
    if wanted is not None and bank.role is Role.BLOCK and not bank.category.is_listed:
        limit = min(limit, wanted)
    if quality < MINIMUM_QUALITY and not bank.takes_poor_quality:
        return -1
    if view.kind is ViewKind.TURNED:
        return min(limit, TURNED_THRESHOLD) if quality >= TURNED_QUALITY else -1
    return limit


def cancel(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The same matches, those marked `cancelled_by` that an allow entry takes back.

    An allow entry made against a block entry takes back that entry's matches only, one made against
    none those of any own or test bank: for the same bytes, and in own and test banks also where both
    sides are near in the upright view (PDQ ≤ 4). An exact child-safety match is never taken back.
    A bank in shadow mode takes nothing back.
    """
    allows = [one for one in matches if one.bank.role is Role.ALLOW and one.bank.mode is Mode.ENFORCE]
    return tuple(_cancelled(match, allows) for match in matches)


def _cancelled(match: Match, allows: Sequence[Match]) -> Match:
    if match.bank.role is Role.ALLOW:
        return match
    taken_back_by = next((allow for allow in allows if _takes_back(allow, match)), None)
    return replace(match, cancelled_by=taken_back_by.bank.name) if taken_back_by else match


def _takes_back(allow: Match, match: Match) -> bool:
    both_upright = allow.view.kind is match.view.kind is ViewKind.REFERENCE
    near = both_upright and not match.is_exact and allow.distance <= ALLOW_DISTANCE
    if allow.against is not None and allow.against != match.entry_id:
        return False
    if match.bank.category.is_listed:
        certain = match.is_exact and match.bank.category is Category.CHILD_SAFETY
        return allow.against is not None and allow.is_exact and not certain
    return allow.is_exact or near


def standing(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The matches of block banks that nothing took back."""
    return tuple(m for m in matches if m.bank.role is Role.BLOCK and not m.cancelled_by)


def strongest(matches: Sequence[Match]) -> tuple[Match, ...]:
    """At most MOST_A_BANK matches of each bank, those that stand first.

    Near a much-copied picture there may be thousands, which nobody reads.
    """
    taken: dict[int, int] = {}
    kept = []
    for match in sorted(matches, key=lambda one: one.cancelled_by != ""):
        taken[match.bank.id] = taken.get(match.bank.id, 0) + 1
        if taken[match.bank.id] <= MOST_A_BANK:
            kept.append(match)
    return tuple(kept)


def decide(matches: Sequence[Match], usage: Usage, in_force: Policy) -> Consequence:
    """What follows from the standing matches, most severe first.

    Caps, floods, doubts and a pause turn a takedown into a review; they never turn anything into nothing.
    So does a match that is near, and was found later: nobody waits for the answer.
    """
    hits, categories = acted_on(matches), opens(matches)
    if not hits:
        return Consequence()
    takedowns = (_automatic(match, usage, in_force) for match in hits)
    takedown = next((one for one in takedowns if one), None)
    answer = Answer.BLOCK if takedown else Answer.REVIEW
    return Consequence(answer, categories, takedown, may_hold=not usage.is_paused)


def with_case(consequence: Consequence, category: Category) -> Consequence:
    """The same, and a case of `category`: a person said that there is one."""
    found = {*consequence.categories, category}
    answer = Answer.REVIEW if consequence.answer is Answer.NONE else consequence.answer
    return replace(consequence, answer=answer, categories=tuple(each for each in Category if each in found))


def opens(matches: Sequence[Match]) -> tuple[Category, ...]:
    """The categories under which these standing matches open cases, most severe first."""
    found = {match.bank.category for match in acted_on(matches)}
    return tuple(category for category in Category if category in found)


def at_the_gate(matches: Sequence[Match], mode: GateMode, in_force: Policy) -> AtTheGate:
    """What the gate does with an upload of these standing matches: what their rules say, within its mode.

    Child safety is held, never blocked: a refused upload leaves neither account nor evidence. Blocked
    are exact hits, and near ones only where the bank's own policy takes them down by itself.
    """
    hits = acted_on(matches)
    child_safety = [match for match in hits if match.bank.category is Category.CHILD_SAFETY]
    if any(match.is_exact for match in child_safety):
        return AtTheGate.HOLD
    if not hits or mode is GateMode.OBSERVE:
        return AtTheGate.PASS
    rules = [in_force.rule_of(match.bank) for match in hits]
    if mode is GateMode.BLOCK and not child_safety and any(map(_blocks, hits, rules)):
        return AtTheGate.BLOCK
    return AtTheGate.PASS if all(rule.gate is AtTheGate.PASS for rule in rules) else AtTheGate.HOLD


def _blocks(match: Match, rule: Rule) -> bool:
    takes_down = match.bank.on_match is OnMatch.TAKEDOWN and _is_near_certain(match, rule)
    return rule.gate is AtTheGate.BLOCK and (match.is_exact or takes_down)


def acted_on(matches: Sequence[Match]) -> list[Match]:
    """Those of banks that do more than watch."""
    return [m for m in matches if m.bank.mode is Mode.ENFORCE and m.bank.on_match is not OnMatch.LOG]


def _is_near_certain(match: Match, rule: Rule) -> bool:
    return (
        match.view.kind is ViewKind.REFERENCE
        and match.distance <= rule.automatic_distance
        and match.quality is not None
        and match.quality >= rule.automatic_quality
    )


def _automatic(match: Match, usage: Usage, in_force: Policy) -> Takedown | None:
    if usage.is_paused or match.bank.on_match is not OnMatch.TAKEDOWN:
        return None
    rule = in_force.rule_of(match.bank)
    if match.bank.is_memory:
        return Takedown(match, "the very same bytes as what was taken down here")
    if match.is_exact:
        if match.bank.category is Category.CHILD_SAFETY:
            return Takedown(match, "the very same bytes as a child-safety entry")
        why = "the very same bytes as an entry"
    elif _is_near_certain(match, rule) and not match.retroactive:
        most = rule.automatic_distance
        why = f"distance {match.distance} of at most {most}, upright, quality {match.quality}"
    else:
        return None
    return None if _is_braked(match, usage, in_force.brakes) else Takedown(match, why)


def _is_braked(match: Match, usage: Usage, brakes: Brakes) -> bool:
    """Whether a cap is reached, or a flood runs: then a person decides."""
    return (
        usage.today >= brakes.automatic_a_day
        or usage.by_content.get(match.content_id, 0) >= brakes.automatic_an_hour
        or usage.matched.get(match.content_id, 0) >= brakes.entry_an_hour
        or usage.of_account >= brakes.account_an_hour
    )
