"""Home in sentences: is everything quiet? Troubles first, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator

from hma_console.look import Meaning
from hma_console.plain.desk import Desk
from hma_console.plain.lines import told
from hma_console.plain.news import trouble_line
from hma_console.screens.home_lines import NOT_YET, WELCOME, first_steps, last_case, not_quiet
from hma_console.standing import Standing, StateWord, judge
from hma_console.status import Status
from hma_console.words import ago, clock, count, counted

MEANINGS = {
    Meaning.FINE: "fine",
    Meaning.UNDER_WAY: "under way",
    Meaning.LOOK: "look at this",
    Meaning.ALARM: "alarm",
    Meaning.TO_DO: "to do",
}
"""Words for the symbols of watches."""


def home_lines(
    status: Status, now: int, lost_at: int | None = None, unchecked_seen: int = 0
) -> Iterator[str]:
    """`lost_at` is when the bridge was last heard, where it does not answer now."""
    standing = judge(status, lost_at or now, unchecked_seen)
    if lost_at is not None:
        yield f"State: offline. The bridge does not answer; all below is as of {clock(lost_at)}."
    elif standing.is_first_start:
        yield from _first_start(status, standing)
        return
    else:
        yield f"State: {standing.word.value}. {_headline(status, standing)}"
    yield from map(trouble_line, standing.troubles)
    yield from _counts(status, lost_at or now)
    for watch in standing.watches:
        known = f", {MEANINGS[watch.meaning]}" if watch.meaning in MEANINGS and lost_at is None else ""
        yield told(f"{watch.subject}{known}", watch.words.split(", "))
    yield f"Later: {NOT_YET} is not watched yet."


async def self_test(desk: Desk, typed: str) -> None:
    desk.talk.say((await desk.client.self_test()).words())


def _headline(status: Status, standing: Standing) -> str:
    if standing.word is StateWord.QUIET:
        return "All is quiet; nothing waits for you."
    return not_quiet(status, standing)


def _counts(status: Status, now: int) -> Iterator[str]:
    if status.cases.waiting:
        oldest = status.cases.oldest_opened_at
        since = [f"the oldest opened {ago(oldest, now)}"] if oldest is not None else []
        waits = "waits" if status.cases.waiting == 1 else "wait"
        yield told("Queue", [f"{counted(status.cases.waiting, 'case')} {waits}", *since])
    uploads = status.uploads
    seen = (f"{count(uploads.total)} seen", f"{count(uploads.matched)} matched")
    yield told("Uploads so far", [*seen, f"{count(uploads.not_checked)} not checked"])
    yield told("Last case", last_case(status, now).split(", "))
    yield told("Last 14 days", [f"{sum(uploads.days):,} uploads", f"{sum(status.match_days):,} matched"])


def _first_start(status: Status, standing: Standing) -> Iterator[str]:
    yield f"State: {standing.word.value}."
    yield from (line for line in WELCOME if line)
    for number, step in enumerate(first_steps(status), 1):
        yield told(f"Step {number}", [step.words, "done" if step.is_done else step.where])
