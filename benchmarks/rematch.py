"""A list grows: 100,000 new entries against everything ever seen, 31 views an upload.

The whole of it on a real store: read, sifted, compared, recorded, the mark moved. Beside it the way the
bridge compares uploads as they come: the index of the same entries asked for the views of one after another.
Random hashes; one upload in 10,000 is near an entry. The goal: a million uploads in under 60 s on two cores.
Each size in a process of its own, whose own (anonymous) memory is what is printed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.index import watched_memory
from bridge.banks.banks import Banks
from bridge.catalogue import Bank, Category
from bridge.compliance.log import ComplianceLog
from bridge.compliance.outside import OutsideCopy
from bridge.hashing import Hasher
from bridge.keys.keychain import Keychain
from bridge.keys.passphrases import PassphraseSources
from bridge.matching.codes import Codes, bytes_of
from bridge.matching.embedded import EmbeddedMatcher
from bridge.matching.index import PdqIndex
from bridge.memory import give_memory_back
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
from bridge.store.database import migrate
from bridge.store.rematching import rematch_state
from bridge.store.store import Store

ENTRIES = 100_000
SIZES = (100_000, 1_000_000)
VIEWS = 31
ONE_IN = 10_000
BATCH = 10_000
ASKED = 200
"""Uploads whose views the index is asked for, one after another."""


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    processor: float
    found: int
    own_memory: float
    longest_wait: float
    """Seconds for which something else waited for the event loop, at most."""


def run() -> None:
    """Prints one line for each of `SIZES`."""
    print("                        all of it              processor time a view       own      the loop")
    print("   uploads   found   seconds  processor     here   the index   times    memory   waited at most")
    one_by_one = _one_by_one()
    for count in SIZES:
        with TemporaryDirectory() as name, ProcessPoolExecutor(1, get_context("spawn")) as process:
            done = process.submit(_grow, Path(name), count).result()
        a_view = done.processor / (count * VIEWS)
        print(
            f"{count:10,}  {done.found:6}  {done.seconds:6.1f} s  {done.processor:7.1f} s"
            f"  {a_view * 1e6:5.1f} µs  {one_by_one * 1e6:7.0f} µs  {one_by_one / a_view:5.0f}×"
            f"  {done.own_memory:5.0f} MB  {done.longest_wait * 1e3:10.0f} ms"
        )


def _one_by_one() -> float:
    """Processor seconds a view, when the index of the entries is asked upload by upload."""
    with TemporaryDirectory() as name:
        index = PdqIndex.build(Path(name), [_entries()], through=ENTRIES)
        views = np.concatenate(list(_views(ASKED)))
        index.search(views[:VIEWS], 31)
        begin = time.process_time()
        for start in range(0, len(views), VIEWS):
            index.search(views[start : start + VIEWS], 31)
        return (time.process_time() - begin) / len(views)


def _grow(folder: Path, count: int) -> Run:
    give_memory_back()  # as the bridge does
    return asyncio.run(_grown(folder, count))


async def _grown(folder: Path, count: int) -> Run:
    _write_past(folder / "store.db", count)
    keychain = Keychain(folder / "keys", PassphraseSources())
    store = await Store.open(folder / "store.db", ComplianceLog(keychain, OutsideCopy(folder / "heads")))
    hasher, matcher = Hasher(), EmbeddedMatcher(store, folder / "index")
    await matcher.start()
    banks = Banks(store)
    await banks.create(Bank("list", Category.TERRORISM, threshold=31), "bench")
    await banks.import_list("list", _as_lines(), "bench")
    keeping = asyncio.create_task(matcher.keep_up())
    rematcher = Rematcher(store, Pipeline(store, hasher, matcher), Pause(store), Following())
    waits = asyncio.create_task(_longest_wait())
    with watched_memory() as memory:
        begin, processor = time.perf_counter(), time.process_time()
        await rematcher.catch_up()
        seconds, spent = time.perf_counter() - begin, time.process_time() - processor
    found = (await store.read(rematch_state)).found
    waits.cancel()
    keeping.cancel()
    hasher.close()
    await matcher.close()
    await store.close()
    return Run(seconds, spent, found, memory.peak, _waited[0])


_waited = [0.0]
_LETTERS = str.maketrans("0123456789", "abcdefghij")


async def _longest_wait() -> None:
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(0.005)
        _waited[0] = max(_waited[0], time.perf_counter() - begin - 0.005)


def _write_past(path: Path, count: int) -> None:
    """Uploads that matched nothing, each with its signals."""
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        number = 0
        for views in _views(count):
            rows = []
            for packed in _packed(views):
                sha256 = hashlib.sha256(number.to_bytes(8)).digest()
                name = f"{number:016}".translate(_LETTERS)
                rows.append((sha256, os.urandom(20), os.urandom(16), packed, name))
                number += 1
            connection.executemany(
                "INSERT INTO signals (sha256, sha1, md5, size, media_type, width, height, frames, views,"
                " fault, unread) VALUES (?, ?, ?, 1, 'image/jpeg', 1, 1, 1, ?, '', 0)",
                [row[:4] for row in rows],
            )
            connection.executemany(
                "INSERT INTO uploads (id, received_at, source, sender, did, claimed_author, cid, uri,"
                " photo_id, metadata, sha256, verdict, reason, action, banks, took_ms) VALUES"
                " (?, 0, 'api', 'key:app', '', ?, '', '', '', '{}', ?, 'no_match', '', 'none', '[]', 1)",
                [(row[4], row[4], row[0]) for row in rows],
            )


def _packed(views: Codes) -> list[bytes]:
    """Every upload's views, as they are stored: upright, good."""
    table = np.zeros((len(views), 34), np.uint8)
    table[:, 1] = 100
    table[:, 2:] = np.ascontiguousarray(views).view(np.uint8)
    blob = table.tobytes()
    size = 34 * VIEWS
    return [blob[at : at + size] for at in range(0, len(blob), size)]


def _views(count: int) -> Iterator[Codes]:
    """The views of so many uploads, some thousands at a time."""
    entries = _entries()
    for start in range(0, count, BATCH):
        uploads = min(BATCH, count - start)
        views = _random(uploads * VIEWS, seed=1_000 + start)
        for number in range(start, start + uploads):
            if number % ONE_IN == 0:
                views[(number - start) * VIEWS] = entries[number // ONE_IN] ^ np.uint64(0b1011)
        yield views


async def _as_lines() -> AsyncIterator[bytes]:
    for start in range(0, ENTRIES, BATCH):
        yield "".join(f"{value.hex()}\n" for value in bytes_of(_entries()[start : start + BATCH])).encode()


def _entries() -> Codes:
    return _random(ENTRIES, seed=1)


def _random(count: int, seed: int) -> Codes:
    return np.random.default_rng([2, seed]).integers(0, 1 << 64, (count, 4), np.uint64)
