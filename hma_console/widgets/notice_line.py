"""Row 22: one thing at a time. A message while it stays, then what can be undone, then a job under way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from bridge.decisions import Choice
from hma_console.case_answers import Undone
from hma_console.status import Job, Undo
from hma_console.themes import Look, Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import age, counted, end_cut, safe

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

    def give_way(self) -> None:
        """Something newer is shown in its place."""
        self._shown = None

    def current(self, now: int) -> Notice | None:
        shown = self._shown
        if shown is not None and not shown.is_error and now - shown.said_at >= MESSAGE_STAYS:
            self._shown = None
        return self._shown


class NoticeLine(Lines):
    def tell(
        self,
        notice: Notice | None,
        undo: Undo | None,
        jobs: tuple[Job, ...],
        resting: str,
        now: int,
        look: Look,
    ) -> None:
        """A fresh message covers the rest only while it stays; that `u` undoes is never covered."""
        width = self.app.size.width - 2
        right = _time_left(undo, now) if undo is not None else ""
        room = width - (len(right) + 2 if right else 0)
        if notice is not None:
            meaning = Meaning.LOOK if notice.is_error else Meaning.PLAIN
            self.show(_spread(look, look.say(end_cut(notice.words, room), meaning), right, width))
        elif undo is not None:
            done = look.mark(Meaning.FINE, end_cut(undo_words(undo), room - 2))
            self.show(_spread(look, done, right, width))
        elif jobs:
            self.show(look.say(end_cut(f" … {_progress(jobs[0], now)}", width)))
        else:
            self.show(look.say(f" {resting}", Meaning.MUTED) if resting else Text())


def undo_words(undo: Undo) -> str:
    """What was decided: `7k2p: 2 pictures taken down.`"""
    what = undo.choice.done
    if undo.choice is Choice.TAKEDOWN and undo.files != 1:
        what = f"{counted(undo.files, 'picture')} taken down"
    elif undo.choice is Choice.TAKEDOWN_ACCOUNT:
        what = "account goes down when this ends"
    which = safe(undo.cases[0][:4]) if len(undo.cases) == 1 else counted(len(undo.cases), "case")
    return f"{which}: {what}."


def undone_words(done: Undone) -> str:
    which = f"Case {safe(done.cases[0][:4])}" if len(done.cases) == 1 else f"{len(done.cases):,} cases"
    waits = "waits" if len(done.cases) == 1 else "wait"
    left = f" {counted(done.told, 'message')} had left already." if done.told else ""
    return f"Undone. {which} {waits} again.{left}"


def _time_left(undo: Undo, now: int) -> str:
    """`50 s ██████░░   u undo`: drawn anew each 5 s, each second in the last 10."""
    left, whole = max(0, undo.until - now), max(1, undo.until - undo.at)
    seconds = -(-left // 1000)
    shown = seconds if seconds <= 10 else -(-seconds // 5) * 5
    full = min(8, -(-8 * left // whole))
    return f"{shown} s {'█' * full}{'░' * (8 - full)}   u undo"


def _spread(look: Look, left: Text, right: str, width: int) -> Text:
    if not right:
        return look.line(" ", left)
    gap = " " * max(2, width - cell_len(left.plain) - cell_len(right))
    return look.line(" ", left, gap, look.say(right, Meaning.STRONG))


def _progress(job: Job, now: int) -> str:
    share = job.share
    name = f"import {safe(job.bank)}"
    if share is None:
        return f"{name}   {job.lines:,} lines   begun {age(job.started_at, now)} ago   goes on if you leave"
    passed = max(0, now - job.started_at)
    left = f"{age(0, int(passed / share - passed))} left" if share > 0.02 else "just begun"
    return f"{name}   {share * 100:.0f} %   {left}   goes on if you leave"
