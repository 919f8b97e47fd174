"""The Caddy rules that ship, with a real Caddy: no spelling of the address goes round the gate."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bridge.settings import PdsSettings, Settings
from hma_console.gate_setup.rule import WhenDead
from tests.houses import png
from tests.network.network import PATH, Account, network
from tests.network.proxies import NAME, SPELLINGS, caddy, free_port, got_in, needs_caddy, raw_post
from tests.network.test_gate import gated
from tests.network.watching import Watched

pytestmark = needs_caddy
BODY = b"x" * 60_000


@pytest.mark.parametrize("when_dead", WhenDead)
async def test_no_spelling_of_the_address_and_no_token_goes_round_the_gate(
    settings: Settings, tmp_path: Path, pds: str, when_dead: WhenDead
) -> None:
    port = free_port()
    async with network("--public-port", str(port), pds=pds) as net, net.account() as ana:
        guarded = replace(settings, pds=PdsSettings(net.url, "firehose"))
        async with gated(guarded, net, mode="block") as watched:
            await watched.bank("mine", png(0))
            gate = watched.bridge.url.removeprefix("http://")
            async with caddy(tmp_path, port, when_dead, gate, net.url.removeprefix("http://")) as url:
                token = ana.http.headers["Authorization"]
                for path in SPELLINGS:
                    assert not got_in(await raw_post(port, path, token, png(0))), path
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


async def test_a_client_cannot_make_a_living_gate_look_dead(settings: Settings, tmp_path: Path) -> None:
    """With two upstreams and `fail_duration` a malformed body does: the next upload goes past the gate."""
    port = free_port()
    async with network() as net, net.account() as ana:
        guarded = replace(settings, pds=PdsSettings(net.url, "firehose"))
        async with gated(guarded, net, mode="block") as watched:
            await watched.bank("mine", png(0))
            gate, pds = (url.removeprefix("http://") for url in (watched.bridge.url, net.url))
            async with caddy(tmp_path, port, WhenDead.PASS, gate, pds):
                token = ana.http.headers["Authorization"]
                for body in (b"zz\r\n", b"5\r\nab", b"8\r\n\x89PNG\r\n\x1a\n\r\nzz\r\n"):
                    answer = await raw_post(port, PATH, token, body, "Transfer-Encoding: chunked", eof=True)
                    assert not got_in(answer)
                    assert not got_in(await raw_post(port, PATH, token, png(0)))
                    assert got_in(await raw_post(port, PATH, token, png(1))), "by the gate, which lives"


@pytest.mark.parametrize("when_dead", WhenDead)
async def test_a_request_comes_to_the_gate_as_it_was_and_is_not_sent_elsewhere_when_the_gate_dies_over_it(
    tmp_path: Path, when_dead: WhenDead
) -> None:
    port, came = free_port(), list[bytes]()

    async def dies_over_uploads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        else:
            came.append(head)
            await reader.readexactly(len(BODY))
        writer.close()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(b"at the PDS")
        writer.close()

    gate = await asyncio.start_server(dies_over_uploads, "127.0.0.1", 0)
    pds = await asyncio.start_server(never, "127.0.0.1", 0)
    places = [f"127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in (gate, pds)]
    async with gate, pds, caddy(tmp_path, port, when_dead, *places):
        path = f"{PATH.upper()}/?x=%2F"
        answer = await raw_post(port, path, "DPoP t", BODY)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "UpstreamFailure"
    [head] = came
    assert head.startswith(f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\n".encode())
    lines = head.split(b"\r\n")
    assert b"Authorization: DPoP t" in lines
    assert [line for line in lines if line.startswith(b"X-Forwarded-For")] == [b"X-Forwarded-For: 127.0.0.1"]
