"""What stands below the list of rules: the rule in sentences, the try, its distances, what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.text import Text

from bridge.catalogue import OnMatch, Role
from bridge.rules import AtTheGate
from hma_console.policy_answers import PolicyShown, RuleRow, Simulation
from hma_console.policy_words import AFTER, braked, explained, flowed, histogram, result
from hma_console.themes import Look, Meaning
from hma_console.words import counted

_MARK_ROOM = 60
"""Columns from which `│ = your try` stands beside the bars."""


_NAMES = {"threshold": "distance", "on_match": "after"}
_VALUES = {AtTheGate.PASS.value: AtTheGate.PASS.words, OnMatch.TAKEDOWN.value: AFTER[OnMatch.TAKEDOWN]}


def _said(value: object) -> str:
    return _VALUES.get(str(value), str(value))


@dataclass(frozen=True, slots=True)
class Try:
    """Another rule for one bank, not in force; `changes` has only what differs from `rule`."""

    rule: RuleRow
    changes: Mapping[str, object] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, object]:
        own = self.rule.own
        now = {"threshold": own.threshold, "mode": own.mode.value, "on_match": own.on_match.value}
        return {**now, "gate": self.rule.gate.value, **self.changes}

    @property
    def threshold(self) -> int:
        return int(str(self.values["threshold"]))

    @property
    def words(self) -> str:
        """`distance 20, mode shadow`: what is tried."""
        return ", ".join(f"{_NAMES.get(name, name)} {_said(value)}" for name, value in self.changes.items())

    def with_changes(self, **changes: object) -> Try:
        return replace(self, changes={**self.changes, **changes}).on(self.rule)

    def on(self, rule: RuleRow) -> Try:
        """The same try of the rule as it is now."""
        now = Try(rule).values
        return Try(rule, {name: value for name, value in self.changes.items() if now[name] != value})


def preview(
    tried: Try, shown: PolicyShown, found: Simulation | str | None, look: Look, width: int, *, old: bool
) -> Sequence[Text]:
    """`found` may be a sentence that says why nothing was; `old`, that it is of the try before this one."""
    lines = [look.say(line) for line in flowed(explained(tried.rule, shown), width)]
    lines += [look.say(line, Meaning.MUTED) for line in braked(shown, width)]
    if tried.rule.own.role is Role.ALLOW:
        return lines
    lines.append(look.say("─ try ".ljust(width, "─"), Meaning.MUTED))
    lines.append(_tried(tried, found, look))
    if found is None:
        return [*lines, look.say("Reading…", Meaning.MUTED)]
    if isinstance(found, str):
        said = "Comparing…" if old else found
        return [*lines, *(look.say(line, Meaning.LOOK) for line in flowed([said], width))]
    axis, bars = histogram(found.distances, tried.threshold)
    mark = "   │ = your try" if "threshold" in tried.changes and width >= _MARK_ROOM else ""
    lines += [look.line(_label("distance", look), look.say(axis, Meaning.MUTED))]
    lines += [look.line(_label("matches", look), bars, look.say(mark, Meaning.MUTED))]
    if not tried.changes:
        return [*lines, look.say("← → try another distance, Enter another rule.", Meaning.MUTED)]
    if old:
        return [*lines, look.say("Comparing…", Meaning.MUTED)]
    if set(tried.changes) <= {"gate"}:
        return [*lines, look.say("The gate's part is not tried on the past: nothing is stored of it.")]
    flows = [flowed(sentences, width) for sentences in result(found)]
    last = len(flows) - 1
    for number, flow in enumerate(flows):
        lines += [look.say(line, Meaning.MUTED if number == last else Meaning.PLAIN) for line in flow]
    return lines


def _tried(tried: Try, found: Simulation | str | None, look: Look) -> Text:
    now = tried.rule.own.threshold
    what = f"◂ {tried.threshold} ▸" + (f"  (now {now})" if tried.threshold != now else "")
    others = {name: value for name, value in tried.changes.items() if name != "threshold"}
    also = f"  {Try(tried.rule, others).words}" if others else ""
    seen = (
        f"   {counted(found.uploads, 'match', 'matches')} of {found.days} days"
        if isinstance(found, Simulation)
        else ""
    )
    return look.line(
        _label("distance", look), look.say(what + also, Meaning.STRONG), look.say(seen, Meaning.MUTED)
    )


def _label(words: str, look: Look) -> Text:
    return look.say(f"{words:<11}", Meaning.MUTED)
