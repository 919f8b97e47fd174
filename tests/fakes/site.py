"""HTTP of our own on this machine, answered by a function of the request, byte for byte as it wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its method, its path with the query, its headers by lower-case name, its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Handler = Callable[[Asked], bytes]


@asynccontextmanager
async def site(handler: Handler) -> AsyncIterator[str]:
    """The address of a server on 127.0.0.1, at a free port, while the block lasts."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = first.split(" ")
            writer.write(handler(Asked(method, path, headers, body)))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
