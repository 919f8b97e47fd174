"""A real Caddy or nginx in front of the tests' PDS, and requests whose paths no client library tidies up."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hma_console.gate_setup.rule import WhenDead, rule
from tests.network.network import PATH

needs_caddy = pytest.mark.skipif(
    shutil.which("caddy") is None,
    reason="CADDY IS MISSING (apt-get install caddy): the rules of assets/deploy were not tried",
)

NAME = PATH.removeprefix("/xrpc/")
SPELLINGS = [
    *(PATH, f"{PATH}/", PATH.lower(), PATH.upper(), f"{PATH}?x", f"{PATH}/?x", f"{PATH}//", f"{PATH}%2F"),
    *(f"{PATH}{end}" for end in (";x", "%00", "%20", ".", "%0A", "#x")),
    *(f"/xrpc/{NAME.replace(old, new)}" for old, new in (("B", "%42"), (".", "%2E"))),
    *(f"/xrpc{between}{NAME}" for between in ("//", "/./", "/x/../", "%2F", "\\")),
    *(f"/{PATH}", f"/%78rpc/{NAME}", f"http://localhost{PATH}"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def trusting() -> ssl.SSLContext:
    """The proxy's certificate is one it made for the test."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def running(port: int, *command: str) -> AsyncIterator[None]:
    """A proxy, once it takes connections at this port, until the block is left."""
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(20):
            while True:
                assert process.returncode is None, f"{command[0]} ended by itself"
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        writer.close()
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def caddy(folder: Path, port: int, when_dead: WhenDead, gate: str, pds: str) -> AsyncIterator[str]:
    """Where it listens."""
    site = f"{rule(when_dead, gate, pds)}\nreverse_proxy {pds}"
    config = folder / "Caddyfile"
    config.write_text(f"{{\n admin off\n auto_https off\n}}\nhttp://localhost:{port} {{\n{site}\n}}\n")
    async with running(port, "caddy", "run", "--config", str(config), "--adapter", "caddyfile"):
        yield f"http://localhost:{port}"


async def raw_post(
    port: int, path: str, token: str, body: bytes, *headers: str, tls: bool = False, eof: bool = False
) -> bytes:
    """The answer, headers and all. `body` goes as it is, whatever `headers` say; `eof`: no more comes."""
    context = trusting() if tls else None
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost" if tls else None
    )
    described = headers or (f"Content-Length: {len(body)}",)
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: localhost:{port}",
        f"Authorization: {token}",
        *("Content-Type: image/png", "Connection: close"),
        *described,
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    if eof:
        writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


def got_in(answer: bytes) -> bool:
    return b'"blob"' in answer
