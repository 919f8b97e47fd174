"""A blob of the PDS on its way into the pipeline: bounded, in time, and the very bytes that its CID says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.atproto.cids import sha256_of
from bridge.atproto.pds import Pds
from bridge.errors import BridgeError, Unreachable
from bridge.pipeline import Pipeline
from bridge.receiving import Content

BLOB_SECONDS = 300


class Mismatch(BridgeError):
    """The PDS gave other bytes than the CID says."""


@asynccontextmanager
async def fetched(pds: Pds, pipeline: Pipeline, did: str, cid: str) -> AsyncIterator[Content]:
    """The bytes of one account's blob, held until the block is left, which counts towards its time.

    Raises Unreachable, PdsRefused (BlobMissing), Mismatch, TooLarge.
    """
    try:
        async with asyncio.timeout(BLOB_SECONDS), pds.blob(did, cid) as answer:
            length = answer.headers.get("content-length", "")
            expected = int(length) if length.isdecimal() else None
            async with pipeline.receive(expected) as receiver:
                async for chunk in answer.aiter_bytes():
                    await receiver.feed(chunk)
                content = await receiver.finish()
                if content.sha256 != sha256_of(cid):
                    raise Mismatch("The PDS gave other bytes than the CID says.")
                yield content
    except TimeoutError:
        raise Unreachable("The PDS takes too long to give a blob.") from None
