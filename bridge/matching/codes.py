"""PDQ hashes as rows of numbers, and the fixed order of bits in which the index keeps them.

A code is one 256-bit hash as four unsigned 64-bit words in the machine's own order; the bytes
of a row are the 32 bytes of the hash. Distance is the number of bits in which two codes differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint64]
"""Codes, one a row: shape (n, 4)."""

Rows = npt.NDArray[np.intp]
"""Numbers of rows."""

BITS = 256
NO_CODES: Codes = np.empty((0, 4), np.uint64)

_CHUNK = 1 << 14
"""Numbers worked on at once: they stay in the processor's cache."""
_FEW = 256
"""Below this many codes moving bit by bit is quicker than by tables."""
_NO_ROWS: Rows = np.empty(0, np.intp)
_ALL_SET = np.uint32(0x40404040)


def codes_of(values: Iterable[bytes] | bytes) -> Codes:
    """PDQ hashes of 32 bytes each, as a list or end to end, as codes. ValueError on other lengths."""
    blob = values if isinstance(values, bytes) else b"".join(values)
    return np.frombuffer(blob, np.uint64).reshape(-1, 4)


def bytes_of(codes: Codes) -> list[bytes]:
    """The 32 bytes of each code."""
    blob = codes.tobytes()
    return [blob[at : at + 32] for at in range(0, len(blob), 32)]


def scatter(codes: Codes) -> Codes:
    """The same codes with their bits in the index's order.

    Neighbouring bits of a PDQ hash are correlated. Left beside each other in one band they fill
    a few buckets and leave the rest empty, so the index deals them out at random.
    """
    return _moved(codes, back=False)


def gather(codes: Codes) -> Codes:
    """Codes in the index's order of bits back in the order of the hash: undoes `scatter`."""
    return _moved(codes, back=True)


def distances(left: Codes, right: Codes) -> npt.NDArray[np.uint16]:
    """The distance of each row of one to the same row of the other, 0 to 256."""
    return cast(npt.NDArray[np.uint16], np.bitwise_count(left ^ right).sum(axis=1, dtype=np.uint16))


def near(differing: Codes, threshold: int) -> Rows:
    """The numbers of the rows in which at most `threshold` bits are set, 0 to 254."""
    counts = np.bitwise_count(differing).view(np.uint32).ravel()
    # The product's highest byte is the sum of the four counts, where that is below 256.
    rows = np.flatnonzero(counts * np.uint32(0x01010101) < np.uint32((threshold + 1) << 24))
    return cast(Rows, rows[counts[rows] != _ALL_SET])


def scan(codes: Codes, queries: Codes, threshold: int) -> tuple[Rows, Rows]:
    """Every pair within `threshold`, by reading all codes: numbers of queries, and of codes.

    Two of the four words rule out nearly every pair, so the others are read for the rest only.
    """
    askers, numbers = [_NO_ROWS], [_NO_ROWS]
    step = max(1, _CHUNK // max(1, len(queries)))
    for start in range(0, len(codes), step):
        part = codes[start : start + step]
        counts = np.bitwise_count(queries[:, :1] ^ part[:, 0])
        counts += np.bitwise_count(queries[:, 1:2] ^ part[:, 1])
        asker, number = np.divmod(np.flatnonzero(counts <= threshold), len(part))
        if len(asker):
            close = distances(queries[asker], part[number]) <= threshold
            askers.append(asker[close])
            numbers.append(number[close] + start)
    return np.concatenate(askers), np.concatenate(numbers)


def sort_codes(codes: Codes) -> Codes:
    """The distinct codes in ascending order, word by word."""
    if not len(codes):
        return codes
    codes = codes[np.argsort(codes[:, 0], kind="stable")]
    tied = codes[1:, 0] == codes[:-1, 0]
    if not tied.any():
        return codes
    among = np.flatnonzero(np.append(tied, False) | np.insert(tied, 0, False))
    group = codes[among]
    codes[among] = group[np.lexsort(group.T[::-1])]
    return cast(Codes, codes[np.insert((codes[1:] != codes[:-1]).any(axis=1), 0, True)])


def _moved(codes: Codes, back: bool) -> Codes:
    if len(codes) < _FEW:
        bits = np.unpackbits(np.ascontiguousarray(codes).view(np.uint8), axis=1)
        return np.packbits(bits.take(_order(back), axis=1), axis=1).view(np.uint64)
    moved = np.empty((len(codes), 4), np.uint64)
    table = _table(back)
    for start in range(0, len(codes), _CHUNK):
        places = np.ascontiguousarray(codes[start : start + _CHUNK]).view(np.uint8)
        into = moved[start : start + _CHUNK]
        table[0].take(places[:, 0], axis=0, out=into)
        for place in range(1, 32):
            into |= table[place].take(places[:, place], axis=0)
    return moved


@cache
def _order(back: bool) -> npt.NDArray[np.intp]:
    """For each bit of the result, which bit of the code it is.

    The order comes from SHA-256 and not from a random generator, whose streams may change:
    index files outlive versions of NumPy.
    """
    order = np.array(sorted(range(BITS), key=lambda bit: hashlib.sha256(bytes([bit])).digest()))
    return np.argsort(order) if back else order


@cache
def _table(back: bool) -> Codes:
    """What each value of each byte of a code contributes to the result: (32, 256, 4) words."""
    single = np.zeros((32, 256, 32), np.uint8)
    for place in range(32):
        single[place, :, place] = np.arange(256)
    bits = np.unpackbits(single, axis=2)[:, :, _order(back)]
    return np.packbits(bits, axis=2).view(np.uint64)
