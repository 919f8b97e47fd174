"""What the bridge does by itself so that nothing is missed, as its status tells: values, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body
from hma_console.words import ago, counted


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
