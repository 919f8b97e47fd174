"""The gate in front of a real PDS: what gets in, what is held, what is refused, and who is not blamed."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from bridge.catalogue import Category, OnMatch
from bridge.settings import GateSettings, Settings
from bridge.store.banks import all_banks
from bridge.uploads import Source
from bridge.verdicts import Verdict
from tests.houses import jpeg, png
from tests.network.network import PATH, Account, Network, link
from tests.network.test_takedown import give_password, states
from tests.network.watching import Watched, watching
from tests.pictures import encoded, noise_photograph

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 200_000


@asynccontextmanager
async def gated(settings: Settings, net: Network, appeal: str = "", **gate: str) -> AsyncIterator[Watched]:
    operator = replace(settings.operator, appeal=appeal)
    async with watching(replace(settings, gate=GateSettings(**gate), operator=operator)) as watched:
        await give_password(watched, net)
        yield watched


async def send(
    watched: Watched, account: Account | None, body: bytes, path: str = PATH, **headers: str
) -> httpx.Response:
    """An upload through the gate, by an account's token."""
    async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=60) as http:
        if account is not None:
            headers = {"Authorization": account.http.headers["Authorization"], **headers}
        return await http.post(path, content=body, headers={"Content-Type": "image/png", **headers})


@pytest.mark.older
async def test_without_a_match_it_gets_in_byte_for_byte_and_is_recorded_under_its_account(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="block") as watched:
        await watched.bank("mine", png(0))
        answer = await send(watched, ana, png(1))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        blob = answer.json()["blob"]
        await ana.post(blob)
        async with httpx.AsyncClient(base_url=net.url) as http:
            got = await http.get("/xrpc/com.atproto.sync.getBlob", params={"did": ana.did, "cid": link(blob)})
        assert got.content == png(1)
        [upload] = await watched.of(link(blob))
        assert (upload.source, upload.did, upload.verdict) == (Source.GATE, ana.did, Verdict.NO_MATCH)


@pytest.mark.older
async def test_in_the_mode_block_an_exact_hit_is_refused_before_the_pds_has_it(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="block", appeal="help@example.org") as watched:
        await watched.bank("mine", png(0))
        answer = await send(watched, ana, png(0))
        assert answer.status_code == 400
        assert answer.headers["access-control-allow-origin"] == "*"
        told = answer.json()
        assert told["error"] == "BlobRejected"
        [upload] = await watched.uploads()
        assert told["message"] == (
            f"This file cannot be uploaded here. Reference: {upload.id}. You may write to help@example.org."
        )
        assert (upload.verdict, upload.action, upload.did, upload.case_id) == (
            Verdict.MATCHED,
            "BLOCK",
            "",
            "",
        )
        for secret in ("mine", "own", "pdq", "sha256"):
            assert secret not in answer.text
        blob = await ana.upload(png(1))
        assert await net.blob_status(ana.did, link(blob)) == 400, "nothing but what nobody refers to is there"


@pytest.mark.parametrize(
    ("mode", "category", "held"),
    [
        ("hold", Category.OWN, True),
        ("observe", Category.OWN, False),
        ("observe", Category.CHILD_SAFETY, True),
        ("block", Category.CHILD_SAFETY, True),
    ],
)
async def test_what_is_held_is_in_and_taken_down_before_the_uploader_hears_of_it(
    guarded: Settings, net: Network, ana: Account, mode: str, category: Category, held: bool
) -> None:
    async with gated(guarded, net, mode=mode) as watched:
        await watched.bank("bank", png(0), category=category, on_match=OnMatch.REVIEW)
        answer = await send(watched, ana, png(0))
        assert answer.status_code == 200
        assert await states(watched) == (["confirmed"] if held else [])
        [upload] = await watched.uploads()
        assert upload.did == ana.did
        assert upload.case_id
        blob = answer.json()["blob"]
        record = {"repo": ana.did, "collection": "app.x.y", "record": {"$type": "app.x.y", "image": blob}}
        refers = await ana.http.post("/xrpc/com.atproto.repo.createRecord", json=record)
        assert refers.status_code == (400 if held else 200), refers.text


@pytest.mark.parametrize("mode", ["hold", "observe", "block"])
async def test_whoever_has_no_token_is_refused_by_the_pds_and_nobody_is_blamed(
    guarded: Settings, net: Network, ana: Account, mode: str
) -> None:
    async with gated(guarded, net, mode=mode) as watched:
        await watched.bank("listed", png(0), category=Category.CHILD_SAFETY, threshold=31)
        forged = ana.http.headers["Authorization"][:-4] + "AAAA"
        for headers in ({}, {"Authorization": forged}):
            answers = await asyncio.gather(*(send(watched, None, png(0), **headers) for _ in range(20)))
            assert {answer.status_code for answer in answers} <= {400, 401}
        assert await watched.uploads() == []
        assert await states(watched) == []
        gate = watched.parts.gate
        assert gate is not None
        assert gate.counts.refused_by_pds == 40


async def test_unchecked_uploads_get_in_and_are_checked_later_or_do_not_get_in(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="hold", fail="open") as watched:
        answer = await send(watched, ana, png(0))
        assert answer.status_code == 200
        [upload] = await watched.uploads()
        assert upload.verdict is Verdict.NOT_CHECKED
        await watched.bank("mine", png(0))
        [upload] = await watched.of(link(answer.json()["blob"]), but=Verdict.NOT_CHECKED)
        assert upload.verdict is Verdict.MATCHED
        await watched.parts.banks.delete("mine", "test")
    async with gated(guarded, net, mode="hold", fail="closed") as watched:
        for body in (png(1), MP4):
            answer = await send(watched, ana, body)
            assert answer.status_code == 503
            assert answer.json()["error"] == "UploadNotChecked"
            assert int(answer.headers["retry-after"]) > 0


async def test_encodings_are_refused_for_the_pds_would_decode_them(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="observe") as watched:
        await watched.bank("mine", png(0))
        for encoding in ("gzip", "deflate", "br", "gzip, gzip", "GZIP", "identity, gzip"):
            answer = await send(watched, ana, png(0), **{"Content-Encoding": encoding})
            assert (answer.status_code, answer.json()["error"]) == (415, "UnsupportedMediaType")
        assert (await send(watched, ana, png(1), **{"Content-Encoding": "identity"})).status_code == 200


async def test_an_encoding_named_in_a_second_header_is_refused_too(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """Node joins the two, and decodes by the second."""
    async with gated(guarded, net, mode="block") as watched:
        await watched.bank("mine", png(0))
        async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=30) as http:
            for first in ("identity", ""):
                headers = [
                    ("Authorization", ana.http.headers["Authorization"]),
                    ("Content-Type", "image/png"),
                    ("Content-Encoding", first),
                    ("Content-Encoding", "gzip"),
                ]
                answer = await http.post(PATH, content=gzip.compress(png(0)), headers=headers)
                assert answer.status_code == 415


async def test_what_is_only_held_is_not_taken_down_from_others(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """Nobody decided it: the memory of what was taken down does not know it."""
    async with gated(guarded, net, mode="hold") as watched:
        await watched.bank("bank", png(0), category=Category.NCII, on_match=OnMatch.REVIEW, threshold=20)
        assert (await send(watched, ana, png(0))).status_code == 200
        assert await states(watched) == ["confirmed"]
        names = [bank.name for bank in await watched.parts.store.read(all_banks)]
        assert names == ["bank"]


async def test_a_picture_too_large_to_look_at_does_not_get_in_where_it_fails_closed(
    guarded: Settings, net: Network, ana: Account
) -> None:
    small = replace(guarded, limits=replace(guarded.limits, picture_bytes=10_000))
    async with gated(small, net, mode="block", fail="closed") as watched:
        await watched.bank("mine", encoded(noise_photograph(1, 64, 64), "JPEG"))
        assert (await send(watched, ana, png(1))).status_code == 413
    async with gated(small, net, mode="block", fail="open") as watched:
        answer = await send(watched, ana, png(1))
        assert answer.status_code == 200
        [upload] = await watched.of(link(answer.json()["blob"]))
        assert upload.verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    "path", [f"{PATH}/", PATH.lower(), PATH.upper(), "/xrpc/com.atproto.repo.UPLOADBLOB", f"{PATH}?x=1"]
)
async def test_every_spelling_that_the_pds_takes_is_the_gate_s_too(
    guarded: Settings, net: Network, ana: Account, path: str
) -> None:
    async with gated(guarded, net, mode="block") as watched:
        await watched.bank("mine", png(0))
        assert (await send(watched, ana, png(0), path)).json()["error"] == "BlobRejected"
        assert (await send(watched, ana, png(1), path)).status_code == 200


async def test_videos_pass_without_being_held_in_memory_and_are_held_where_they_match(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="block") as watched:
        await watched.bank("mine", png(0))
        answer = await send(watched, ana, MP4, **{"Content-Type": "video/mp4"})
        assert answer.status_code == 200, answer.text
        [upload] = await watched.of(link(answer.json()["blob"]))
        assert upload.verdict is Verdict.NO_MATCH

        async def drip() -> AsyncIterator[bytes]:
            for at in range(0, len(MP4), 50_000):
                yield MP4[at : at + 50_000]

        async with httpx.AsyncClient(base_url=watched.bridge.url, timeout=60) as http:
            headers = {"Authorization": ana.http.headers["Authorization"], "Content-Type": "video/mp4"}
            assert (await http.post(PATH, content=drip(), headers=headers)).status_code == 200


async def test_what_the_pds_says_is_passed_on_as_it_is(guarded: Settings, net: Network, ana: Account) -> None:
    async with gated(guarded, net, mode="observe") as watched:
        await watched.bank("mine", png(0))
        direct = await ana.http.post(
            PATH, content=b"x" * ((1 << 20) + 1), headers={"Content-Type": "image/png"}
        )
        passed = await send(watched, ana, b"x" * ((1 << 20) + 1))
        assert (passed.status_code, passed.content) == (direct.status_code, direct.content)
        async with httpx.AsyncClient(base_url=watched.bridge.url) as http:
            asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
            preflight = await http.options(PATH, headers=asked)
        assert preflight.status_code in (200, 204)
        assert preflight.headers["access-control-allow-origin"] == "*"
        await net.command("stop-pds")
        down = await send(watched, ana, png(1))
        assert (down.status_code, down.json()["error"]) == (502, "UpstreamFailure")
        await net.command("start-pds")


async def test_a_picture_is_hashed_once_however_often_its_body_is_sent(
    guarded: Settings, net: Network, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client whose DPoP proof lacked the nonce sends the whole body again."""
    async with gated(guarded, net, mode="observe") as watched:
        await watched.bank("mine", png(0))
        hashed = 0
        original = watched.parts.pipeline._hasher.hash

        async def counting(content: object) -> object:
            nonlocal hashed
            hashed += 1
            return await original(content)  # type: ignore[arg-type]

        monkeypatch.setattr(watched.parts.pipeline._hasher, "hash", counting)
        assert (await send(watched, None, jpeg(1))).status_code == 401
        assert (await send(watched, ana, jpeg(1))).status_code == 200
        assert hashed == 1


async def test_without_a_gate_nothing_is_at_its_address(guarded: Settings, ana: Account) -> None:
    async with watching(guarded) as watched:
        answer = await send(watched, ana, png(0))
        assert answer.status_code == 404
        assert json.loads(answer.content)["error"] == "NotFound"


@pytest.mark.parametrize("mode", ["observe", "hold", "block"])
async def test_a_token_that_cannot_be_read_is_refused_alike_whatever_it_comes_with(
    guarded: Settings, net: Network, mode: str
) -> None:
    """Else whoever sends one learns what is on a list, and leaves no trace."""
    async with gated(guarded, net, mode=mode) as watched:
        await watched.bank("listed", png(0), category=Category.NCII, threshold=20)
        token = {"Authorization": "Bearer x"}
        match, other = [await send(watched, None, body, **token) for body in (jpeg(0), png(1))]
        assert (match.status_code, match.content) == (other.status_code, other.content)
        assert match.status_code == 401
