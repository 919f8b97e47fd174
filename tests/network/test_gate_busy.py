"""The gate while others hold its memory, and what it let in unchecked: on a real PDS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bridge.atproto import gate as gates
from bridge.receiving import Content
from bridge.settings import Settings
from bridge.signals import Signals
from bridge.verdicts import Verdict
from tests.houses import jpeg, png
from tests.network.network import PATH, Account, Network, link
from tests.network.test_gate import gated, send
from tests.network.test_takedown import states, until
from tests.network.watching import Watched

SIZE = len(png(0)) + len(png(1))
LARGE = png(1).ljust(SIZE, b"\0")
"""A picture of the largest size that is looked at: alone it fills the gate's memory."""


class Slow:
    """An upload whose second half comes when it is told to."""

    def __init__(self, watched: Watched, account: Account, body: bytes) -> None:
        self.half = asyncio.Event()
        self.rest = asyncio.Event()
        self._body = body
        self.sending = asyncio.create_task(self._send(watched, account))

    async def _send(self, watched: Watched, account: Account) -> httpx.Response:
        headers = {
            "Authorization": account.http.headers["Authorization"],
            "Content-Type": "image/png",
            "Content-Length": str(len(self._body)),
        }
        async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=60) as http:
            return await http.post(PATH, content=self._chunks(), headers=headers)

    async def _chunks(self) -> AsyncIterator[bytes]:
        middle = len(self._body) // 2
        yield self._body[:middle]
        self.half.set()
        await self.rest.wait()
        yield self._body[middle:]


def narrow(settings: Settings, patience: float) -> Settings:
    """Memory for one picture at the gate."""
    limits = replace(settings.limits, picture_bytes=SIZE, gate_bodies=SIZE, patience=patience)
    return replace(settings, limits=limits)


async def is_held(watched: Watched, *, wanted: bool) -> None:
    """Until somebody holds the gate's memory, or `wanted`: somebody else waits for it."""
    gate = watched.parts.gate
    assert gate is not None
    async with asyncio.timeout(10):
        while not (gate._bodies.is_wanted if wanted else gate._bodies.free <= SIZE - len(LARGE) // 2):
            await asyncio.sleep(0.01)


async def test_who_stalls_keeps_nobody_from_uploading_nor_the_firehose_from_fetching(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with gated(narrow(guarded, 0.0), net, mode="block", fail="open") as watched:
        await watched.bank("mine", png(0))
        slow = Slow(watched, ana, LARGE)
        await is_held(watched, wanted=False)
        answer = await send(watched, bob, jpeg(0))
        assert answer.status_code == 200, "it passes, and is said to be unchecked"
        [upload] = await watched.of(link(answer.json()["blob"]))
        assert upload.verdict is Verdict.NOT_CHECKED
        await bob.post(await bob.upload(jpeg(2)))
        await watched.until(lambda uploads: any(each.verdict is Verdict.NO_MATCH for each in uploads))
        slow.rest.set()
        assert (await slow.sending).status_code == 200
        await bob.post(answer.json()["blob"])
        [upload] = await watched.of(upload.cid, but=Verdict.NOT_CHECKED)
        assert upload.verdict is Verdict.MATCHED
        await until(watched, lambda found: found == ["confirmed"])


async def test_while_another_stalls_nothing_gets_in_unlooked_at_where_it_fails_closed(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with gated(narrow(guarded, 0.0), net, mode="block", fail="closed") as watched:
        await watched.bank("mine", png(0))
        slow = Slow(watched, ana, LARGE)
        await is_held(watched, wanted=False)
        answer = await send(watched, bob, png(0))
        assert (answer.status_code, answer.json()["error"]) == (503, "UploadNotChecked")
        slow.rest.set()
        assert (await slow.sending).status_code == 200


@pytest.mark.parametrize(("fail", "status"), [("open", 200), ("closed", 503)])
async def test_who_is_slow_while_others_wait_makes_room(
    guarded: Settings,
    net: Network,
    ana: Account,
    bob: Account,
    monkeypatch: pytest.MonkeyPatch,
    fail: str,
    status: int,
) -> None:
    monkeypatch.setattr(gates, "FAST_SECONDS", -1000.0)
    async with gated(narrow(guarded, 30.0), net, mode="block", fail=fail) as watched:
        await watched.bank("mine", png(0))
        slow = Slow(watched, ana, LARGE)
        await is_held(watched, wanted=False)
        other = asyncio.create_task(send(watched, bob, png(0)))
        await is_held(watched, wanted=True)
        slow.rest.set()
        assert (await other).json()["error"] == "BlobRejected"
        answer = await slow.sending
        assert answer.status_code == status
        if status == 200:
            await ana.post(answer.json()["blob"])
            async with httpx.AsyncClient(base_url=net.url) as http:
                asked = {"did": ana.did, "cid": link(answer.json()["blob"])}
                got = await http.get("/xrpc/com.atproto.sync.getBlob", params=asked)
            assert got.content == LARGE


async def test_what_got_in_unchecked_is_held_once_it_matches(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="hold", fail="open") as watched:
        answer = await send(watched, ana, png(0))
        assert answer.status_code == 200
        await ana.post(answer.json()["blob"])
        await watched.bank("mine", png(0))
        await until(watched, lambda found: found == ["confirmed"])
        [upload] = await watched.of(link(answer.json()["blob"]))
        assert (upload.verdict, upload.action) == (Verdict.MATCHED, "REVIEW")
        assert await net.blob_status(ana.did, upload.cid) == 400


async def test_a_picture_too_large_to_look_at_that_does_not_say_its_length_gets_in_unchecked(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(png(1)), 4000):
            yield png(1)[at : at + 4000]

    small = replace(guarded, limits=replace(guarded.limits, picture_bytes=10_000))
    async with gated(small, net, mode="block", fail="open") as watched:
        await watched.bank("mine", png(0))
        async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=30) as http:
            headers = {"Authorization": ana.http.headers["Authorization"], "Content-Type": "image/png"}
            answer = await http.post(PATH, content=chunks(), headers=headers)
        assert answer.status_code == 200, answer.text
        [upload] = await watched.of(link(answer.json()["blob"]))
        assert upload.verdict is Verdict.NOT_CHECKED
        assert await states(watched) == []


@pytest.mark.parametrize(
    ("mode", "fail", "is_sent_meanwhile"),
    [("hold", "open", True), ("hold", "closed", False), ("block", "open", False)],
)
async def test_a_picture_that_nothing_can_refuse_goes_to_the_pds_while_it_is_looked_at(
    guarded: Settings,
    net: Network,
    ana: Account,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    fail: str,
    is_sent_meanwhile: bool,
) -> None:
    async with gated(guarded, net, mode=mode, fail=fail) as watched:
        await watched.bank("mine", png(0))
        hasher = watched.parts.pipeline._hasher
        original = hasher.hash

        async def looking(content: Content) -> Signals:
            async with asyncio.timeout(10):
                while is_sent_meanwhile and not net.blobs_stored(ana.did):
                    await asyncio.sleep(0.01)
            assert bool(net.blob_files()) is is_sent_meanwhile
            return await original(content)

        monkeypatch.setattr(hasher, "hash", looking)
        answer = await send(watched, ana, png(0))
        assert answer.status_code == (400 if mode == "block" else 200)
        assert await states(watched) == ([] if mode == "block" else ["confirmed"])


async def test_a_pds_that_does_not_answer_is_said_though_the_picture_was_looked_at_meanwhile(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="hold", fail="open") as watched:
        await watched.bank("mine", png(0))
        await net.command("stop-pds")
        answer = await send(watched, ana, png(0))
        assert (answer.status_code, answer.json()["error"]) == (502, "UpstreamFailure")
        assert await watched.uploads() == []
        await net.command("start-pds")
