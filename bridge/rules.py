"""What a policy says: the rules for matches, the brakes, the reasons. Values only.

A bank's own threshold, mode and what its matches do stand on the bank (`bridge/catalogue.py`) and
nowhere else. Everything else is here; the numbers and their reasons are those of `docs/defaults.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from bridge import reasons
from bridge.catalogue import Bank, Category, Mode, OnMatch
from bridge.reasons import Reason


class AtTheGate(StrEnum):
    """What the gate does with an upload: lets it in, lets it in and takes it down at once, or refuses it."""

    PASS = "pass"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def words(self) -> str:
        return "let in" if self is AtTheGate.PASS else self.value


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the matches of a bank. `gate` is how far the gate goes, at most as far as its own mode.

    A near match is taken down by itself up to `automatic_distance`, from `automatic_quality` on, where
    the bank takes down at all. `tell` sends word of it to apps and webhooks; `report` says that the law
    asks for a report.
    """

    gate: AtTheGate = AtTheGate.BLOCK
    automatic_distance: int = 10
    automatic_quality: int = 80
    tell: bool = True
    report: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a bank's rule has other than its category's; None is as the category says."""

    gate: AtTheGate | None = None
    automatic_distance: int | None = None
    automatic_quality: int | None = None
    tell: bool | None = None
    report: bool | None = None

    def over(self, rule: Rule) -> Rule:
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return Rule(**{name: getattr(rule, name) if own is None else own for name, own in said.items()})


@dataclass(frozen=True, slots=True)
class Making:
    """How a bank of a category is made, where nothing else is said."""

    threshold: int
    mode: Mode = Mode.ENFORCE
    on_match: OnMatch = OnMatch.REVIEW


def _rules() -> Mapping[Category, Rule]:
    held = Rule(gate=AtTheGate.HOLD, report=True)
    return {category: held if category is Category.CHILD_SAFETY else Rule() for category in Category}


def _making() -> Mapping[Category, Making]:
    return {category: Making(category.default_threshold) for category in Category}


@dataclass(frozen=True, slots=True)
class Brakes:
    """What turns automatic action into review. Caps: so many actions a day, and an hour for one picture of
    a bank. Floods: so many uploads that matched one such picture, or are of one account, within an hour.
    """

    automatic_a_day: int = 10
    automatic_an_hour: int = 3
    entry_an_hour: int = 20
    account_an_hour: int = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy says; made without arguments it is the preset.

    `banks` has what banks have of their own, by name in lower case.
    """

    rules: Mapping[Category, Rule] = field(default_factory=_rules)
    making: Mapping[Category, Making] = field(default_factory=_making)
    banks: Mapping[str, Change] = field(default_factory=dict)
    brakes: Brakes = field(default_factory=Brakes)
    reasons: tuple[Reason, ...] = reasons.DEFAULTS

    def rule_of(self, bank: Bank) -> Rule:
        """Child safety is held whatever is said: a name may come back with another category."""
        rule = self.banks.get(bank.name.casefold(), Change()).over(self.rules[bank.category])
        if bank.category is Category.CHILD_SAFETY:
            return Change(gate=AtTheGate.HOLD).over(rule)
        return rule
