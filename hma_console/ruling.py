"""The policy over the API: each bank's rule, the brakes, and what another rule would have done.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body
from hma_console.wire import Wire


@dataclass(frozen=True, slots=True)
class BankRule:
    """What happens with a bank's matches; all words are the API's."""

    bank: str
    role: str
    threshold: int
    mode: str
    on_match: str
    gate: str
    automatic_distance: int

    @classmethod
    def parse(cls, body: Body) -> BankRule:
        return cls(
            bank=body.text("bank"),
            role=body.text("role"),
            threshold=body.number("threshold"),
            mode=body.text("mode"),
            on_match=body.text("on_match"),
            gate=body.text("gate"),
            automatic_distance=body.number("automatic_distance"),
        )


@dataclass(frozen=True, slots=True)
class PolicyNow:
    """The policy in force, since `since`, None where it is the one of the start; `today` counts automatic
    actions.
    """

    since: int | None
    rules: tuple[BankRule, ...]
    automatic_a_day: int
    entry_an_hour: int
    today: int

    @classmethod
    def parse(cls, body: Body) -> PolicyNow:
        brakes = body.one("brakes")
        return cls(
            since=body.one("newest").number("at") if body.has("newest") else None,
            rules=body.many("rules", BankRule.parse),
            automatic_a_day=brakes.number("automatic_a_day"),
            entry_an_hour=brakes.number("entry_an_hour"),
            today=body.number("today"),
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """What another threshold would have released: `released` rightly and `missed` wrongly of those `decided`
    and `taken_down`; `waiting` are cases that wait now and would be released.
    """

    threshold_before: int
    threshold_after: int
    decided: int
    taken_down: int
    released: int
    missed: int
    waiting: tuple[str, ...]

    @classmethod
    def parse(cls, body: Body) -> Simulation:
        return cls(
            threshold_before=body.one("before").number("threshold"),
            threshold_after=body.one("after").number("threshold"),
            decided=body.number("decided"),
            taken_down=body.number("taken_down"),
            released=body.number("released"),
            missed=body.number("missed"),
            waiting=body.texts("waiting"),
        )


class Ruling:
    """The policy of one bridge, through `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def policy(self) -> PolicyNow:
        return PolicyNow.parse(Body(await self._wire.ask("GET", "/policy")))

    async def simulate(self, bank: str, threshold: int) -> Simulation:
        """Compared with stored distances; nothing changes."""
        body = {"bank": bank, "threshold": threshold}
        return Simulation.parse(Body(await self._wire.ask("POST", "/policy/simulation", body=body)))
