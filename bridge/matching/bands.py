"""Bands: how a code is cut up so that every code near a query is found by a few look-ups.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast Exact Search in Hamming Space, 2014). Cut 256
bits into m bands and let a, b = divmod(threshold, m). Two codes within the threshold differ in
at most a bits in one of the first b + 1 bands, or in at most a - 1 bits in one of the others:
else they differed in (b + 1)(a + 1) + (m - b - 1)a = threshold + 1 bits. So a query looks up,
in each band, every key within that radius, and no code within the threshold can be missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from bridge.matching.codes import BITS, Codes

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Band:
    """`width` bits of a code from bit `start` upward; the slots of its keys begin at `base`."""

    start: int
    width: int
    base: int

    def keys(self, codes: Codes) -> npt.NDArray[np.uint32]:
        """The band's bits of each code, as a number."""
        word, shift = divmod(self.start, 64)
        bits = codes[:, word] >> np.uint64(shift)
        if shift + self.width > 64:
            bits |= codes[:, word + 1] << np.uint64(64 - shift)
        return (bits & np.uint64((1 << self.width) - 1)).astype(np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The look-ups of a query under one threshold: which band, and which bits of its key flipped."""

    band: Numbers
    flip: Numbers


class Bands:
    """A code cut into `count` bands, as even as can be, the wider ones first.

    A slot stands for one key of one band. The slots of all bands are numbered in one row, in
    which each band begins at a multiple of its own number of slots.
    """

    def __init__(self, count: int) -> None:
        width, wider = divmod(BITS, count)
        bands: list[Band] = []
        start = base = 0
        for number in range(count):
            bands.append(Band(start, width + (number < wider), base))
            start += bands[-1].width
            base += 1 << bands[-1].width
        self.bands = tuple(bands)
        self.slots = base
        starts = np.array([band.start for band in bands])
        self._word = starts // 64
        self._next = np.minimum(self._word + 1, 3)
        self._shift = (starts % 64).astype(np.uint64)
        self._rest = 64 - self._shift
        self._mask = np.array([(1 << band.width) - 1 for band in bands], np.uint64)
        self._base = np.array([band.base for band in bands], np.uint64)

    @property
    def count(self) -> int:
        return len(self.bands)

    def probes(self, threshold: int) -> Probes:
        """Every look-up that a threshold asks for."""
        return _probes(self, threshold)

    def cost(self, threshold: int, codes: int) -> float:
        """Look-ups and candidates of one query among so many codes, were these evenly spread."""
        return sum(look_ups * (1 + codes / slots) for look_ups, slots in _costs(self, threshold))

    def look_ups(self, queries: Codes, probes: Probes) -> Numbers:
        """The slots to look up, a row for each query."""
        keys = queries.take(self._word, axis=1) >> self._shift
        keys |= queries.take(self._next, axis=1) << self._rest
        keys &= self._mask
        keys |= self._base
        slots = keys.astype(np.intp).take(probes.band, axis=1)
        slots ^= probes.flip
        return slots

    def radii(self, threshold: int) -> Iterator[tuple[Band, int]]:
        """How many bits to flip in each band; -1 where the band need not be looked at."""
        most, extra = divmod(threshold, self.count)
        for number, band in enumerate(self.bands):
            yield band, most if number <= extra else most - 1


@cache
def _costs(bands: Bands, threshold: int) -> tuple[tuple[int, int], ...]:
    """Of each band: look-ups, and slots among which the codes are spread."""
    return tuple(
        (sum(comb(band.width, flipped) for flipped in range(radius + 1)), 1 << band.width)
        for band, radius in bands.radii(threshold)
    )


@cache
def _probes(bands: Bands, threshold: int) -> Probes:
    numbers: list[int] = []
    flips: list[int] = []
    for number, (band, radius) in enumerate(bands.radii(threshold)):
        masks = [
            sum(1 << bit for bit in bits)
            for flipped in range(radius + 1)
            for bits in combinations(range(band.width), flipped)
        ]
        numbers += [number] * len(masks)
        flips += masks
    return Probes(np.array(numbers, np.intp), np.array(flips, np.intp))


_LAYOUTS = {count: Bands(count) for count in (16, 13, 12)}


def bands_for(codes: int) -> Bands | None:
    """The fastest way to cut up so many codes; None where reading them all is quicker.

    Fewer bands mean more look-ups, fewer candidates, and more slots: 4 bytes each in the file.
    """
    if codes < 1 << 14:
        return None
    return _LAYOUTS[16 if codes < 3 << 19 else 13 if codes < 1 << 21 else 12]


def bands_by_count(count: int) -> Bands | None:
    """The layout with so many bands, None for 0. KeyError where none has so many."""
    return _LAYOUTS[count] if count else None
