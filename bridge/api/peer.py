"""uvicorn's HTTP protocol with two things added: who is at the other end, and limits on its patience.

On the Unix socket the kernel says who speaks (SO_PEERCRED): a request's scope has
`extensions["peer"] = {"uid": …, "pid": …}`, which no client can put there. On TCP, where anyone may
connect, headers are bounded in size and time before a key is ever looked at, and only there does the
limit on connections count: strangers never lock the operator out.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEADERS = 64 << 10
HEADER_SECONDS = 60.0

_CREDENTIALS = struct.Struct("3i")


class PeerProtocol(HttpToolsProtocol):
    """One connection, of an app over TCP or of the operator over the Unix socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._header_bytes = 0
        self._reads_headers = True
        self._too_late: asyncio.TimerHandle | None = None
        connection = transport.get_extra_info("socket")
        if connection.family == socket.AF_UNIX:
            answer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            pid, uid, _ = _CREDENTIALS.unpack(answer)
            self.app = as_peer(self.app, uid, pid)
            self.limit_concurrency = None
        else:
            self._too_late = self.loop.call_later(HEADER_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._header_bytes += len(data)
        if self._reads_headers and self._header_bytes > LARGEST_HEADERS:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self._reads_headers = True

    def on_headers_complete(self) -> None:
        self._reads_headers = False
        if self._too_late is not None:
            self._too_late.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
        super().connection_lost(exc)


def as_peer(app: Any, uid: int, pid: int) -> ASGIApp:
    """`app` called as by the user `uid` in process `pid`."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})["peer"] = {"uid": uid, "pid": pid}
        await app(scope, receive, send)

    return called


def as_this_user(app: ASGIApp) -> ASGIApp:
    """For a command that runs the API in its own process."""
    return as_peer(app, os.getuid(), os.getpid())
