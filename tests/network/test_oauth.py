"""The gate before uploads over OAuth, whose DPoP proofs hold for one request, and by a service's token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.atproto.admin import PdsAdmin
from bridge.atproto.credentials import AdminPassword
from bridge.atproto.pds import Pds
from bridge.atproto.subjects import BlobSubject
from bridge.catalogue import Category, OnMatch
from bridge.settings import BridgeSettings, PdsSettings, Settings
from bridge.uploads import Source
from bridge.verdicts import Verdict
from hma_console.gate_setup.rule import WhenDead
from tests.houses import png
from tests.network.network import PATH, Account, Network, link, network
from tests.network.oauth import Session, sign_in
from tests.network.proxies import caddy, free_port, needs_caddy
from tests.network.test_gate import MP4, gated
from tests.network.test_takedown import states
from tests.network.watching import Watched

Send = Callable[[bytes], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Front:
    """A PDS that knows the gate's address as its own."""

    net: Network
    ana: Account
    port: int

    @property
    def public(self) -> str:
        return f"http://localhost:{self.port}"

    @asynccontextmanager
    async def gate(self, settings: Settings, **gate: str) -> AsyncIterator[Watched]:
        """At the public address itself: there is nothing else at it."""
        here = replace(
            settings, pds=PdsSettings(self.net.url, "firehose"), bridge=BridgeSettings(port=self.port)
        )
        async with gated(here, self.net, **gate) as watched:
            yield watched

    async def sign_in(self) -> Session:
        return await sign_in(self.ana, self.public, pages=self.net.url)

    async def sender(self, way: str) -> Send:
        """How the account uploads: from an app by OAuth, from a service it gave a token, or by its own."""
        if way == "oauth":
            session = await self.sign_in()

            async def by_app(body: bytes) -> httpx.Response:
                return (await session.upload(body))[-1]

            return by_app

        token = self.ana.http.headers["Authorization"]
        if way == "service":
            asked = {"aud": self.net.did, "lxm": PATH.removeprefix("/xrpc/")}
            given = await self.ana.http.get("/xrpc/com.atproto.server.getServiceAuth", params=asked)
            token = f"Bearer {given.json()['token']}"

        async def by_token(body: bytes) -> httpx.Response:
            headers = {"Authorization": token, "Content-Type": "image/png"}
            async with httpx.AsyncClient(base_url=self.public, timeout=60) as http:
                return await http.post(PATH, content=body, headers=headers)

        return by_token


@pytest.fixture
async def front(pds: str) -> AsyncIterator[Front]:
    port = free_port()
    async with network("--public-port", str(port), pds=pds) as net, net.account() as ana:
        yield Front(net, ana, port)


def nonce_is_asked(answer: httpx.Response) -> None:
    """With all that an app in a browser needs to try again: it may read only what is exposed to it."""
    assert (answer.status_code, answer.json()["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in answer.headers["www-authenticate"]
    assert answer.headers["dpop-nonce"]
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert exposed >= {"dpop-nonce", "www-authenticate"}


@needs_caddy
@pytest.mark.older
async def test_through_caddy_an_app_s_second_try_gets_in_byte_for_byte_under_its_account(
    settings: Settings, front: Front, tmp_path: Path
) -> None:
    """Authorization server, gate and PDS at one address, as an installation has them."""
    net, ana = front.net, front.ana
    async with gated(replace(settings, pds=PdsSettings(net.url, "firehose")), net, mode="block") as watched:
        await watched.bank("mine", png(0))
        gate, pds = (url.removeprefix("http://") for url in (watched.bridge.url, net.url))
        async with caddy(tmp_path, front.port, WhenDead.REFUSE, gate, pds) as public:
            session = await sign_in(ana, public)
            first, second = await session.upload(png(1))
            nonce_is_asked(first)
            blob = await got_in(watched, front, second, png(1))
            [third] = await session.upload(png(2))
            assert third.status_code == 200, "the nonce holds for a while"
            assert (await session.upload(png(0)))[-1].json()["error"] == "BlobRejected"
            assert net.blobs_stored(ana.did) == [link(blob), link(third.json()["blob"])]


async def got_in(watched: Watched, front: Front, answer: httpx.Response, body: bytes) -> dict[str, Any]:
    """The reference, once the PDS serves just these bytes and they are recorded under the account."""
    assert answer.status_code == 200, answer.text
    blob: dict[str, Any] = answer.json()["blob"]
    [upload] = await watched.of(link(blob))
    assert (upload.source, upload.did, upload.verdict) == (Source.GATE, front.ana.did, Verdict.NO_MATCH)
    assert await states(watched) == []
    await front.ana.post(blob)
    got = await front.ana.http.get(
        "/xrpc/com.atproto.sync.getBlob", params={"did": front.ana.did, "cid": link(blob)}
    )
    assert got.content == body
    return blob


async def test_a_video_sent_twice_for_a_nonce_is_recorded_once(settings: Settings, front: Front) -> None:
    """The PDS refuses the first try without reading it to its end."""
    async with front.gate(settings, mode="block") as watched:
        await watched.bank("mine", png(0))
        session = await front.sign_in()
        first, second = await session.upload(MP4 + bytes(800_000), "video/mp4")
        nonce_is_asked(first)
        assert second.status_code == 200, second.text
        [upload] = await watched.uploads()
        assert (upload.did, upload.cid) == (front.ana.did, link(second.json()["blob"]))


@pytest.mark.parametrize("way", ["oauth", "service", "own"])
async def test_in_the_mode_block_the_pds_stores_nothing_of_what_matches(
    settings: Settings, front: Front, way: str
) -> None:
    async with front.gate(settings, mode="block") as watched:
        await watched.bank("mine", png(0))
        send = await front.sender(way)
        passed = await send(png(1))  # from here on a proof has its nonce, and the PDS would take it
        assert passed.status_code == 200, passed.text
        refused = await send(png(0))
        assert (refused.status_code, refused.json()["error"]) == (400, "BlobRejected")
        assert refused.headers["access-control-allow-origin"] == "*"
        assert front.net.blobs_stored(front.ana.did) == [link(passed.json()["blob"])]
        assert len(front.net.blob_files()) == 1
        _, upload = await watched.uploads()
        assert (upload.verdict, upload.action, upload.did) == (Verdict.MATCHED, "BLOCK", "")


@pytest.mark.parametrize("way", ["oauth", "service"])
async def test_what_is_held_is_taken_down_when_the_uploader_gets_the_answer(
    settings: Settings, front: Front, way: str
) -> None:
    async def password() -> str:
        return front.net.admin_password

    async with front.gate(settings, mode="hold") as watched:
        await watched.bank("own", png(0), category=Category.OWN, on_match=OnMatch.REVIEW)
        await watched.bank("listed", png(1), category=Category.CHILD_SAFETY, on_match=OnMatch.REVIEW)
        send, pds = await front.sender(way), Pds(front.net.url)
        for body in (png(0), png(1)):
            answer = await send(body)
            assert answer.status_code == 200, answer.text
            subject = BlobSubject(front.ana.did, link(answer.json()["blob"]))
            standing = await PdsAdmin(pds, AdminPassword(password)).standing(subject)
            assert standing is not None
            assert standing.applied
            upload = (await watched.uploads())[-1]
            assert (upload.did, upload.cid) == (subject.did, subject.cid)
            assert upload.case_id
        await pds.close()
