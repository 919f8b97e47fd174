"""The side table: codes too new to be in a segment, held in memory and read through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.matching.codes import Codes, scan
from bridge.matching.segment import Pairs, paired

_FIRST_CAPACITY = 1024


@dataclass(frozen=True, slots=True, eq=False)
class SideTable:
    """Codes in the order they came, duplicates and all; `through` is the last one's entry id.

    A value: `with_codes` gives the next one and leaves this one to whoever is reading it.
    """

    _words: Codes
    count: int
    through: int

    @staticmethod
    def empty(through: int) -> SideTable:
        return SideTable(np.empty((4, _FIRST_CAPACITY), np.uint64), 0, through)

    @property
    def codes(self) -> Codes:
        """Shape (count, 4), laid out word by word: reading it through touches few bytes."""
        return self._words.T[: self.count]

    def with_codes(self, codes: Codes, through: int) -> SideTable:
        """Only the newest table may be added to: room left behind its codes is shared."""
        count = self.count + len(codes)
        words = self._words
        if count > words.shape[1]:
            words = np.empty((4, max(count, 2 * words.shape[1])), np.uint64)
            words[:, : self.count] = self._words[:, : self.count]
        words[:, self.count : count] = codes.T
        return SideTable(words, count, through)

    def without_first(self, count: int) -> SideTable:
        """What came after the first `count` codes."""
        return SideTable.empty(self.through).with_codes(self.codes[count:], self.through)

    def search(self, queries: Codes, threshold: int) -> Pairs:
        """As `Segment.search`, but a code that is here twice is found twice."""
        return paired(*scan(self.codes, queries, threshold))
