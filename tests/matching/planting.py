"""Codes to search among, and a slow, plain way to find what is near them: the tests' own truth."""

from __future__ import annotations

import numpy as np

from bridge.matching.codes import Codes, bytes_of
from bridge.matching.index import Found

Triples = set[tuple[int, bytes, int]]
"""The number of a query, the 32 bytes of a code near it, and their distance."""


def random_codes(count: int, seed: int) -> Codes:
    return np.random.default_rng(seed).integers(0, 1 << 64, (count, 4), np.uint64)


def correlated_codes(count: int, seed: int) -> Codes:
    """Bits that follow twelve hidden factors and some noise, as those of real pictures do."""
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(12, 256)).cumsum(axis=1)
    factors /= np.abs(factors).max(axis=1, keepdims=True)
    values = generator.normal(size=(count, 12)) @ factors + generator.normal(size=(count, 256))
    return np.packbits(values > 0, axis=1).view(np.uint64)


def flipped(codes: Codes, distances: np.ndarray[tuple[int], np.dtype[np.intp]], seed: int) -> Codes:
    """Each code with so many of its bits flipped, wherever chance has it."""
    ranks = np.random.default_rng(seed).random((len(codes), 256)).argsort(axis=1).argsort(axis=1)
    mask = np.packbits(ranks < distances[:, None], axis=1).view(np.uint64)
    return codes ^ mask


def planted_queries(codes: Codes, each: int, seed: int, farthest: int = 31) -> Codes:
    """`each` queries at every distance from 0 to `farthest` of codes chosen from `codes`."""
    distances = np.arange(farthest + 1).repeat(each)
    chosen = np.random.default_rng(seed).choice(len(codes), len(distances), replace=False)
    return flipped(codes[chosen], distances, seed)


def truth(queries: Codes, codes: Codes, threshold: int) -> Triples:
    """All pairs within `threshold`, by counting bits as numbers: |a| + |b| - 2ab."""
    asked = _bits(queries)
    triples: Triples = set()
    for start in range(0, len(codes), 20_000):
        part = codes[start : start + 20_000]
        bits = _bits(part)
        apart = asked.sum(axis=1)[:, None] + bits.sum(axis=1) - 2 * (asked @ bits.T)
        values = bytes_of(part)
        for query, code in np.argwhere(apart <= threshold):
            triples.add((int(query), values[code], int(apart[query, code])))
    return triples


def triples_of(found: Found) -> Triples:
    """What was found; each of it once, or the test fails."""
    columns = (found.queries.tolist(), bytes_of(found.codes), found.distances.tolist())
    triples = set(zip(*columns, strict=True))
    assert len(triples) == len(found)
    return triples


def within(triples: Triples, threshold: int) -> Triples:
    return {triple for triple in triples if triple[2] <= threshold}


def _bits(codes: Codes) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    bytes_ = np.ascontiguousarray(codes).view(np.uint8)
    return np.unpackbits(bytes_, axis=1).astype(np.float32)
