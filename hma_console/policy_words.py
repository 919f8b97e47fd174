"""The policy in sentences: what a rule does, and what another one would have done. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.rules import AtTheGate
from hma_console.policy_answers import PolicyShown, RuledBank, RuleRow, Simulation
from hma_console.words import bars, counted, short_ids

AFTER = {OnMatch.LOG: "log", OnMatch.REVIEW: "review", OnMatch.TAKEDOWN: "take down"}
FEW = 50
"""Decided cases below which a try says so."""
_NAMED = 3
_ROOM_FOR_FLOODS = 78


def at_the_gate(rule: RuleRow, gate: str) -> str:
    """How far the gate goes with its matches: as its rule says, within the gate's own mode."""
    if rule.own.role is Role.ALLOW or not _acts(rule.own) or not gate:
        return "let in"
    if gate == "observe" or rule.gate is AtTheGate.PASS:
        return "let in"
    return "block" if gate == "block" and rule.gate is AtTheGate.BLOCK else "hold"


def after(rule: RuleRow) -> str:
    return "release" if rule.own.role is Role.ALLOW else AFTER[rule.own.on_match]


def asks_you(rule: RuleRow) -> str:
    """When a match waits for a person."""
    if rule.own.role is Role.ALLOW or not _acts(rule.own):
        return "never"
    if rule.own.on_match is OnMatch.REVIEW:
        return "always"
    return f"distance over {min(rule.automatic_distance, rule.own.threshold)}"


def _acts(own: RuledBank) -> bool:
    return own.mode is Mode.ENFORCE and own.on_match is not OnMatch.LOG


def explained(rule: RuleRow, shown: PolicyShown) -> list[str]:
    """What the rule does, at the gate and after it."""
    own = rule.own
    if own.role is Role.ALLOW:
        return ["What matches here passes: it takes a match of other banks back."]
    if own.mode is Mode.SHADOW:
        return ["Matches are shown, and nothing is done."]
    if own.on_match is OnMatch.LOG:
        return ["Matches are noted, and nobody is asked."]
    return [_gate_words(rule, shown.gate), *_after_words(rule)]


def _gate_words(rule: RuleRow, gate: str) -> str:
    if not gate:
        return "There is no gate: matches get in first."
    certain = rule.own.category is Category.CHILD_SAFETY
    if gate == "observe":
        return f"The gate observes: {'only the very same bytes are held' if certain else 'all are let in'}."
    return {
        "let in": "Matches are let in at the gate.",
        "hold": "Matches are held at the gate and wait for you.",
        "block": "The very same bytes are refused at the gate, other matches held.",
    }[at_the_gate(rule, gate)]


def _after_words(rule: RuleRow) -> list[str]:
    if rule.own.on_match is OnMatch.REVIEW:
        return ["Nothing is taken down by itself."]
    reach = min(rule.automatic_distance, rule.own.threshold)
    return [
        "The very same bytes are taken down by themselves.",
        f"So are copies up to distance {reach}, quality {rule.automatic_quality} or better.",
    ]


def braked(shown: PolicyShown, width: int) -> list[str]:
    """What turns automatic action into review; the caps alone where there is little room."""
    if width < _ROOM_FOR_FLOODS:
        day = f"{shown.automatic_a_day} a day (today {shown.today})"
        return [f"Brakes: {day}, {shown.automatic_an_hour} an hour for one entry."]
    return [
        f"Brakes: {shown.automatic_a_day} automatic actions a day (today {shown.today});"
        f" {shown.automatic_an_hour} an hour for one entry.",
        f"Flood: {shown.entry_an_hour} matches an hour of one entry, {shown.account_an_hour} of an account.",
    ]


def change(before: RuledBank, after: RuledBank) -> str:
    """`31 → 20`, `enforce → shadow`; all that differs."""
    pairs = (
        (before.threshold, after.threshold),
        (before.mode.value, after.mode.value),
        (AFTER[before.on_match], AFTER[after.on_match]),
    )
    return ", ".join(f"{old} → {new}" for old, new in pairs if old != new)


def result(one: Simulation) -> list[list[str]]:
    """What a try comes to: three lines of sentences."""
    return [_decided(one), [*_missed(one), _waiting(one.waiting)], [_careful(one)]]


def _decided(one: Simulation) -> list[str]:
    what = change(one.before, one.after)
    gone = one.released + one.missed
    if one.after.threshold > one.before.threshold:
        return [f"{what} would match more.", "How much more was never stored."]
    if not one.decided:
        return [f"{what}: you decided no case of it in {one.days} days."]
    if one.decided == 1:
        would = "would" if gone else "would not"
        first = f"{what} {would} have released the one case you decided."
    else:
        first = f"{what} would have released {gone or 'none'} of the {one.decided} cases you decided."
    if not gone:
        return [first]
    if not one.missed:
        return [first, f"You released {'it' if gone == 1 else f'all {gone}'}."]
    return [first, f"You released {one.released or 'none'} of {'it' if gone == 1 else 'them'}."]


def _missed(one: Simulation) -> list[str]:
    if not one.taken_down or one.after.threshold > one.before.threshold:
        return []
    if one.taken_down == 1:
        return [f"Missed: {'the one' if one.missed else 'not the one'} you took down."]
    return [f"Missed: {one.missed or 'none'} of the {one.taken_down} you took down."]


def _waiting(cases: Sequence[str]) -> str:
    named, more = list(short_ids(cases[:_NAMED]).values()), len(cases) - _NAMED
    if more > 0:
        return f"Waiting now: {', '.join(named)} and {more:,} more would be released."
    said = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0] if named else "none"
    return f"Waiting now: {said} would be released."


def _careful(one: Simulation) -> str:
    if one.decided < FEW:
        few = f"{counted(one.decided, 'case')} {'is' if one.decided == 1 else 'are'} few"
        return f"Careful: {few}, and new pictures may differ."
    return "Careful: new pictures may differ."


def histogram(distances: Sequence[int], mark: int) -> tuple[str, str]:
    """Some distances, each ending above its bar, and the bars; `│` stands behind that of `mark`."""
    axis = ""
    for number in (*range(0, len(distances) - 1, 4), len(distances) - 1):
        axis = axis.ljust(number + (number > mark) + 1 - len(str(number))) + str(number)
    row = bars(distances)
    return axis, f"{row[: mark + 1]}│{row[mark + 1 :]}"


def flowed(sentences: Sequence[str], width: int) -> list[str]:
    """As many on a line as fit; one that fits on none is broken between words."""
    lines: list[str] = []
    for sentence in sentences:
        if lines and cell_len(f"{lines[-1]} {sentence}") <= width:
            lines[-1] += f" {sentence}"
            continue
        lines.append("")
        for word in sentence.split(" "):
            if lines[-1] and cell_len(f"{lines[-1]} {word}") > width:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
    return lines
