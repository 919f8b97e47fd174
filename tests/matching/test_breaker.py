"""The circuit breaker, by a clock of the test's."""

from __future__ import annotations

from bridge.matching.breaker import FAILURES, FIRST_WAIT, LONGEST_WAIT, Breaker, BreakerState
from bridge.matching.hma_errors import HmaDown
from tests.matching.hma_house import Clock

DOWN = HmaDown("HMA does not answer.")


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.failed(DOWN)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES - 1):
        breaker.failed(DOWN)
    assert breaker.is_closed
    assert breaker.fault == DOWN.message
    breaker.answered()
    assert breaker.fault == ""
    for _ in range(FAILURES):
        assert breaker.is_closed
        breaker.failed(DOWN)
    assert breaker.state is BreakerState.OPEN


def test_each_probe_that_fails_doubles_the_wait_up_to_a_minute() -> None:
    clock = Clock()
    breaker, waits = opened(clock), []
    for _ in range(8):
        waits.append(breaker.seconds_left)
        clock.now += breaker.seconds_left
        assert breaker.seconds_left == 0
        breaker.probe()
        assert breaker.state is BreakerState.HALF_OPEN
        breaker.trip(DOWN)
    assert waits == [min(FIRST_WAIT * 2**n, LONGEST_WAIT) for n in range(8)]
    breaker.probe()
    breaker.close()
    assert breaker.is_closed
    assert opened(clock).seconds_left == FIRST_WAIT


def test_an_answer_that_comes_late_does_not_close_it() -> None:
    breaker = opened(Clock())
    breaker.answered()
    assert breaker.state is BreakerState.OPEN
    assert breaker.fault == DOWN.message


def test_who_asks_to_be_left_alone_is_at_once_and_for_a_minute_at_most() -> None:
    breaker = Breaker(Clock())
    breaker.failed(DOWN, at_least=7)
    assert breaker.seconds_left == 7
    breaker = Breaker(Clock())
    breaker.failed(DOWN, at_least=86_400)
    assert breaker.seconds_left == LONGEST_WAIT


def test_the_probe_needs_no_second_failure() -> None:
    breaker = Breaker(Clock())
    breaker.probe()
    assert breaker.is_closed, "nothing to find out"
    breaker.trip(DOWN)
    assert breaker.state is BreakerState.OPEN
