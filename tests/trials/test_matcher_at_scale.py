"""Planted pairs among 200,000 entries, asked of the whole matcher: none missed, none invented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from bridge.banks.banks import Banks
from bridge.catalogue import Bank, Category
from bridge.matching.codes import Codes, bytes_of
from bridge.matching.embedded import EmbeddedMatcher
from bridge.matching.matcher import Query
from bridge.signals import Signal, SignalType
from tests.matching.planting import planted_queries, random_codes, truth
from tests.stores import open_store

COUNT, REMOVED, EACH = 200_000, 5_000, 20


async def as_a_list(codes: Codes) -> AsyncIterator[bytes]:
    for start in range(0, len(codes), 10_000):
        yield "".join(f"{value.hex()}\n" for value in bytes_of(codes[start : start + 10_000])).encode()


async def found(matcher: EmbeddedMatcher, queries: Codes) -> set[tuple[int, bytes, int]]:
    triples = set()
    for number, value in enumerate(bytes_of(queries)):
        query = Query.of_hash(Signal(SignalType.PDQ, value), None, listed=True)
        for match in (await matcher.match(query)).matches:
            triples.add((number, match.value, match.distance))
    return triples


@pytest.mark.trial
@pytest.mark.timeout(600)
async def test_every_pair_is_found_also_after_additions_removals_and_a_restart(tmp_path: Path) -> None:
    codes = random_codes(COUNT, seed=21)
    queries = planted_queries(codes, EACH, seed=21)
    store = await open_store(tmp_path / "store.db")
    banks, matcher = Banks(store), EmbeddedMatcher(store, tmp_path / "index")
    await matcher.start()
    keeping = asyncio.create_task(matcher.keep_up())
    await banks.create(Bank("test", Category.TEST, threshold=31), "test")
    await banks.import_list("test", as_a_list(codes[: COUNT // 2]), "test")
    assert await found(matcher, queries) == truth(queries, codes[: COUNT // 2], 31)
    await banks.import_list("test", as_a_list(codes[COUNT // 2 :]), "test")
    assert await found(matcher, queries) == truth(queries, codes, 31)

    gone = np.random.default_rng(21).permutation(COUNT)[:REMOVED]
    for value in bytes_of(codes[gone]):
        await banks.remove_signal("test", Signal(SignalType.PDQ, value), "test")
    left = truth(queries, np.delete(codes, gone, axis=0), 31)
    assert await found(matcher, queries) == left

    keeping.cancel()
    await matcher.close()
    again = EmbeddedMatcher(store, tmp_path / "index")
    await again.start()
    assert await found(again, queries) == left
    await again.close()
    await store.close()
