"""A segment: distinct codes in one immutable file, mapped into memory and searched there.

The file, in the machine's byte order (another machine's does not open, and is built anew):

    codes      n rows of 32 bytes, ascending, bits in the index's order (`codes.scatter`)
    offsets    one uint32 a slot of the bands, and one: where the slot's codes start in postings
    postings   for each band the numbers of all n codes, uint32, slot by slot
    trailer    64 bytes: 4 words magic, format, n, number of bands; 4 words zero

Offsets and postings are missing where the number of bands is 0: such a segment is read through.
The file's checksum stands in the manifest, not here (`manifest.py`).
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridge.errors import StoreError
from bridge.matching.bands import Bands, Numbers, bands_by_count
from bridge.matching.codes import Codes, Rows, near, scan

MAGIC = int.from_bytes(b"HMA PDQ ", "little")
FORMAT = 1
TRAILER = 64

Pairs = npt.NDArray[np.uint64]
"""What a search found: the query's number times 2^32, plus the code's number."""

NO_PAIRS: Pairs = np.empty(0, np.uint64)

Postings = npt.NDArray[np.uint32]
"""Numbers of codes, as the file has them."""

LARGEST_COUNT = (1 << 32) // 16
"""More codes than this in one segment do not fit the numbers of 32 bits."""

_READ = 1 << 20
_SCAN_SHARE = 16
"""A look-up or a candidate costs as much as reading this many codes in a row."""
_CANDIDATES = 1 << 16
_LOOK_UPS = 1 << 17
"""So many of each are worked on at once, however many queries and near-equal codes there are."""


class IndexDamaged(StoreError):
    """A file of the index is missing, or is not what was written."""

    hint = "Nothing is lost: the index is built again from the store."


class Segment:
    """Reads one file; any number of threads at once. The file may be unlinked meanwhile."""

    def __init__(self, path: Path, checksum: int) -> None:
        """Maps the file after reading it through once. Raises IndexDamaged."""
        self.path = path
        self.checksum = checksum
        try:
            with path.open("rb") as file:
                if checksum_of(file.fileno()) != checksum:
                    raise IndexDamaged(f"{path.name} is damaged: its checksum is wrong.")
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise IndexDamaged(f"{path.name} cannot be read: {error.strerror}.") from error
        trailer = np.frombuffer(mapped, np.uint64, offset=len(mapped) - TRAILER)
        if trailer[0] != MAGIC or trailer[1] != FORMAT:
            raise IndexDamaged(f"{path.name} was written by another version or machine.")
        count = int(trailer[2])
        self.bands = bands_by_count(int(trailer[3]))
        self.codes: Codes = np.frombuffer(mapped, np.uint64, count * 4).reshape(count, 4)
        if self.bands is not None:
            at = count * 32
            self._offsets = np.frombuffer(mapped, np.uint32, self.bands.slots + 1, at)
            at += self._offsets.nbytes
            self._postings = np.frombuffer(mapped, np.uint32, count * self.bands.count, at)

    def __len__(self) -> int:
        return len(self.codes)

    def search(self, queries: Codes, threshold: int) -> Pairs:
        """Every code within `threshold` of a query, each pair once; queries in the index's order."""
        bands = self.bands
        if bands is None or bands.cost(threshold, len(self)) > len(self) / _SCAN_SHARE:
            return paired(*scan(self.codes, queries, threshold))
        found = [pairs for pairs in self._probe(bands, queries, threshold) if len(pairs)]
        return np.unique(np.concatenate(found)) if found else NO_PAIRS

    def _probe(self, bands: Bands, queries: Codes, threshold: int) -> Iterator[Pairs]:
        probes = bands.probes(threshold)
        group = max(1, _LOOK_UPS // len(probes.band))
        for start in range(0, len(queries), group):
            some = queries[start : start + group]
            for asked, numbers in self._candidates(bands.look_ups(some, probes)):
                differing = self.codes.take(numbers, axis=0)
                differing ^= some.repeat(asked, axis=0)
                rows = near(differing, threshold)
                if len(rows):
                    askers = asked.cumsum().searchsorted(rows, "right") + start
                    yield paired(askers, numbers[rows])

    def _candidates(self, slots: Numbers) -> Iterator[tuple[Numbers, Postings]]:
        """The codes in the slots, some at a time; before them, how many are for each query."""
        width = slots.shape[1]
        slots = slots.ravel()
        firsts = self._offsets.take(slots)
        slots += 1
        sizes = self._offsets.take(slots)
        sizes -= firsts
        ends = sizes.cumsum(dtype=np.intp)
        jumps = firsts - ends
        jumps += sizes
        bounds = np.append(0, ends[width - 1 :: width])
        begin = done = 0
        while begin < len(slots):
            stop = max(begin + 1, int(ends.searchsorted(done + _CANDIDATES, "right")))
            end = int(ends[stop - 1])
            places = jumps[begin:stop].repeat(sizes[begin:stop])
            places += np.arange(done, end)
            reached = bounds.clip(done, end)
            yield reached[1:] - reached[:-1], self._postings.take(places)
            begin, done = stop, end


def paired(askers: Rows, numbers: Rows | Postings) -> Pairs:
    """Numbers of queries and of codes as one array."""
    return askers.astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)


def unpaired(pairs: Pairs) -> tuple[Rows, Rows]:
    """Numbers of queries and of codes: undoes `paired`."""
    return (pairs >> np.uint64(32)).astype(np.intp), (pairs & np.uint64(0xFFFFFFFF)).astype(np.intp)


def checksum_of(descriptor: int) -> int:
    """CRC-32 of an open file, read from its start.

    It tells every damage of up to 32 bits in a row, and all but one in 2^32 of the others, at
    twice the speed of SHA-256. The file is read here and not mapped, so that its pages stay the
    system's and do not count as ours.
    """
    buffer = bytearray(_READ)
    view = memoryview(buffer)
    checksum = at = 0
    while size := os.preadv(descriptor, [view], at):
        checksum = zlib.crc32(view[:size], checksum)
        at += size
    return checksum
