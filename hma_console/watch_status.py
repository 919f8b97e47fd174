"""What the bridge does by itself so that nothing is missed, as its status tells: values, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body
from hma_console.words import ago, counted, safe

SELF_TEST_PATIENCE = 26 * 3_600_000
"""Milliseconds after which one that passed proves nothing any more."""


@dataclass(frozen=True, slots=True)
class Rematch:
    """New entries against all that was seen: `state` is running, waiting or done, of the last run else."""

    state: str
    entries: int
    done: int
    total: int
    found: int
    ended_at: int | None

    @classmethod
    def parse(cls, body: Body) -> Rematch:
        return cls(
            state=body.text("state"),
            entries=body.number("entries"),
            done=body.number("done"),
            total=body.number("total"),
            found=body.number("found"),
            ended_at=body.maybe("ended_at"),
        )

    @property
    def percent(self) -> int:
        return 100 * self.done // max(1, self.total)

    def words(self, now: int) -> str:
        """What became of the entries that are new, in a sentence."""
        if self.state == "running":
            return f"New entries: {self.percent} % of all that was seen is compared with them."
        if self.state == "waiting":
            return "New entries: they are compared with all that was seen when the list rests."
        if self.ended_at is None:
            return "New entries: none came after an upload yet."
        compared = f"{counted(self.entries, 'entry', 'entries')} compared with all that was seen"
        return f"New entries: {compared} {ago(self.ended_at, now)}, {counted(self.found, 'upload')} matched."


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The newest self-test, and when the newest was that passed; `why` and `do` where it failed."""

    passed: bool
    at: int
    passed_at: int | None
    way: str
    step: str
    why: str
    do: str
    took_ms: int

    @classmethod
    def parse(cls, body: Body) -> SelfTest:
        return cls(
            passed=body.flag("passed"),
            at=body.number("at"),
            passed_at=body.maybe("passed_at"),
            way=body.text("way"),
            step=body.text("step"),
            why=body.text("why"),
            do=body.text("do"),
            took_ms=body.number("took_ms"),
        )

    def is_fresh(self, now: int) -> bool:
        """Whether it passed, and not too long ago."""
        return self.passed and now - self.at < SELF_TEST_PATIENCE

    @property
    def came(self) -> str:
        return "through the gate" if self.way == "gate" else "by the way of the API"

    def words(self) -> str:
        """What came of one that has just ended, in a sentence."""
        if self.passed:
            return f"Self-test passed in {self.took_ms:,} ms, {self.came}."
        return f"Self-test failed at its step {safe(self.step)}. {safe(self.why)} Do: {safe(self.do)}"
