"""Reads the bridge's server-sent events as they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.api.asking import V1, Json

PATIENCE = 20.0
"""Seconds after which news that did not come count as lost."""


@dataclass(frozen=True)
class News:
    id: int
    event: str
    data: Json


@asynccontextmanager
async def listening(client: httpx.AsyncClient, last: int | None = None) -> AsyncIterator[AsyncIterator[News]]:
    """What happens from now on, or after the event with the id `last`."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with client.stream("GET", f"{V1}/events", headers=headers, timeout=PATIENCE) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _parsed(response.aiter_lines())


async def _parsed(lines: AsyncIterator[str]) -> AsyncIterator[News]:
    fields: dict[str, str] = {}
    async for line in lines:
        if not line and fields:
            yield News(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


ITSELF = ("bridge.started", "heartbeat", "case.matched")


async def take(news: AsyncIterator[News], count: int) -> list[News]:
    """The next ones; the bridge's notes on itself, which come when they come, are left out."""
    taken: list[News] = []
    async with asyncio.timeout(PATIENCE):
        while len(taken) < count:
            one = await anext(news)
            if one.event != "note" or one.data["type"] not in ITSELF:
                taken.append(one)
    return taken


async def wait_for(news: AsyncIterator[News], wanted: Callable[[News], bool]) -> News:
    """The first that is `wanted`. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(one := await anext(news)):
            pass
    return one
