"""The policy as the bridge tells of it: rules, brakes, and what another rule would have done."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.rules import AtTheGate
from hma_console.answers import Body


@dataclass(frozen=True, slots=True)
class RuledBank:
    """What a bank's own row says."""

    bank: str
    category: Category
    role: Role
    threshold: int
    mode: Mode
    on_match: OnMatch

    @classmethod
    def parse(cls, body: Body) -> RuledBank:
        return cls(
            bank=body.text("bank"),
            category=body.word("category", Category),
            role=body.word("role", Role),
            threshold=body.number("threshold"),
            mode=body.word("mode", Mode),
            on_match=body.word("on_match", OnMatch),
        )


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the policy in force: a bank's own row, and what else holds for its matches."""

    own: RuledBank
    gate: AtTheGate
    automatic_distance: int
    automatic_quality: int
    tell: bool
    report: bool

    @property
    def name(self) -> str:
        return self.own.bank

    @classmethod
    def parse(cls, body: Body) -> RuleRow:
        return cls(
            own=RuledBank.parse(body),
            gate=body.word("gate", AtTheGate),
            automatic_distance=body.number("automatic_distance"),
            automatic_quality=body.number("automatic_quality"),
            tell=body.flag("tell"),
            report=body.flag("report"),
        )


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """`version` is 0 while the preset is in force; `gate` is how far the gate goes, empty without one."""

    version: int
    since: int
    rules: tuple[RuleRow, ...]
    automatic_a_day: int
    automatic_an_hour: int
    entry_an_hour: int
    account_an_hour: int
    today: int
    gate: str

    @classmethod
    def parse(cls, body: Body) -> PolicyShown:
        brakes = body.one("brakes")
        newest = body.one("newest") if body.has("newest") else None
        return cls(
            version=newest.number("version") if newest else 0,
            since=newest.number("at") if newest else 0,
            rules=body.many("rules", RuleRow.parse),
            automatic_a_day=brakes.number("automatic_a_day"),
            automatic_an_hour=brakes.number("automatic_an_hour"),
            entry_an_hour=brakes.number("entry_an_hour"),
            account_an_hour=brakes.number("account_an_hour"),
            today=body.number("today"),
            gate=body.text("gate") if body.has("gate") else "",
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """What another rule of one bank would have made of the last `days` days; `waiting` are case ids."""

    before: RuledBank
    after: RuledBank
    days: int
    uploads: int
    distances: tuple[int, ...]
    decided: int
    taken_down: int
    released: int
    missed: int
    waiting: tuple[str, ...]

    @classmethod
    def parse(cls, body: Body) -> Simulation:
        return cls(
            before=RuledBank.parse(body.one("before")),
            after=RuledBank.parse(body.one("after")),
            days=body.number("days"),
            uploads=body.number("uploads"),
            distances=body.numbers("distances"),
            decided=body.number("decided"),
            taken_down=body.number("taken_down"),
            released=body.number("released"),
            missed=body.number("missed"),
            waiting=body.texts("waiting"),
        )
