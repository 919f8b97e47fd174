"""Whether the index of an HMA finds what is in it: of its default one that is not certain.

FAISS loses a bucket that holds all N hashes where N is a power of two. So an index of one hash, or of 2, 4,
8 … equal ones, matches nothing, and says so as if nothing were near; the flat index that assets/deploy/hma
sets up finds them. No answer of HMA's tells which of the two it has: one hash of its own does.
"""

from __future__ import annotations

import asyncio

from bridge.catalogue import LARGEST_THRESHOLD
from bridge.errors import BadSignal
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaGarbled, HmaRefused
from bridge.matching.hma_http import MOST_AT_ONCE
from bridge.matching.hma_values import HMA_NAMES, HmaContent
from bridge.signals import SignalType, beside

NUMBERS = 8 * MOST_AT_ONCE
"""HMA lists no content: of the numbers that it gives, so many of the first are asked for."""
_PDQ = HMA_NAMES[SignalType.PDQ]


def may_lose(size: int) -> bool:
    """Whether an index of that many hashes may be one that finds none of them."""
    return size > 0 and size & (size - 1) == 0


async def finds_itself(client: HmaClient, bank: str) -> bool | None:
    """Whether the first PDQ hash that HMA has is found near itself; None where there is none to try.

    `bank` is any of its banks. Raises HmaError.
    """
    for start in range(1, NUMBERS, MOST_AT_ONCE):
        numbers = range(start, start + MOST_AT_ONCE)
        for content in await asyncio.gather(*(_content(client, bank, number) for number in numbers)):
            if content is not None and _PDQ in content.signals:
                hits = await client.raw_lookup(_PDQ, _near_to(content.signals[_PDQ]))
                return any(hit.content_id == content.id for hit in hits)
    return None


def _near_to(hash_: str) -> bytes:
    """What is looked up instead: an entry of somebody's list stands in no address."""
    try:
        return beside(SignalType.PDQ.parse(hash_), LARGEST_THRESHOLD)
    except BadSignal:
        raise HmaGarbled("A content of HMA's has no PDQ hash that can be read.") from None


async def _content(client: HmaClient, bank: str, number: int) -> HmaContent | None:
    try:
        return await client.content(bank, number, signals=True)
    except HmaRefused as refusal:
        if refusal.status == 404:
            return None
        raise
