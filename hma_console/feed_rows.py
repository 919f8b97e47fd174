"""The rows of the Feed: the newest 500, live or held still, without a screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.verdicts import Verdict
from hma_console.answers import UploadRow

CAPACITY = 500
FLOOD = 50
"""Uploads a second above which those without a match are counted in one row; others never are."""
_SECOND = 1_000


@dataclass(frozen=True, slots=True)
class Counted:
    """Uploads without a match that came too fast to be read one by one."""

    id: str
    received_at: int
    number: int


FeedRow = UploadRow | Counted


class FeedRows:
    """Newest first. While held, arrivals wait and nothing that is shown moves."""

    def __init__(self) -> None:
        self._rows: list[FeedRow] = []
        self._held: list[FeedRow] = []
        self._held_number = 0
        self._pace: deque[tuple[int, int]] = deque()
        self.next: int | None = None
        """Where older pages go on; None where the oldest is here."""
        self.is_detached = False
        """Whether older pages pushed the newest rows out: to follow, they must be read anew."""

    @property
    def rows(self) -> tuple[FeedRow, ...]:
        return tuple(self._rows)

    @property
    def new_above(self) -> int:
        """How many uploads came while held."""
        return self._held_number

    def begin(self, uploads: Sequence[UploadRow], next: int | None) -> None:
        """The newest page as the bridge has it; what arrived since it was asked stays above."""
        newest = uploads[0].seq if uploads else 0
        known = {upload.id for upload in uploads}
        later: list[FeedRow] = [
            row
            for row in self._held + self._rows
            if isinstance(row, UploadRow) and row.seq > newest and row.id not in known
        ]
        self._rows = [*later, *uploads][:CAPACITY]
        self._held, self._held_number = [], 0
        self.next, self.is_detached = next, False

    def add_older(self, uploads: Sequence[UploadRow], next: int | None) -> None:
        known = {row.id for row in self._rows}
        rows = self._rows + [upload for upload in uploads if upload.id not in known]
        self.is_detached = self.is_detached or len(rows) > CAPACITY
        self._rows, self.next = rows[-CAPACITY:], next

    def arrive(self, uploads: Sequence[UploadRow], now: int, *, hold: bool) -> None:
        """Takes a batch, oldest first. An upload checked anew replaces its row where it stands."""
        flood = self._is_flood(len(uploads), now)
        for upload in uploads:
            if self._replaced(upload):
                continue
            self._held_number += 1
            if self.is_detached:
                continue
            if flood and upload.verdict is Verdict.NO_MATCH:
                self._count(upload)
            else:
                self._held.insert(0, upload)
        del self._held[CAPACITY:]
        if not hold:
            self.release()

    def release(self) -> None:
        """Follows again: what waited comes to the top."""
        if self.is_detached:
            return
        top = self._rows[0] if self._rows else None
        last = self._held[-1] if self._held else None
        if isinstance(top, Counted) and isinstance(last, Counted):
            self._rows[0] = replace(last, id=top.id, number=top.number + last.number)
            self._held.pop()
        self._rows = (self._held + self._rows)[:CAPACITY]
        self._held, self._held_number = [], 0

    def _is_flood(self, number: int, now: int) -> bool:
        self._pace.append((now, number))
        while self._pace and now - self._pace[0][0] >= _SECOND:
            self._pace.popleft()
        return sum(each for _, each in self._pace) > FLOOD

    def _replaced(self, upload: UploadRow) -> bool:
        for rows in (self._held, self._rows):
            for place, row in enumerate(rows):
                if row.id == upload.id:
                    rows[place] = upload
                    return True
        return False

    def _count(self, upload: UploadRow) -> None:
        top = self._held[0] if self._held else None
        if isinstance(top, Counted):
            self._held[0] = replace(top, received_at=upload.received_at, number=top.number + 1)
        else:
            self._held.insert(0, Counted(f"counted-{upload.seq}", upload.received_at, 1))
