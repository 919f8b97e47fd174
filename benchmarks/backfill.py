"""Everything that a PDS held before it was watched: 10,000 small pictures listed, fetched and checked.

They are uploaded as any client does it, and named by records of a hundred. The PDS forgets its events
after a second, so that listing alone brings them.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import httpx

from benchmarks.watching import all_checked, fill, prepared, watching
from bridge.atproto.blobs import AT_ONCE
from tests.network.network import network

FILES, IN_A_RECORD, ACCOUNTS = 10_000, 100, 10
ALONE = 2_000


async def figures() -> None:
    """Prints a line for each figure."""
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(network("--backfill-ms", "1000"))
        people = [await stack.enter_async_context(net.account()) for _ in range(ACCOUNTS)]
        begin = time.perf_counter()
        files = await fill(people, FILES, IN_A_RECORD)
        uploading = time.perf_counter() - begin
        print(f"backfill, {FILES:,} files of {ACCOUNTS} accounts, uploaded in {uploading:.0f} s:")
        fetching = await _fetched(net.url, files[:: FILES // ALONE])
        print(f"  only fetched, {AT_ONCE} at a time       {fetching:8.0f} files a second")
        folder = await stack.enter_async_context(prepared())
        served = stack.enter_context(watching(folder, net.url))
        begin = time.perf_counter()
        await all_checked(folder, FILES)
        took = time.perf_counter() - begin
        rate, most, own = FILES / took, served.memory("VmHWM") / 1e6, served.memory("RssAnon") / 1e6
        print(f"  listed, fetched, checked    {rate:8.0f} files a second  {took:.0f} s in all")
        print(f"  fetching alone is           {fetching / rate:8.1f}× as fast")
        print(f"  memory of the bridge        {most:8.0f} MB at most (goal 300), {own:.0f} MB its own after")


async def _fetched(url: str, files: list[tuple[str, str]]) -> float:
    """Files a second that the PDS gives to a client that does nothing with them."""
    waiting = iter(files)

    async def one_after_another(http: httpx.AsyncClient) -> None:
        for did, cid in waiting:
            answer = await http.get("/xrpc/com.atproto.sync.getBlob", params={"did": did, "cid": cid})
            assert answer.status_code == 200, answer.text

    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        begin = time.perf_counter()
        await asyncio.gather(*(one_after_another(http) for _ in range(AT_ONCE)))
        return len(files) / (time.perf_counter() - begin)
