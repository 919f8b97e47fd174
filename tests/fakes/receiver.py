"""A server that is told things by webhook: HTTP of our own, whose answers go as the test says."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

SECRET = "a secret for tests"


@dataclass(frozen=True, slots=True)
class Heard:
    """One request: its path, its headers by lower-case name, its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]

    def is_signed(self, secret: str = SECRET) -> bool:
        """As `docs/webhooks.md` says it."""
        signed = f"{self.headers['hma-timestamp']}.".encode() + self.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(self.headers["hma-signature"], f"sha256={expected}")


@dataclass(slots=True)
class ReceivingServer:
    """`answers` are the statuses of its next answers, 200 once they are used up; 0 answers nothing and
    hangs up, an event is waited for. A redirect leads to `/elsewhere`.
    """

    port: int = 0
    answers: list[int | asyncio.Event] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until(self, count: int) -> list[Heard]:
        """All that was heard, once it is so many."""
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: len(self.heard) >= count)
        return self.heard

    def take(self, heard: Heard) -> int:
        """What an app does with it; the status it answers with."""
        return 200

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        heard = Heard(first.split(" ")[1], headers, body)
        answer = self.answers.pop(0) if self.answers else self.take(heard)
        async with self.news:
            self.heard.append(heard)
            self.news.notify_all()
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = 200
        if answer == 0:
            raise ConnectionError
        location = "Location: /elsewhere\r\n" if 300 <= answer < 400 else ""
        writer.write(f"HTTP/1.1 {answer} Said\r\n{location}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def listening(site: ReceivingServer) -> AsyncIterator[None]:
    """On 127.0.0.1, at a free port."""
    server = await asyncio.start_server(site._serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[ReceivingServer]:
    site = ReceivingServer()
    async with listening(site):
        yield site
