"""The Caddy rule of docs/pds.md with a real Caddy: no spelling of the address goes round the gate."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bridge.settings import PdsSettings, Settings
from tests.houses import png
from tests.network.network import PATH, Account, network
from tests.network.test_gate import gated
from tests.network.watching import Watched

DOCS = Path(__file__).parents[2] / "docs/pds.md"
NAME = PATH.removeprefix("/xrpc/")

needs_caddy = pytest.mark.skipif(
    shutil.which("caddy") is None,
    reason="CADDY IS MISSING (apt-get install caddy): the rule of docs/pds.md was not tried",
)

SPELLINGS = [
    *(PATH, f"{PATH}/", PATH.lower(), PATH.upper(), f"{PATH}?x", f"{PATH}/?x", f"{PATH}//", f"{PATH}%2F"),
    *(f"{PATH}{end}" for end in (";x", "%00", "%20", ".")),
    *(f"/xrpc/{NAME.replace(old, new)}" for old, new in (("B", "%42"), (".", "%2E"))),
    *(f"/xrpc{between}{NAME}" for between in ("//", "/./", "/x/../", "%2F", "\\")),
    *(f"/{PATH}", f"/%78rpc/{NAME}"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rule(gate: str) -> str:
    """The documented one, with the gate's own address."""
    found = re.search(r"```\n# Caddy.*?\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    assert "127.0.0.1:3001" in found[1]
    return found[1].replace("127.0.0.1:3001", gate)


@asynccontextmanager
async def caddy(folder: Path, port: int, gate: str, pds: str) -> AsyncIterator[str]:
    """Where it listens."""
    site = f"{rule(gate)}\nhandle {{\n reverse_proxy {pds}\n}}"
    config = folder / "Caddyfile"
    config.write_text(f"{{\n admin off\n auto_https off\n}}\nhttp://localhost:{port} {{\n{site}\n}}\n")
    process = await asyncio.create_subprocess_exec(
        *("caddy", "run", "--config", str(config), "--adapter", "caddyfile"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        async with asyncio.timeout(20), httpx.AsyncClient(base_url=url) as http:
            while True:
                try:
                    await http.get("/xrpc/_health")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def raw_post(port: int, path: str, token: str, body: bytes) -> bytes:
    """A request whose path no client library has tidied up; the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: {token}\r\n"
        f"Content-Type: image/png\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


@needs_caddy
async def test_no_spelling_of_the_address_and_no_token_goes_round_the_gate(
    settings: Settings, tmp_path: Path, pds: str
) -> None:
    port = free_port()
    async with network("--public-port", str(port), pds=pds) as net, net.account() as ana:
        guarded = replace(settings, pds=PdsSettings(net.url, "firehose"))
        async with gated(guarded, net, mode="block") as watched:
            await watched.bank("mine", png(0))
            gate = watched.bridge.url.removeprefix("http://")
            async with caddy(tmp_path, port, gate, net.url.removeprefix("http://")) as url:
                token = ana.http.headers["Authorization"]
                for path in SPELLINGS:
                    answer = await raw_post(port, path, token, png(0))
                    assert b"200 OK" not in answer.split(b"\r\n")[0], path
                    assert b'"blob"' not in answer, path
                await others_get_in(watched, url, ana, net.did)


async def others_get_in(watched: Watched, url: str, ana: Account, pds_did: str) -> None:
    """By the account's own token, and by one that a service was given."""
    asked = {"aud": pds_did, "lxm": NAME}
    given = await ana.http.get("/xrpc/com.atproto.server.getServiceAuth", params=asked)
    tokens = [ana.http.headers["Authorization"], f"Bearer {given.json()['token']}"]
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for number, token in enumerate(tokens, 1):
            headers = {"Authorization": token, "Content-Type": "image/png"}
            answer = await http.post(PATH, content=png(number), headers=headers)
            assert answer.status_code == 200, answer.text
            [upload] = await watched.of(answer.json()["blob"]["ref"]["$link"])
            assert upload.did == ana.did
