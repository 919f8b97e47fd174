"""A web server of our own on this machine: what `/hash/url` fetches from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class WebServer:
    """Answers each path with the bytes set for it, else 404; notes what it was asked."""

    port: int
    answers: Mapping[str, bytes]
    asked: list[str] = field(default_factory=list)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        self.asked.append(path)
        writer.write(self.answers.get(path, answer(b"", "404 Not Found")))
        writer.close()


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP/1.1 answer with its length, whatever the body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(place: str) -> bytes:
    return answer(b"", "302 Found", Location=place)


@asynccontextmanager
async def web_server(answers: Mapping[str, bytes]) -> AsyncIterator[WebServer]:
    """On 127.0.0.1, at a free port."""
    site = WebServer(0, answers)
    server = await asyncio.start_server(site._answer, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
