"""A circuit breaker: what fails again and again is left alone for a while, so that nobody waits for it.

*closed*: it is asked. *open*: it is not, until its time has come. *half-open*: one probe is under way. Only
the probe closes it again; each that fails doubles the wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from bridge.errors import BridgeError
from bridge.uploads import now_ms

FAILURES = 3
"""One after the other, until it opens."""
FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
"""Seconds."""


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """`fault` and `remedy` say what failed last, empty while all is well; `since` is when the state began.

    `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = BreakerState.CLOSED
        self.since = now_ms()
        self.fault = ""
        self.remedy = ""
        self._clock = clock
        self._failures = 0
        self._wait = FIRST_WAIT
        self._probe_at = 0.0

    @property
    def is_closed(self) -> bool:
        return self.state is BreakerState.CLOSED

    @property
    def seconds_left(self) -> float:
        """Until a probe may be sent; 0 where it may."""
        return max(0.0, self._probe_at - self._clock()) if self.state is BreakerState.OPEN else 0.0

    def failed(self, error: BridgeError, at_least: float = 0.0) -> None:
        """A question was not answered; `at_least` are the seconds that were asked for."""
        self.fault, self.remedy = error.message, error.hint
        self._failures += 1
        if self.is_closed and (self._failures >= FAILURES or at_least):
            self._open(at_least)

    def trip(self, error: BridgeError, at_least: float = 0.0) -> None:
        """The probe was not answered, or said that no answer counts: it opens at once."""
        self.fault, self.remedy = error.message, error.hint
        if self.state is BreakerState.HALF_OPEN:
            self._wait = min(self._wait * 2, LONGEST_WAIT)
        if self.state is not BreakerState.OPEN:
            self._open(at_least)

    def answered(self) -> None:
        """A question was. An open breaker stays open: the answer may have been under way for long."""
        if self.is_closed:
            self._failures, self.fault, self.remedy = 0, "", ""

    def probe(self) -> None:
        """A probe is sent."""
        if self.state is BreakerState.OPEN:
            self._become(BreakerState.HALF_OPEN)

    def close(self) -> None:
        """The probe was answered."""
        self._failures, self._wait, self.fault, self.remedy = 0, FIRST_WAIT, "", ""
        if not self.is_closed:
            self._become(BreakerState.CLOSED)

    def _open(self, at_least: float) -> None:
        self._probe_at = self._clock() + max(self._wait, min(at_least, LONGEST_WAIT))
        self._become(BreakerState.OPEN)

    def _become(self, state: BreakerState) -> None:
        self.state, self.since = state, now_ms()
