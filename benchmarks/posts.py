"""A process that answers as a PDS with many posts: `python -m benchmarks.posts N`, until its input ends.

Each post has a small picture of its own. A real PDS gives 40 posts a second; to see what the bridge
can take, this one has all frames made beforehand. It closes the connection after each file.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from benchmarks.watching import picture
from tests.atproto.dag_cbor import blob_link, commit
from tests.fakes.hostile_pds import hostile_pds

ACCOUNTS = 50


def posts(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Frame and picture of each."""
    for seq in range(1, count + 1):
        body = picture(seq)
        image = {"$type": "blob", "ref": blob_link(body), "mimeType": "image/jpeg", "size": len(body)}
        embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": image}]}
        record = {"$type": "app.bsky.feed.post", "text": "", "createdAt": "2026-11-24T12:00:00Z"}
        did = f"did:plc:{'abcdefghij'[seq % 10] * 23}{'abcde'[seq % ACCOUNTS // 10]}"
        yield commit(did, seq, **{f"app.bsky.feed.post_{seq}": {**record, "embed": embed}}), body


@asynccontextmanager
async def posting(count: int) -> AsyncIterator[str]:
    """Where the process answers, until the block is left."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.posts", str(count)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _answer(count: int) -> None:
    made = list(posts(count))
    async with hostile_pds([frame for frame, _ in made]) as pds:
        for _, body in made:
            pds.holds(body)
        print(pds.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_answer(int(sys.argv[1])))
