"""Posts a second through the firehose, a picture each: decoded, decoded and queued, up to stored verdicts."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.posts import posting, posts
from benchmarks.watching import all_checked, fill, prepared, watching
from bridge.atproto.frames import read_frame
from bridge.atproto.guard import Guard
from bridge.hashing import Hasher
from bridge.matching.embedded import EmbeddedMatcher
from bridge.pipeline import Pipeline
from bridge.settings import PdsSettings, Settings
from tests.network.network import network
from tests.stores import open_store

POSTS, REPLAYED = 3_000, 1_000
ACCOUNTS = 4


async def figures() -> None:
    """Prints a line for each stage."""
    frames = [frame for frame, _ in posts(POSTS)]
    begin = time.perf_counter()
    for frame in frames:
        read_frame(frame)
    decoded = POSTS / (time.perf_counter() - begin)
    print(f"events through the firehose, {POSTS:,} posts with a picture each, from a fake PDS beside it:")
    _print("frames decoded only", decoded, decoded)
    async with posting(POSTS) as url:
        _print("decoded and queued, on disk", await _queued(url), decoded)
        _print("fetched, hashed, matched, verdict on disk", await _checked(url, POSTS), decoded)
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(network())
        people = [await stack.enter_async_context(net.account()) for _ in range(ACCOUNTS)]
        await fill(people, REPLAYED, 1)
        rate = await _checked(net.url, REPLAYED)
        _print(f"the same, {REPLAYED:,} of a real PDS from cursor 0", rate, decoded)


async def _queued(url: str) -> float:
    """Nothing is fetched: the firehose alone runs."""
    with TemporaryDirectory(prefix="hma-") as name:
        folder = Path(name)
        store, hasher = await open_store(folder / "store.db"), Hasher()
        pipeline = Pipeline(store, hasher, EmbeddedMatcher(store, folder / "index"))
        guard = Guard.over(Settings(folder, pds=PdsSettings(url, "firehose")), store, pipeline)
        begin = time.perf_counter()
        listening = asyncio.create_task(guard.firehose.run())
        while guard.firehose.seq != POSTS:
            await asyncio.sleep(0.005)
        took = time.perf_counter() - begin
        listening.cancel()
        await asyncio.wait((listening,))
        await guard.pds.close()
        hasher.close()
        await store.close()
    return POSTS / took


async def _checked(url: str, uploads: int) -> float:
    """From when the bridge answers; a real PDS's accounts are listed meanwhile, as at each first start."""
    async with prepared() as folder:
        with watching(folder, url):
            begin = time.perf_counter()
            await all_checked(folder, uploads)
            return uploads / (time.perf_counter() - begin)


def _print(what: str, rate: float, decoded: float) -> None:
    beside = "" if rate == decoded else f"decoding alone is {decoded / rate:,.0f}× as fast"
    print(f"  {what:46}{rate:10,.0f} a second  {beside}")
