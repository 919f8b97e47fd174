"""An httpx transport into an ASGI app that streams answers: what httpx brings along buffers them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.applications import Starlette

Message = dict[str, Any]


class StreamingTransport(httpx.AsyncBaseTransport):
    """While `is_down`, nothing answers, as when the bridge's process has ended."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self.is_down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("nobody listens")
        body = await request.aread()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.url.path,
            "raw_path": request.url.raw_path,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": None,
            "server": ("bridge", 80),
        }
        asked, gone = False, asyncio.Event()
        sent: asyncio.Queue[Message] = asyncio.Queue()

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.put_nowait(dict(message))

        task = asyncio.create_task(self._app(scope, receive, send))
        start = await sent.get()
        stream = _Stream(sent, gone, task)
        return httpx.Response(start["status"], headers=start["headers"], stream=stream, request=request)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, sent: asyncio.Queue[Message], gone: asyncio.Event, task: asyncio.Task[None]) -> None:
        self._sent, self._gone, self._task = sent, gone, task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._sent.get()
            yield message.get("body", b"")
            if not message.get("more_body"):
                return

    async def aclose(self) -> None:
        self._gone.set()
        await self._task
