"""The Queue as it was read so far: cases in pages, in the bridge's order; floods of one entry as one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from bridge.catalogue import Category
from hma_console.answers import CaseRow
from hma_console.case_answers import CasePage
from hma_console.deciding import MOST_CASES, PAGE

FLOOD = 50
"""Cases whose closest match is the same entry, from which on they are one line."""

_PRESSING = {
    Category.CHILD_SAFETY: 0,
    Category.NCII: 1,
    Category.TERRORISM: 2,
    Category.EXPLOITATIVE: 3,
    Category.OWN: 4,
}
_Place = tuple[int, ...]

Content = tuple[str, int]
"""A bank, and its number for one picture; each hash of it is an entry, and each may be the closest."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One case, or a flood: cases whose closest match is the same content. `key` tells it from all others."""

    key: str
    cases: tuple[CaseRow, ...]

    @property
    def first(self) -> CaseRow:
        return self.cases[0]

    @property
    def is_flood(self) -> bool:
        return len(self.cases) > 1


class CaseList:
    """The cases of one list that were read; `total` is how many the bridge has."""

    def __init__(self, only: str) -> None:
        self.only = only
        self.cases: tuple[CaseRow, ...] = ()
        self.total = 0

    @property
    def has_more(self) -> bool:
        return len(self.cases) < self.total

    @property
    def next_offset(self) -> int:
        """Pages overlap: where cases above went meanwhile, none is passed over."""
        return max(0, len(self.cases) - PAGE // 4)

    def take(self, page: CasePage, offset: int) -> None:
        """What a page holds is so; what was known to lie between its first and last case and is not in it
        has gone.
        """
        self.total = page.total
        if not page.cases:
            self.cases = self.cases[:offset]
            return
        fresh = {one.id for one in page.cases}
        first, last = self._place(page.cases[0]), self._place(page.cases[-1])
        old = [one for one in self.cases if one.id not in fresh]
        before = [one for one in old if self._place(one) < first] if offset else []
        is_end = offset + len(page.cases) >= page.total
        after = [] if is_end else [one for one in old if self._place(one) >= last]
        self.cases = (*before, *page.cases, *after)

    def drop(self, ids: Iterable[str]) -> None:
        """They were decided here: gone before the bridge is asked anew."""
        gone = set(ids)
        kept = tuple(one for one in self.cases if one.id not in gone)
        self.total -= len(self.cases) - len(kept)
        self.cases = kept

    def _place(self, row: CaseRow) -> _Place:
        """The bridge's order, as `bridge/store/cases.py` has it."""
        if self.only == "decided":
            return (-row.decided_at,)
        return (row.escalated_at == 0, _PRESSING.get(row.category, 5), row.opened_at)


def lines_of(cases: Sequence[CaseRow], opened: Set[Content]) -> tuple[QueueLine, ...]:
    """A line a case; a flood is one line in the place of its first case, unless its content was opened.

    A flood of more than a decision may be about is several lines.
    """
    found = Counter(content for case in cases if (content := content_of(case)) and content not in opened)
    floods = {content for content, number in found.items() if number >= FLOOD}
    if not floods:
        return tuple(QueueLine(case.id, (case,)) for case in cases)
    members: dict[str, list[CaseRow]] = {}
    met: Counter[Content] = Counter()
    for case in cases:
        content, key = content_of(case), case.id
        if content in floods:
            key = f"flood {content[0]} {content[1]} {met[content] // MOST_CASES}"
            met[content] += 1
        members.setdefault(key, []).append(case)
    return tuple(QueueLine(key, tuple(alike)) for key, alike in members.items())


def content_of(case: CaseRow) -> Content | None:
    """What its closest match is with, None where there is none."""
    return (case.closest.bank, case.closest.content) if case.closest else None
