"""`policy.toml`: read into a policy and changes of banks, and written so that reading gives the same. Pure.

What a file leaves out is as the preset has it. Banks are changed where it names them, and stay as they
are where it does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product

from bridge.catalogue import LARGEST_THRESHOLD, Bank, Category, Mode, OnMatch
from bridge.decisions import Choice
from bridge.errors import BadBank, BadPolicy
from bridge.reasons import CODE, Reason, reasons_for
from bridge.rules import AtTheGate, Brakes, Change, Making, Policy, Rule
from bridge.signals import MINIMUM_QUALITY
from bridge.toml_tables import Document, Table

NAME = "policy.toml"
MOST_REASONS = 100
_MOST = 10_000
_WORDS = re.compile(r"[^\W_][^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{0,79}")
_GATE = {one.words: one for one in AtTheGate}
_MADE = ("threshold", "mode", "on_match")
_RULE = tuple(each.name for each in fields(Rule))
_BRAKES = tuple(each.name for each in fields(Brakes))


@dataclass(frozen=True, slots=True)
class Made:
    """What a file says of a bank's own row; None leaves it as it is."""

    threshold: int | None
    mode: Mode | None
    on_match: OnMatch | None


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy as it was written, with what it says of banks, by their names as written."""

    policy: Policy
    banks: Mapping[str, Made] = field(default_factory=dict)
    source: Table | None = field(default=None, compare=False)

    def changed(self, banks: Iterable[Bank]) -> list[tuple[Bank, Bank]]:
        """Each bank that is named, before and after. Raises BadPolicy where it may not be so."""
        known = {bank.name.casefold(): bank for bank in banks}
        pairs = []
        for name, made in self.banks.items():
            bank = known.get(name.casefold())
            if bank is None or bank.is_memory:
                raise self._fault(name, None, "there is no such bank", "`hma-console bank list` names them.")
            own = {key: getattr(made, key) for key in _MADE if getattr(made, key) is not None}
            after = replace(bank, **own)
            try:
                after.check()
            except BadBank as bad:
                raise self._fault(name, _culprit(own), bad.message.rstrip("."), _HOW) from None
            gate = self.policy.banks.get(name.casefold(), Change()).gate
            if bank.category is Category.CHILD_SAFETY and gate not in (None, AtTheGate.HOLD):
                raise self._fault(name, "gate", *_ALWAYS_HELD)
            pairs.append((bank, after))
        return pairs

    def _fault(self, bank: str, name: str | None, words: str, remedy: str) -> BadPolicy:
        if self.source is None:
            return BadPolicy(f"Bank {bank}: {words}.", remedy)
        return self.source.table("bank").table(bank).fault(name, words, remedy)


_HOW = 'Use mode = "enforce" and on_match = "review".'
_ALWAYS_HELD = ("child safety is always held, never blocked or let in", 'Write gate = "hold".')


def parse(text: str) -> PolicyFile:
    """Raises BadPolicy, naming the line and the remedy."""
    root = Document(NAME, text).root
    root.knows(("category", "bank", "brakes", "reason"))
    policy = Policy()
    categories = root.table("category")
    categories.knows(tuple(Category))
    rules, making = dict(policy.rules), dict(policy.making)
    for category in Category:
        if category in categories:
            table = categories.table(category)
            rules[category], making[category] = _category(table, category, policy)
    banks = root.table("bank")
    made: dict[str, Made] = {}
    changes: dict[str, Change] = {}
    for name in banks.names:
        table = banks.table(name)
        table.knows((*_MADE, *_RULE))
        if name.casefold() in changes:
            raise banks.fault(name, f"{name[:40]} stands here twice", "Write each bank once.")
        made[name], changes[name.casefold()] = _made(table), _change(table)
    changes = {name: change for name, change in changes.items() if change != Change()}
    reasons = tuple(_reasons(root)) if "reason" in root else policy.reasons
    policy = Policy(rules, making, changes, _brakes(root.table("brakes")), reasons)
    return PolicyFile(policy, made, root)


def _brakes(table: Table) -> Brakes:
    """0 automatic actions is a choice; a flood of none would be no flood."""
    table.knows(_BRAKES)
    said = {name: table.whole(name, 0 if name.startswith("automatic") else 1, _MOST) for name in _BRAKES}
    return replace(Brakes(), **{name: number for name, number in said.items() if number is not None})


def _made(table: Table) -> Made:
    return Made(
        table.whole("threshold", 0, LARGEST_THRESHOLD),
        table.word("mode", {one.value: one for one in Mode}),
        table.word("on_match", {one.value: one for one in OnMatch}),
    )


def _change(table: Table) -> Change:
    return Change(
        table.word("gate", _GATE),
        table.whole("automatic_distance", 0, LARGEST_THRESHOLD),
        table.whole("automatic_quality", MINIMUM_QUALITY, 100),
        table.flag("tell"),
        table.flag("report"),
    )


def _category(table: Table, category: Category, preset: Policy) -> tuple[Rule, Making]:
    table.knows((*_MADE, *_RULE))
    made, change = _made(table), _change(table)
    own = {name: getattr(made, name) for name in _MADE if getattr(made, name) is not None}
    making = replace(preset.making[category], **own)
    try:
        made_so(Bank("any", category), making).check()
    except BadBank as bad:
        raise table.fault(_culprit(own), bad.message.rstrip("."), _HOW) from None
    if category is Category.CHILD_SAFETY and change.gate not in (None, AtTheGate.HOLD):
        raise table.fault("gate", *_ALWAYS_HELD)
    return change.over(preset.rules[category]), making


def _culprit(said: Mapping[str, object]) -> str | None:
    """Which of the values that a bank may not have together is to blame."""
    if said.get("on_match") not in (None, OnMatch.REVIEW):
        return "on_match"
    return "mode" if "mode" in said else next(iter(said), None)


def made_so(bank: Bank, making: Making) -> Bank:
    return replace(bank, threshold=making.threshold, mode=making.mode, on_match=making.on_match)


def _reasons(root: Table) -> list[Reason]:
    reasons: list[Reason] = []
    for table in root.tables("reason"):
        reason = _reason(table)
        if reason.code in {one.code for one in reasons}:
            raise table.fault("code", f"{reason.code} stands here twice", "Give each reason its own code.")
        reasons.append(reason)
        if len(reasons) > MOST_REASONS:
            raise table.fault(None, f"{MOST_REASONS} reasons at most", "Leave some out.")
    for choice, category in product(Choice, Category):
        if not reasons_for(choice, category, reasons):
            words = f"no reason serves {choice.value} in {category.value}"
            raise root.fault("reason", words, f'Add one with choices = ["{choice.value}"].')
    return reasons


def _reason(table: Table) -> Reason:
    table.knows(("code", "words", "choices", "categories"))
    code = table.text("code", CODE, "Write up to 40 small letters, digits and -, a letter first.")
    words = table.text("words", _WORDS, "Write 1 to 80 characters, a letter or digit first.")
    choices = table.words("choices", {one.value: one for one in Choice})
    if not choices:
        remedy = f"Write choices = [some of: {', '.join(Choice)}]."
        raise table.fault("choices" if "choices" in table else None, "choices is empty", remedy)
    return Reason(code, words, choices, table.words("categories", {one.value: one for one in Category}))


def write(policy: Policy, banks: Sequence[Bank]) -> str:
    """The canonical text: all of the policy, and of every bank that a policy may name."""
    lines = []
    for category in Category:
        made = policy.making[category]
        lines += [f"[category.{category.value}]", *_numbers(made, policy.rules[category]), ""]
    for bank in sorted(banks, key=lambda one: one.name.casefold()):
        if not bank.is_memory:
            change = policy.banks.get(bank.name.casefold(), Change())
            lines += [f"[bank.{_text(bank.name)}]", *_numbers(bank, change), ""]
    lines += ["[brakes]", *(f"{name} = {getattr(policy.brakes, name)}" for name in _BRAKES), ""]
    for reason in policy.reasons:
        lines += ["[[reason]]", f"code = {json.dumps(reason.code)}", f"words = {_text(reason.words)}"]
        lines.append(f"choices = {json.dumps([one.value for one in reason.choices])}")
        if reason.categories:
            lines.append(f"categories = {json.dumps([one.value for one in reason.categories])}")
        lines.append("")
    return "\n".join(lines)


def _numbers(made: Making | Bank, rule: Rule | Change) -> list[str]:
    lines = [f"threshold = {made.threshold}", f'mode = "{made.mode.value}"']
    lines.append(f'on_match = "{made.on_match.value}"')
    for name in _RULE:
        value = getattr(rule, name)
        if value is not None:
            lines.append(f"{name} = {_value(value)}")
    return lines


def _value(value: AtTheGate | bool | int) -> str:
    if isinstance(value, AtTheGate):
        return f'"{value.words}"'
    return str(value).lower()


def _text(words: str) -> str:
    """JSON's strings are TOML's, all but the letters that we admit in neither."""
    return json.dumps(words, ensure_ascii=False)
