"""The gate before a PDS that answers wrongly or never: the uploader is told, and nobody is blamed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from bridge.atproto import gate
from bridge.atproto.cids import cid_of
from bridge.settings import GateSettings, PdsSettings, Settings
from tests.houses import png
from tests.network.network import PATH
from tests.network.watching import watching

VIDEO = b"\0\0\0\x18ftypmp42" + bytes(300_000)


@asynccontextmanager
async def answering(answer: bytes | None, *, reads: bool = True) -> AsyncIterator[str]:
    """A server that gives this to every request, and ends the connection; None never answers."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name == b"content-length" and reads:
                await reader.readexactly(int(value))
        if answer is None:
            await ended.wait()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ended.set()


def said(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


OTHER = json.dumps({"blob": {"ref": {"$link": cid_of(bytes(32))}}}).encode()
WRONG = {
    "nothing": (b"", 502),
    "noise": (b"\x00\xff" * 50, 502),
    "half an answer": (said("200 OK", b"{}")[:-1], 502),
    "more than is read": (said("200 OK", b"x" * (5 << 20)), 502),
    "no JSON": (said("200 OK", b"<html>"), 200),
    "another CID": (said("200 OK", OTHER), 200),
    "an error": (said("500 Internal Server Error", b"<html>"), 500),
}


@pytest.mark.parametrize("body", [png(0), VIDEO], ids=["picture", "video"])
@pytest.mark.parametrize("kind", WRONG)
async def test_a_wrong_answer_blames_nobody(settings: Settings, kind: str, body: bytes) -> None:
    answer, status = WRONG[kind]
    await passed(settings, answer, body, status)


@pytest.mark.parametrize("body", [png(0), VIDEO], ids=["picture", "video"])
async def test_a_pds_that_never_answers_is_not_waited_for_for_ever(
    settings: Settings, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_TIMEOUT", httpx.Timeout(0.3))
    await passed(settings, None, body, 502)


async def test_a_pds_that_refuses_before_it_has_read_the_body_is_heard(settings: Settings) -> None:
    refusal = said("413 Payload Too Large", b'{"error":"PayloadTooLarge"}')
    await passed(settings, refusal, VIDEO, 413, reads=False)


async def passed(
    settings: Settings, answer: bytes | None, body: bytes, status: int, *, reads: bool = True
) -> None:
    """What the uploader gets of a picture that matches; nothing of it is recorded."""
    async with answering(answer, reads=reads) as url:
        behind = replace(settings, pds=PdsSettings(url, "firehose"), gate=GateSettings(mode="hold"))
        async with watching(behind) as watched:
            await watched.bank("mine", png(0))
            token = "Bearer e30.eyJzdWIiOiJkaWQ6cGxjOmV3dmk3bnh6eW91bjZ6aHhyaHM2NG9peiJ9.AAAA"
            async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=30) as http:
                got = await http.post(PATH, content=body, headers={"Authorization": token})
            assert got.status_code == status, got.text
            if status == 502:
                assert got.json()["error"] == "UpstreamFailure"
            assert await watched.uploads() == []
