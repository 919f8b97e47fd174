"""Senders who stop in the middle, or whose connection is cut: nothing is recorded, nothing is held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest

import bridge.api.bodies
from bridge.runtime import Bridge
from tests.api.asking import V1, add_picture, form, make_bank, picture, upload
from tests.api.news import PATIENCE


@pytest.fixture
async def ready(app: httpx.AsyncClient) -> httpx.AsyncClient:
    await make_bank(app)
    await add_picture(app, "own", picture())
    return app


@asynccontextmanager
async def sending(
    client: httpx.AsyncClient, length: int, kind: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which the head of an upload was sent."""
    url = urlsplit(str(client.base_url))
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    key = client.headers["X-API-Key"]
    head = f"POST {V1}/match HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: {kind}\r\n"
    writer.write(f"{head}Content-Length: {length}\r\n\r\n".encode())
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_a_sender_who_vanishes_in_the_body_leaves_nothing_behind(
    ready: httpx.AsyncClient, bridge: Bridge
) -> None:
    body, headers = form(("image", picture(), "a.png"), ("photo_id", b"gone"))
    for sent in (0, 1, 200, len(body) // 2, len(body) - 1):
        async with sending(ready, len(body), headers["Content-Type"]) as (_, writer):
            writer.write(body[:sent])
            await writer.drain()
    assert (await upload(ready, picture(), photo_id="stays")).json()["status"] == "matched"
    logs = (await ready.get(f"{V1}/logs")).json()["logs"]
    assert [entry["photo_id"] for entry in logs] == ["stays"]
    assert not bridge.failed.done()


async def test_a_raw_body_cut_short_is_no_upload(ready: httpx.AsyncClient) -> None:
    async with sending(ready, len(picture()), "image/png") as (_, writer):
        writer.write(picture()[:-1])
        await writer.drain()
        writer.transport.abort()
    assert (await upload(ready, picture())).json()["status"] == "matched"
    assert len((await ready.get(f"{V1}/logs")).json()["logs"]) == 1


async def test_a_sender_who_falls_silent_is_told_so(
    ready: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge.api.bodies, "SILENCE_SECONDS", 0.1)
    async with sending(ready, 1_000, "image/png") as (reader, writer):
        writer.write(picture()[:500])
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Nothing of the body came" in answer
    assert (await ready.get(f"{V1}/logs")).json()["logs"] == []


async def test_slow_senders_hold_nobody_up(ready: httpx.AsyncClient) -> None:
    async with sending(ready, 1_000, "image/png") as (_, one), sending(ready, 1_000, "image/png") as (_, two):
        for writer in (one, two):
            writer.write(picture()[:500])
            await writer.drain()
        assert (await upload(ready, picture())).json()["status"] == "matched"


async def test_what_is_no_http_is_answered_and_forgotten(ready: httpx.AsyncClient) -> None:
    url = urlsplit(str(ready.base_url))
    for noise in (b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"):
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(noise)
        async with asyncio.timeout(PATIENCE):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert (await upload(ready, picture())).json()["status"] == "matched"
