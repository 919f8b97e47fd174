"""Writes a segment: the sorted codes of any number of sources become one file.

The file is written from front to back in bounded memory: at no time is more held than a part
of the codes and, of one band, the postings (4 bytes a code) and offsets (4 bytes a slot). What it reads
of its own file it reads by parts, not mapped, so that the pages stay the system's and do not count as ours.
"""

from __future__ import annotations

import os
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.matching.bands import Band, bands_for
from bridge.matching.codes import Codes, sort_codes
from bridge.matching.segment import FORMAT, LARGEST_COUNT, MAGIC, TRAILER, Postings

PART = 1 << 15
"""About so many codes are worked on at once."""


def write_segment(path: Path, sources: Sequence[Codes]) -> int:
    """Writes the distinct codes of `sources` and what finds them; gives the file's CRC-32.

    Each source is ascending and in the index's order of bits. Does not sync the file to disk.
    Raises ValueError beyond `LARGEST_COUNT` codes, OSError when the disk is full.
    """
    count = checksum = 0
    with path.open("w+b") as file:

        def put(array: npt.NDArray[Any]) -> None:
            nonlocal checksum
            checksum = zlib.crc32(array.data, checksum)
            file.write(array.data)

        for codes in merged(sources):
            put(np.ascontiguousarray(codes))
            count += len(codes)
        if count > LARGEST_COUNT:
            raise ValueError(f"{count} codes are too many for one segment of the index")
        file.flush()
        bands = bands_for(count)
        if bands is not None:
            for number, band in enumerate(bands.bands):
                put(
                    _sizes(file.fileno(), count, band).cumsum(dtype=np.uint32)[:-1]
                    + np.uint32(number * count)
                )
            put(np.array([bands.count * count], np.uint32))
            for band in bands.bands:
                put(_postings(file.fileno(), count, band))
        trailer = np.zeros(TRAILER // 8, np.uint64)
        trailer[:4] = MAGIC, FORMAT, count, 0 if bands is None else bands.count
        put(trailer)
    return checksum


def merged(sources: Sequence[Codes]) -> Iterator[Codes]:
    """All distinct codes of sources that are each ascending: ascending, about `PART` at a time."""
    total = sum(map(len, sources))
    if not total:
        return
    largest = max(sources, key=len)
    borders = largest[:: max(1, len(largest) * PART // total), 0][1:]
    begins = [0] * len(sources)
    for border in borders:
        ends = [bisect_left(codes[:, 0], border, begin) for codes, begin in zip(sources, begins, strict=True)]
        yield _joined(sources, begins, ends)
        begins = ends
    yield _joined(sources, begins, [len(codes) for codes in sources])


def _joined(sources: Sequence[Codes], begins: list[int], ends: list[int]) -> Codes:
    slices = zip(sources, begins, ends, strict=True)
    return sort_codes(np.concatenate([codes[begin:end] for codes, begin, end in slices]))


def _written(descriptor: int, count: int) -> Iterator[tuple[int, Codes]]:
    """The codes that the file begins with, a part at a time, each with the number of its first."""
    for start in range(0, count, PART):
        blob = os.pread(descriptor, 32 * min(PART, count - start), 32 * start)
        yield start, np.frombuffer(blob, np.uint64).reshape(-1, 4)


def _sizes(descriptor: int, count: int, band: Band) -> Postings:
    """How many codes have the key before; so the sum up to a key is where its codes start."""
    sizes = np.zeros((1 << band.width) + 1, np.uint32)
    for _, codes in _written(descriptor, count):
        np.add.at(sizes, band.keys(codes) + 1, np.uint32(1))
    return sizes


def _postings(descriptor: int, count: int, band: Band) -> Postings:
    """The numbers of all codes by their key in the band."""
    postings = np.empty(count, np.uint32)
    starts = _sizes(descriptor, count, band).cumsum(dtype=np.uint32)
    for start, codes in _written(descriptor, count):
        keyed = band.keys(codes).astype(np.uint64) << np.uint64(32)
        keyed |= np.arange(start, start + len(keyed), dtype=np.uint64)
        keyed.sort()
        keys = (keyed >> np.uint64(32)).astype(np.intp)
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        sizes = np.diff(firsts, append=len(keys))
        places = np.arange(len(keys)) + np.repeat(starts[keys[firsts]] - firsts, sizes)
        postings[places] = keyed.astype(np.uint32)
        starts[keys[firsts]] += sizes.astype(np.uint32)
    return postings
