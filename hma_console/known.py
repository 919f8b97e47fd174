"""What the console knows of its bridge, and what it tells of that on every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hma_console.look import Meaning
from hma_console.options import ConsoleOptions
from hma_console.standing import Standing, StateWord, Trouble, judge
from hma_console.status import Job, Status, Undo
from hma_console.words import clock as time_of_day

if TYPE_CHECKING:
    from hma_console.messages import LinkLost

OWN_STANDS = 3_000
"""Milliseconds for which a decision of our own is believed though no status names it yet."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What every frame is drawn from; `status` and `standing` are None until first read."""

    status: Status | None
    standing: Standing | None
    lost: LinkLost | None
    options: ConsoleOptions
    now: int

    @property
    def word(self) -> StateWord:
        if self.lost is not None:
            return StateWord.OFFLINE
        return StateWord.READING if self.standing is None else self.standing.word

    @property
    def waiting(self) -> int:
        """How many cases wait for a person."""
        return self.status.cases.waiting if self.status else 0

    @property
    def jobs(self) -> tuple[Job, ...]:
        return self.status.jobs if self.status else ()


class Known:
    """The last status, whether the bridge was lost, and which troubles were looked at."""

    def __init__(self, options: ConsoleOptions, clock: Callable[[], int]) -> None:
        self._options = options
        self._clock = clock
        self._status: Status | None = None
        self._lost: LinkLost | None = None
        self._looked_at: set[str] = set()
        self._unchecked_seen = 0
        self._made: Undo | None = None
        self._made_at = 0
        self._undone: set[str] = set()

    @property
    def facts(self) -> Facts:
        now = self._clock()
        heard = self._lost.since if self._lost else now
        standing = judge(self._status, heard, self._unchecked_seen) if self._status else None
        return Facts(self._status, standing, self._lost, self._options, now)

    @property
    def told_troubles(self) -> tuple[Trouble, ...]:
        """Those the banner tells: an alarm as long as it is true, a look until it was looked at."""
        standing = self.facts.standing
        if standing is None or self._lost is not None:
            return ()
        return tuple(
            one
            for one in standing.troubles
            if one.meaning is Meaning.ALARM or one.subject not in self._looked_at
        )

    @property
    def resting_notice(self) -> str:
        """What the notice line says while nothing else is to be said."""
        if self._lost is not None:
            tried = f"{self._lost.fault.message} Trying again in {self._lost.retry_in} s."
            return f"{tried} Shown as of {time_of_day(self._lost.since)}."
        return "Demo: harmless pictures, in a place of its own." if self._options.is_demo else ""

    def learn(self, status: Status) -> bool:
        """Takes a new status. Whether a case or an alarm came that was not there before."""
        was_known = self._status is not None
        waiting, alarms = self.facts.waiting, _alarms(self.facts)
        self._status = status
        now = self.facts
        return was_known and (now.waiting > waiting or bool(_alarms(now) - alarms))

    @property
    def undo(self) -> Undo | None:
        """The newest decision that can be taken back, as the bridge has it."""
        now = self._clock()
        known = [self._status.undo] if self._status is not None else []
        if self._made is not None and now - self._made_at < OWN_STANDS:
            known.append(self._made)
        open_ = [one for one in known if one and one.until > now and one.batch not in self._undone]
        return max(open_, key=lambda one: one.at, default=None)

    def decided(self, made: Undo) -> None:
        """We decided ourselves: that is known before the bridge's next status says so."""
        self._made, self._made_at = made, self._clock()

    def undone(self, batch: str) -> None:
        """It was taken back: the bridge's next status will not name it."""
        self._undone.add(batch)

    def lose(self, lost: LinkLost) -> None:
        self._lost = lost

    def found_again(self) -> bool:
        """The bridge answers. Whether it had been lost."""
        was_lost, self._lost = self._lost is not None, None
        return was_lost

    def look_at_worst(self) -> Trouble | None:
        """The trouble the banner tells, else one looked at before; None where nothing is known of any.

        It was looked at from now on.
        """
        standing = self.facts.standing
        if standing is None or self._lost is not None or not standing.troubles:
            return None
        worst = (*self.told_troubles, *standing.troubles)[0]
        self._looked_at.add(worst.subject)
        return worst

    def see_unchecked(self) -> int:
        """The uploads that no retry helps are no trouble from now on, until more come. Their number."""
        if self._status is not None:
            self._unchecked_seen = self._status.uploads.not_checked_final
        return self._unchecked_seen


def _alarms(facts: Facts) -> set[str]:
    troubles = facts.standing.troubles if facts.standing else ()
    return {one.subject for one in troubles if one.meaning is Meaning.ALARM}
