"""Which bridge a command or the console speaks to: the one that runs, or one it starts itself."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bridge.errors import DataDirectoryBusy, Unreachable
from bridge.settings import Settings

if TYPE_CHECKING:
    from bridge.keys.passphrases import PassphraseSources
    from bridge.runtime import Bridge

QUIET_SECONDS, START_SECONDS = 2.0, 20.0
"""How long a bridge that holds the directory but does not answer is waited for, at first in silence."""
HOLDS = "A bridge holds the data directory and does not answer yet; it is waited for."


@dataclass(frozen=True, slots=True)
class Attached:
    """`http` speaks to the bridge as its operator; `own` is set where we started it."""

    http: httpx.AsyncClient
    own: Bridge | None


@asynccontextmanager
async def attached(
    settings: Settings, sources: PassphraseSources | None = None, *, listens: bool
) -> AsyncIterator[Attached]:
    """The bridge that runs on this data directory, else one in this process, until the block is left.

    Without `listens` an own bridge opens no ports: enough for one command. `sources` open the keys
    of an own bridge; a running one has its own. Raises
    Unreachable where another holds the directory and does not answer.
    """
    began, was_told = asyncio.get_running_loop().time(), False
    while True:
        async with _over_socket(settings.socket_path) as http:
            if await _answers(http):
                yield Attached(http, None)
                return
        try:
            async with _own_bridge(settings, sources, listens=listens) as own, _to(own, settings) as http:
                yield Attached(http, own)
                return
        except DataDirectoryBusy as busy:
            waited = asyncio.get_running_loop().time() - began
            if waited > START_SECONDS:
                words = f"A bridge works on {settings.data_dir} and does not answer."
                raise Unreachable(words, "Restart it, or look at its log.") from busy
            if waited > QUIET_SECONDS and not was_told:
                was_told = True
                sys.stderr.write(f"{HOLDS}\n")
        await asyncio.sleep(0.2)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx.AsyncClient | None]:
    """The bridge that runs on this data directory, or None; none is started."""
    async with _over_socket(settings.socket_path) as http:
        yield http if await _answers(http) else None


def _own_bridge(
    settings: Settings, sources: PassphraseSources | None, *, listens: bool
) -> AbstractAsyncContextManager[Bridge]:
    from bridge.runtime import running_bridge  # half a second that an attached command is spared

    return running_bridge(settings, sources, listens=listens)


def _over_socket(path: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://bridge")


def _to(own: Bridge, settings: Settings) -> httpx.AsyncClient:
    if own.url:
        return _over_socket(settings.socket_path)
    from bridge.offline import in_process

    return httpx.AsyncClient(transport=httpx.ASGITransport(in_process(own)), base_url="http://bridge")


async def _answers(http: httpx.AsyncClient) -> bool:
    """A bridge that is still building its index answers, too: 503 is an answer."""
    try:
        await http.get("/health", timeout=2.0)
    except httpx.TransportError:
        return False
    return True
