"""Row 22: one thing at a time. A reason or question, then a job under way, then a message."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from rich.text import Text

from hma_console.status import Job
from hma_console.themes import Look, Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import age, end_cut, safe

MESSAGE_STAYS = 8_000
"""Milliseconds; an error stays until the next key."""


@dataclass(frozen=True, slots=True)
class Notice:
    said_at: int
    words: str
    is_error: bool


class Notices:
    """What was said on the notice line, newest last; all is kept for `: messages`."""

    def __init__(self) -> None:
        self._said: deque[Notice] = deque(maxlen=200)
        self._shown: Notice | None = None

    @property
    def all(self) -> tuple[Notice, ...]:
        return tuple(self._said)

    def say(self, words: str, now: int, *, is_error: bool = False) -> None:
        self._shown = Notice(now, words, is_error)
        self._said.append(self._shown)

    def key_pressed(self) -> None:
        """An error was there to be read once."""
        if self._shown is not None and self._shown.is_error:
            self._shown = None

    def current(self, now: int) -> Notice | None:
        shown = self._shown
        if shown is not None and not shown.is_error and now - shown.said_at >= MESSAGE_STAYS:
            self._shown = None
        return self._shown


class NoticeLine(Lines):
    def tell(self, notice: Notice | None, jobs: tuple[Job, ...], resting: str, now: int, look: Look) -> None:
        """A fresh message covers a job's progress only while it stays."""
        width = self.app.size.width - 2
        if notice is not None:
            meaning = Meaning.LOOK if notice.is_error else Meaning.PLAIN
            self.show(look.line(" ", look.say(end_cut(notice.words, width), meaning)))
        elif jobs:
            self.show(look.say(end_cut(f" … {_progress(jobs[0], now)}", width)))
        else:
            self.show(look.say(f" {resting}", Meaning.MUTED) if resting else Text())


def _progress(job: Job, now: int) -> str:
    share = job.share
    name = f"import {safe(job.bank)}"
    if share is None:
        return f"{name}   {job.lines:,} lines   begun {age(job.started_at, now)} ago   goes on if you leave"
    passed = max(0, now - job.started_at)
    left = f"{age(0, int(passed / share - passed))} left" if share > 0.02 else "just begun"
    return f"{name}   {share * 100:.0f} %   {left}   goes on if you leave"
