"""A stream of atproto that is kept up: connected again whenever it ends, with growing waits."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bridge.errors import BridgeError
from bridge.uploads import now_ms

LARGEST_FRAME = 8 << 20
TOO_BIG = 1009
"""The code of RFC 6455 by which we end a connection on such a frame."""
WAITING = 8
"""Frames that wait to be read; beyond them the sender has to."""
GATHERED, GATHERED_BYTES = 256, 2 << 20
GATHER_SECONDS = 0.1
WAITS = (1, 2, 5, 10, 30)
"""Seconds between tries while the other side does not answer."""

log = logging.getLogger(__name__)


class State(StrEnum):
    CONNECTING = "connecting"
    LIVE = "live"
    DOWN = "down"


class Stream:
    """`name` begins sentences. `state`, `fault` and `since` say how it is."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.state = State.CONNECTING
        self.fault = ""
        self.since = now_ms()

    async def keep_up(self, listen: Callable[[], Awaitable[None]]) -> None:
        """Calls `listen`, which connects and reads, again and again. Ends when cancelled."""
        failures = 0
        while True:
            try:
                await listen()
                failures = 0
            except ConnectionClosed as closed:
                too_large = closed.sent is not None and closed.sent.code == TOO_BIG
                fault = f"{self._name} sends a frame that is larger than is read." if too_large else ""
                self.now(State.DOWN if too_large else State.CONNECTING, fault)
                failures = failures + 1 if too_large else 0
            except (OSError, TimeoutError, WebSocketException, ValueError) as error:
                self.now(State.DOWN, f"{self._name} does not answer: {_words(error)}.")
                failures += 1
            except BridgeError as error:
                log.warning("%s waits: %s", self._name, error.message)
                failures += 1
            await asyncio.sleep(WAITS[min(failures, len(WAITS) - 1)])

    @asynccontextmanager
    async def connected(self, url: str) -> AsyncIterator[ClientConnection]:
        async with connect(
            url, max_size=LARGEST_FRAME, max_queue=WAITING, open_timeout=10, compression=None, proxy=None
        ) as connection:
            self.now(State.LIVE, "")
            yield connection

    def now(self, state: State, fault: str) -> None:
        if state is not self.state:
            self.since = now_ms()
        self.state, self.fault = state, fault


async def gathered(connection: ClientConnection) -> list[bytes]:
    """At least one message, and what follows at once: they share a commit."""
    messages = [await _received(connection)]
    size = len(messages[0])
    with contextlib.suppress(TimeoutError, ConnectionClosed):  # the latter comes again, when they are kept
        async with asyncio.timeout(GATHER_SECONDS):
            while len(messages) < GATHERED and size < GATHERED_BYTES:
                messages.append(await _received(connection))
                size += len(messages[-1])
    return messages


async def _received(connection: ClientConnection) -> bytes:
    data = await connection.recv()
    return data.encode() if isinstance(data, str) else data


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError) and (number := error.errno or 0) in errno.errorcode:
        return os.strerror(number)  # asyncio's own words hold an address in brackets
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
