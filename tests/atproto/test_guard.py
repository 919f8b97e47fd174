"""A PDS that answers slowly, wrongly or never: nothing is lost, nothing is called checked, all is said."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import Connection, text

from bridge.atproto import blobs
from bridge.atproto.cids import cid_of
from bridge.atproto.pds import Pds
from bridge.errors import BlobMissing, PdsRefused, SettingsError, Unreachable
from bridge.events import EventType
from bridge.records import UploadRecord
from bridge.settings import PdsSettings, Settings
from bridge.store.events import events_after
from bridge.store.wanted import WantedBlob, position, waiting_blobs, want_blobs
from bridge.uploads import Source
from bridge.verdicts import Verdict
from tests.atproto.dag_cbor import blob_link, commit, encode, frame
from tests.fakes.hostile_pds import HostilePds, hostile_pds
from tests.houses import png
from tests.network.watching import Watched, watching

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


def posted(body: bytes, seq: int = 1, rkey: str = "a") -> bytes:
    reference = {"$type": "blob", "ref": blob_link(body), "mimeType": "image/png", "size": len(body)}
    return commit(DID, seq, **{f"app.bsky.feed.post_{rkey}": {"image": reference}})


def cid(body: bytes) -> str:
    return cid_of(blob_link(body).raw[4:])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of minutes and seconds as fractions of a second: the order of things is what is tested."""
    monkeypatch.setattr("bridge.store.wanted.FIRST_RETRY_MS", 5)
    monkeypatch.setattr("bridge.store.retries.FIRST_RETRY_MS", 5)
    monkeypatch.setattr("bridge.store.retries.LONGEST_RETRY_MS", 50)
    monkeypatch.setattr(blobs, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(blobs, "DOWN_SECONDS", 0.02)
    monkeypatch.setattr("bridge.atproto.streams.WAITS", (0.02,))
    monkeypatch.setattr("bridge.atproto.listing.DOWN_SECONDS", 0.05)
    monkeypatch.setattr("bridge.rechecks.SECONDS", 0.05)


@asynccontextmanager
async def guarding(settings: Settings, pds: HostilePds) -> AsyncIterator[Watched]:
    async with watching(replace(settings, pds=PdsSettings(pds.url, "firehose"))) as watched:
        await watched.bank("mine", png(0))
        yield watched


async def told(watched: Watched, holds: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """What the status says of the PDS, once it holds."""
    guard = watched.parts.guard
    assert guard is not None
    async with asyncio.timeout(20):
        while not holds(state := await watched.parts.store.read(guard.state)):
            await asyncio.sleep(0.01)
    return state


async def only(watched: Watched, verdict: Verdict) -> UploadRecord:
    await watched.until(lambda uploads: [each.verdict for each in uploads] == [verdict])
    (upload,) = await watched.uploads()
    return upload


async def test_a_blob_that_is_not_there_yet_is_not_checked_until_it_is(settings: Settings) -> None:
    async with hostile_pds([posted(png(0))]) as pds:
        pds.records["a"] = f'{{"uri":"x","value":{{"image":"{cid(png(0))}"}}}}'.encode()
        async with guarding(settings, pds) as watched:
            waits = await only(watched, Verdict.NOT_CHECKED)
            assert waits.reason == "The PDS refused: Blob not found."
            assert waits.retry_at is not None
            pds.holds(png(0))
            found = await only(watched, Verdict.MATCHED)
            assert found.id == waits.id
            assert found.retry_at is None


async def test_other_bytes_than_the_cid_says_are_not_checked(settings: Settings) -> None:
    async with hostile_pds([posted(png(0))]) as pds:
        pds.blobs[cid(png(0))] = png(1)
        async with guarding(settings, pds) as watched:
            waits = await only(watched, Verdict.NOT_CHECKED)
            assert waits.reason == "The PDS gave other bytes than the CID says."
            pds.holds(png(0))
            await only(watched, Verdict.MATCHED)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, b"<html>"), "The PDS answers 500."),
        ((502, b'{"message":"no upstream"}'), "The PDS answers 502: no upstream."),
        ((429, b'{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}'), "answers 429: Rate Limit"),
    ],
)
async def test_a_pds_in_trouble_is_said_and_its_blobs_wait_in_the_queue(
    settings: Settings, answer: tuple[int, bytes], said: str
) -> None:
    async with hostile_pds([posted(png(0)), posted(png(1), 2, "b")]) as pds:
        for number in (0, 1):
            pds.holds(png(number))
        pds.answers["com.atproto.sync.getBlob"] = answer
        async with guarding(settings, pds) as watched:
            state = await told(watched, lambda state: said in str(state["fault"]))
            assert state["to_fetch"] == 2
            assert await watched.uploads() == []
            del pds.answers["com.atproto.sync.getBlob"]
            await watched.of(cid(png(0)), cid(png(1)))
            assert (await told(watched, lambda state: state["to_fetch"] == 0))["fault"] == ""


async def test_a_pds_that_never_answers_stops_no_other_blob_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.atproto.fetching.BLOB_SECONDS", 0.2)
    async with hostile_pds([posted(png(0))]) as pds:
        pds.holds(png(0))
        pds.answers["com.atproto.sync.getBlob"] = None
        async with guarding(settings, pds) as watched:
            await told(watched, lambda state: state["fault"] == "The PDS takes too long to give a blob.")
            pds.answers.clear()
            await only(watched, Verdict.MATCHED)


async def test_a_blob_larger_than_is_taken_here_is_not_checked_and_asks_for_a_person(
    settings: Settings,
) -> None:
    small = replace(settings, limits=replace(settings.limits, upload_bytes=1000))
    body = b"GIF89a" + os.urandom(4000)
    async with hostile_pds([posted(body)]) as pds:
        pds.holds(body)
        async with guarding(small, pds) as watched:
            upload = await only(watched, Verdict.NOT_CHECKED)
            assert "Larger than" in upload.reason
            assert upload.needs_you


async def test_what_was_too_large_and_what_is_gone_of_the_same_bytes_break_no_recheck(
    settings: Settings,
) -> None:
    """Nobody has the bytes: what waits for them waits for a person."""
    small = replace(settings, limits=replace(settings.limits, upload_bytes=1000))
    body = b"GIF89a" + os.urandom(4000)
    async with hostile_pds([posted(body)]) as pds:
        pds.holds(body)
        async with guarding(small, pds) as watched:
            await only(watched, Verdict.NOT_CHECKED)
            pds.blobs.clear()
            other = WantedBlob("did:plc:other", cid(body), "at://did:plc:other/a/gone", Source.FIREHOSE)
            await watched.parts.store.write(lambda c: want_blobs(c, [other]), ())
            await watched.until(lambda uploads: len(uploads) == 2)
            await watched.parts.store.write(retry_all_for_good, ())
            await asyncio.wait_for(no_retry_is_due(watched), 10)
            assert {each.verdict for each in await watched.uploads()} == {Verdict.NOT_CHECKED}


def retry_all_for_good(connection: Connection) -> None:
    connection.execute(text("UPDATE retries SET retry_at = 0"))


async def no_retry_is_due(watched: Watched) -> None:
    query = text("SELECT count(*) FROM retries WHERE retry_at IS NOT NULL")
    while await watched.parts.store.read(lambda connection: connection.scalar(query)):
        await asyncio.sleep(0.01)


async def test_a_frame_larger_than_is_read_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.atproto.streams.LARGEST_FRAME", 1000)
    async with hostile_pds([frame("#later", seq=5, x="x" * 2000)]) as pds, guarding(settings, pds) as watched:
        state = await told(watched, lambda state: state["firehose"] == "down")
        assert state["fault"] == "The firehose sends a frame that is larger than is read."


async def test_an_address_that_leads_elsewhere_ends_nothing(settings: Settings) -> None:
    async with hostile_pds() as pds:
        pds.answers["com.atproto.sync.subscribeRepos"] = (301, b"")
        pds.location = "https://elsewhere.example/"
        async with guarding(settings, pds) as watched:
            await told(watched, lambda state: state["firehose"] == "down")


async def test_frames_that_cannot_be_read_are_logged_and_passed_over(settings: Settings) -> None:
    async with hostile_pds([b"\xff\xff", b"", frame("#later", seq=5), posted(png(0), 6)]) as pds:
        pds.holds(png(0))
        async with guarding(settings, pds) as watched:
            await only(watched, Verdict.MATCHED)
            types = [kind for _, kind, _ in await watched.parts.store.read(lambda c: events_after(c, 0, 999))]
            assert EventType.FIREHOSE_GAP in types
            assert await watched.parts.store.read(lambda c: position(c, "firehose")) == "6"


async def test_too_slow_a_reader_goes_on_from_its_cursor(settings: Settings) -> None:
    slow = encode({"op": -1}) + encode({"error": "ConsumerTooSlow", "message": "Stream consumer too slow"})
    async with hostile_pds([posted(png(0), 6), slow]) as pds:
        pds.holds(png(0))
        async with guarding(settings, pds) as watched:
            await only(watched, Verdict.MATCHED)
            async with asyncio.timeout(10):
                while pds.cursors[-1] != "6":
                    await asyncio.sleep(0.01)
            assert pds.cursors[0] == "0"


async def test_what_is_no_pds_is_said_to_be_none(settings: Settings) -> None:
    async with hostile_pds() as pds:
        pds.answers |= {
            "com.atproto.sync.listRepos": (200, b"<html>"),
            "com.atproto.sync.subscribeRepos": (200, b"<html>"),
        }
        async with guarding(settings, pds) as watched:
            state = await told(watched, lambda state: state["firehose"] == "down")
            assert "firehose does not answer" in str(state["fault"])
        client = Pds(pds.url)
        for body in (b"<html>", b"[]", b"{}", b'{"repos":5}', b"x" * 5_000_000):
            pds.answers["com.atproto.sync.listRepos"] = (200, body)
            with pytest.raises(Unreachable):
                await client.accounts()
        pds.answers["com.atproto.sync.listBlobs"] = (
            400,
            b'{"error":"RepoNotFound","message":"No such repo."}',
        )
        with pytest.raises(PdsRefused, match=r"^The PDS refused: No such repo\.$"):
            await client.blobs(DID)
        pds.answers["com.atproto.sync.getBlob"] = (404, b"")
        with pytest.raises(BlobMissing):
            async with client.blob(DID, "x"):
                pass
        await client.close()


async def test_cids_that_name_no_blob_and_accounts_that_are_closed_are_passed_over(
    settings: Settings,
) -> None:
    async with hostile_pds() as pds:
        repos = b'{"repos":[{"did":"did:plc:a","active":false},{"did":"did:plc:b"},{"x":1},5]}'
        pds.answers["com.atproto.sync.listRepos"] = [(200, repos)]
        record = "bafyreib3hefrqhvlfvfb3xe5s63q6xnfixhbxwun2nzd3thex77b42u5b4"
        cids = {"cids": [record, 5, pds.holds(png(0))]}
        pds.answers["com.atproto.sync.listBlobs"] = [(200, json.dumps(cids).encode())]
        async with guarding(settings, pds) as watched:
            found = await only(watched, Verdict.MATCHED)
            assert found.did == "did:plc:b"
            assert pds.asked.count("com.atproto.sync.listBlobs") == 1


async def test_without_a_matcher_what_was_fetched_is_matched_later_from_its_signals(
    settings: Settings,
) -> None:
    async with (
        hostile_pds([posted(png(0))]) as pds,
        watching(replace(settings, pds=PdsSettings(pds.url, "firehose"))) as watched,
    ):
        pds.holds(png(0))
        waits = await only(watched, Verdict.NOT_CHECKED)
        assert "No list is connected" in waits.reason
        await watched.bank("mine", png(0))
        await only(watched, Verdict.MATCHED)
        assert pds.asked.count("com.atproto.sync.getBlob") == 1
        assert (await watched.parts.store.read(waiting_blobs)).count == 0


@pytest.mark.parametrize("url", ["", "pds.example", "ftp://pds.example", "http://", "http://x/?y=1"])
def test_an_address_that_is_none_is_a_sentence(url: str) -> None:
    with pytest.raises(SettingsError, match=r"pds\.url takes an http or https address"):
        Pds(url)


async def test_the_bridge_does_not_start_in_a_mode_that_there_is_not(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"pds\.mode takes off or firehose"):
        async with watching(replace(settings, pds=PdsSettings("http://localhost", "watch"))):
            pass


async def test_the_status_says_how_the_pds_is(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/api/v1/status")).json()["pds"] is None
