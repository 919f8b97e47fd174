"""Our clock against that of a server, by the Date of its answer: tokens and time stamps need it right."""

from __future__ import annotations

from hma_console.doctor.asking import Answer
from hma_console.doctor.finding import Finding, bad, look, ok

CLOCK = "clock"
NEAR, FAR = 5, 60
"""Seconds. A service token is good for one minute."""


def clock_of(name: str, answer: Answer) -> Finding:
    if answer.skew is None:
        return look(
            CLOCK, f"{name} tells no time: ours was compared with nothing", "Run NTP on this machine."
        )
    if abs(answer.skew) <= NEAR:
        return ok(CLOCK, f"ours and that of {name} agree")
    words = f"ours is {abs(answer.skew):.0f} s {'behind' if answer.skew > 0 else 'ahead of'} that of {name}"
    remedy = "Run NTP on both machines."
    return bad(CLOCK, words, remedy) if abs(answer.skew) > FAR else look(CLOCK, words, remedy)
