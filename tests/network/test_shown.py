"""However a matching picture comes to the PDS, it is matched, preserved, taken down and confirmed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import httpx
import pytest

from bridge.atproto.cids import sha256_of
from bridge.catalogue import Category, OnMatch
from bridge.errors import NotChecked
from bridge.settings import OperatorSettings, Settings
from bridge.store.outbox import actions_of_case
from bridge.verdicts import Comparison, Reason, Verdict
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_evidence import kept, opened
from tests.network.test_gate import gated, send
from tests.network.test_takedown import give_password, until
from tests.network.watching import Watched, watching

Way = Callable[[Watched, Network, Account, Account], Awaitable[str]]
"""Brings the picture to the PDS; the account that has it then."""


async def as_a_post(_watched: Watched, _net: Network, ana: Account, _bob: Account) -> str:
    await ana.post(await ana.upload(png(0)))
    return ana.did


async def as_an_avatar(_watched: Watched, _net: Network, ana: Account, _bob: Account) -> str:
    await ana.write("app.bsky.actor.profile", {"avatar": await ana.upload(png(0))}, rkey="self")
    return ana.did


async def in_an_unknown_lexicon(_watched: Watched, _net: Network, ana: Account, _bob: Account) -> str:
    await ana.write("com.example.album", {"pages": [{"left": {"scan": await ana.upload(png(0))}}]})
    return ana.did


async def in_an_imported_repo(watched: Watched, net: Network, ana: Account, bob: Account) -> str:
    """Ana's repo, whose own copy is gone by then; no frame tells of it."""
    uri = await ana.post(await ana.upload(png(0)))
    async with httpx.AsyncClient(base_url=net.url) as http:
        repo = await http.get("/xrpc/com.atproto.sync.getRepo", params={"did": ana.did})
    await ana.delete(uri)
    car = {"Content-Type": "application/vnd.ipld.car"}
    imported = await bob.http.post("/xrpc/com.atproto.repo.importRepo", content=repo.content, headers=car)
    assert imported.status_code == 200, imported.text
    await bob.upload(png(0))
    guard = watched.parts.guard
    assert guard is not None
    await guard.listing.look_through_all()
    return bob.did


WAYS: Mapping[str, Way] = {
    each.__name__: each for each in (as_a_post, as_an_avatar, in_an_unknown_lexicon, in_an_imported_repo)
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_matched_preserved_taken_down_and_confirmed(
    guarded: Settings, net: Network, ana: Account, bob: Account, way: str
) -> None:
    async with watching(replace(guarded, operator=OperatorSettings("US"))) as watched:
        await give_password(watched, net)
        await watched.bank(
            "listed", png(0), category=Category.CHILD_SAFETY, on_match=OnMatch.TAKEDOWN, threshold=31
        )
        await watched.looked_through()
        began = time.perf_counter()
        did = await WAYS[way](watched, net, ana, bob)
        await taken_down(watched, did)
        took = time.perf_counter() - began
        print(f"PDS {net.version}, {way}: confirmed after {took:.2f} s")  # noqa: T201 - with `-rP`
        [upload] = [each for each in await watched.uploads() if each.did == did]
        assert await net.blob_status(did, upload.cid) == 400
        [evidence] = [each for each in await kept(watched) if each.upload_id == upload.id]
        assert evidence.sha256 == sha256_of(upload.cid)
        assert await opened(watched, evidence.sha256) == png(0)
        assert evidence.context is not None


async def taken_down(watched: Watched, did: str) -> None:
    """Until a takedown of this account's copy was read back."""
    guard, case = watched.parts.guard, ""
    assert guard is not None
    async with asyncio.timeout(30):
        while True:
            mine = [each for each in await watched.uploads() if each.did == did and each.case_id]
            if mine and (case := mine[0].case_id):
                break
            await asyncio.sleep(0.02)
    async with asyncio.timeout(30):
        while True:
            actions = await watched.parts.store.read(lambda c: actions_of_case(c, case))
            if {each.type for each in actions if each.state == "confirmed"} >= {"preserve", "takedown"}:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fail", ["open", "closed"])
async def test_while_the_matcher_is_away_uploads_wait_and_are_counted(
    guarded: Settings, net: Network, ana: Account, monkeypatch: pytest.MonkeyPatch, fail: str
) -> None:
    async with gated(guarded, net, mode="hold", fail=fail) as watched:
        await watched.bank("mine", png(0), on_match=OnMatch.REVIEW)
        matcher = watched.parts.matcher.asked
        there = matcher.match

        async def away(_query: object) -> Comparison:
            return Comparison((), (), NotChecked(Reason.MATCHER_DOWN, "The matcher failed."))

        monkeypatch.setattr(matcher, "match", away)
        answer = await send(watched, ana, png(0))
        if fail == "closed":
            assert (answer.status_code, answer.json()["error"]) == (503, "UploadNotChecked")
            blob = await ana.upload(png(0))
        else:
            assert answer.status_code == 200
            blob = answer.json()["blob"]
        await ana.post(blob)
        [upload] = await watched.of(link(blob))
        assert upload.verdict is Verdict.NOT_CHECKED
        assert upload.reason == "The matcher failed."
        assert (await status(watched))["uploads"]["not_checked"] == 1  # type: ignore[index]
        monkeypatch.setattr(matcher, "match", there)
        [upload] = await watched.of(link(blob), but=Verdict.NOT_CHECKED)
        assert upload.verdict is Verdict.MATCHED
        assert (await status(watched))["uploads"]["not_checked"] == 0  # type: ignore[index]
        if fail == "open":
            await until(watched, lambda found: found == ["confirmed"])


async def status(watched: Watched) -> Mapping[str, object]:
    socket = httpx.AsyncHTTPTransport(uds=str(watched.parts.settings.socket_path))
    async with httpx.AsyncClient(transport=socket, base_url="http://bridge") as operator:
        told: Mapping[str, object] = (await operator.get("/api/v1/status")).json()
        return told
