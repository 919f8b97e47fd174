"""The sieve: which of millions of views are near one of the entries that came to a list.

`PdqIndex` answers one upload at a time. Here the entries are few and everything ever seen goes past
them, so what a view costs is all that counts. A code is eight words of two halves, 16 bits each. Two
codes within 31 bits differ in at most 3 bits of some word, and so in at most one bit of one of its
halves. For every half and each of its 65,536 keys there is a row of the entries within one bit of
the key, and a cell of it holds nothing but the word's *other* half: a view looks up 16 rows, and where
a cell differs from its own other half in 3 bits at most, and there alone, the whole codes are compared.
That is one pair in four hundred. Rows have a fixed length, so that all of it is done by the processor's
vector instructions; which entry a cell is of is found out from its place, for those pairs only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridge.matching.codes import Codes, Rows, distances, near, scan, scatter, sort_codes
from bridge.matching.segment import Pairs, paired, unpaired

LARGEST = 31
"""Beyond this distance a pair could differ in two bits of every half."""

_HALVES = 16
_KEYS = 1 << 16
_CELLS = (8, 16)
"""In a row, whichever fits the entries of most keys better; a key has as many rows as its entries need."""
_FEW = 256
"""Up to so many codes, comparing each view with all of them is quicker."""
_AT_ONCE = 8192
"""Views whose rows fit the processor's cache together."""
_FLIPS = np.array([0, *(1 << bit for bit in range(16))], np.uint16)

Halves = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Each pair once, ordered by view: numbers of views, and of the sieve's codes, and their distances."""

    views: Rows
    codes: Rows
    distances: npt.NDArray[np.uint16]


class Sieve:
    """Made of distinct codes in any order of bits; any number of threads may search it at once.

    It takes about 1 kB a code, and 45 MB at least.
    """

    def __init__(self, codes: Codes, threshold: int) -> None:
        """`threshold` is a distance from 0 to 31."""
        if not 0 <= threshold <= LARGEST:
            raise ValueError(f"{threshold} is not a distance that can be searched for")
        self.codes = sort_codes(scatter(codes))
        """In the index's order of bits (`codes.scatter`)."""
        self._threshold = threshold
        self._bands: tuple[_Band, ...] = ()
        if len(self.codes) > _FEW:
            halves = _halves(self.codes)
            self._bands = tuple(_band(halves[:, half], halves[:, half ^ 1]) for half in range(_HALVES))

    def search(self, views: Codes) -> Near:
        """Every code within the threshold of a view; none is missed."""
        views = scatter(views)
        if self._bands:
            starts = range(0, len(views), _AT_ONCE)
            found = [pairs for start in starts for pairs in self._sifted(views, start) if len(pairs)]
            askers, numbers = unpaired(np.unique(np.concatenate(found))) if found else _NONE
        else:
            numbers, askers = scan(views, self.codes, self._threshold)
            askers, numbers = unpaired(np.sort(paired(askers, numbers)))
        return Near(askers, numbers, distances(views[askers], self.codes[numbers]))

    def _sifted(self, views: Codes, start: int) -> list[Pairs]:
        some = views[start : start + _AT_ONCE]
        halves, most = _halves(some), self._threshold // (_HALVES // 2)
        found = []
        for half, band in enumerate(self._bands):
            askers, numbers = band.sift(halves[:, half], halves[:, half ^ 1], most)
            close = near(some.take(askers, axis=0) ^ self.codes.take(numbers, axis=0), self._threshold)
            found.append(paired(askers[close] + start, numbers[close]))
        return found


_NONE = (np.empty(0, np.intp), np.empty(0, np.intp))


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    """One half of the codes. The rows of key k are `first[k]` to `first[k + 1]`, and of their cells those
    before `ends[k, 0]` are of codes with this very key, those before `ends[k, f]` of codes that differ in
    flip f or an earlier one. The numbers of the codes that have key k stand in `sorted` from `starts[k]`.
    """

    first: Numbers
    cells: Halves
    ends: npt.NDArray[np.unsignedinteger]
    starts: Numbers
    sorted: Numbers

    def sift(self, keys: Halves, others: Halves, most: int) -> tuple[Rows, Numbers]:
        """Numbers of views, and of codes that may be near: some pairs that are not, none twice."""
        first = self.first.take(keys)
        rows = self.first.take(keys.astype(np.intp) + 1) - first
        ends = rows.cumsum(dtype=np.intp)
        askers = np.arange(len(keys)).repeat(rows)
        places = (first - (ends - rows)).repeat(rows)
        places += np.arange(len(askers))
        differing = self.cells.take(places, axis=0)
        differing ^= others.take(askers)[:, None]
        counts = np.bitwise_count(differing).ravel()
        few = np.flatnonzero(counts <= most)
        row, cells = np.divmod(few, differing.shape[1])
        askers = askers.take(row)
        cells += (places.take(row) - first.take(askers)) * differing.shape[1]
        # Those of the very key come first; the others differ in a bit there, and have one less left.
        own = keys.astype(np.intp).take(askers)
        left = np.flatnonzero((counts.take(few) < most) | (cells < self.ends[own, 0]))
        return self._named(askers[left], own[left], cells[left])

    def _named(self, askers: Rows, keys: Rows, cells: Rows) -> tuple[Rows, Numbers]:
        """Which codes these cells of the keys' rows are of; what only fills a row is left out."""
        ends = self.ends.take(keys, axis=0)
        flips = (ends <= cells[:, None]).sum(axis=1)
        real = np.flatnonzero(flips < len(_FLIPS))
        flips, cells = flips.take(real), cells.take(real)
        before = np.where(flips > 0, ends[real, flips - 1], 0)
        starts = self.starts.take(keys.take(real) ^ _FLIPS.take(flips))
        return askers.take(real), self.sorted.take(starts + cells - before)


def _band(keys: Halves, others: Halves) -> _Band:
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    keys, others = keys.take(order), others.take(order)
    sizes = np.bincount(keys, minlength=_KEYS)
    starts = np.append(0, sizes.cumsum())
    within = np.arange(len(keys)) - starts.take(keys)
    ends = sizes.take(np.arange(_KEYS)[:, None] ^ _FLIPS).cumsum(axis=1)
    wide = _CELLS[len(keys) * len(_FLIPS) > _CELLS[0] * _KEYS]
    first = np.append(0, (-(-ends[:, -1] // wide)).cumsum())
    cells = np.zeros(int(first[-1]) * wide, np.uint16)
    before: npt.NDArray[np.intp] = np.zeros(_KEYS, np.intp)
    for flip, upto in zip(_FLIPS, ends.T, strict=True):
        row = keys ^ flip
        cells[first.take(row) * wide + before.take(row) + within] = others
        before = upto
    return _Band(
        first.astype(np.uint32),
        cells.reshape(-1, wide),
        ends.astype(np.min_scalar_type(ends.max())),
        starts.astype(np.uint32),
        order,
    )


def _halves(codes: Codes) -> Halves:
    return np.ascontiguousarray(codes).view(np.uint16).reshape(-1, _HALVES)
