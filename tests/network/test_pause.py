"""A pause at a real PDS: what came through the gate meanwhile is in, and is held when the pause ends."""

from __future__ import annotations

import pytest

from bridge.catalogue import OnMatch
from bridge.settings import Settings
from bridge.verdicts import Verdict
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_gate import gated, send
from tests.network.test_takedown import states, until
from tests.network.watching import Watched


async def paused_upload(watched: Watched, ana: Account) -> dict[str, object]:
    """An upload of what is in the bank, while the bridge is paused."""
    await watched.bank("mine", png(0), on_match=OnMatch.TAKEDOWN)
    await watched.parts.pause.begin("user:ana")
    answer = await send(watched, ana, png(0))
    assert answer.status_code == 200
    [upload] = await watched.uploads()
    assert (upload.verdict, upload.reason, upload.did) == (
        Verdict.NOT_CHECKED,
        "The bridge is paused.",
        ana.did,
    )
    blob: dict[str, object] = answer.json()["blob"]
    return blob


@pytest.mark.older
@pytest.mark.parametrize("fail", ["open", "closed"])
async def test_what_came_in_the_pause_is_held_when_it_ends(
    guarded: Settings, net: Network, ana: Account, fail: str
) -> None:
    async with gated(guarded, net, mode="block", fail=fail) as watched:
        blob = await paused_upload(watched, ana)
        await ana.post(blob)
        assert await net.blob_status(ana.did, link(blob)) == 200
        assert await states(watched) == []
        await watched.parts.pause.end("user:ana")
        await watched.of(link(blob), but=Verdict.NOT_CHECKED)
        await until(watched, lambda found: bool(found) and set(found) == {"confirmed"})
        assert await net.blob_status(ana.did, link(blob)) == 400


async def test_also_what_nobody_has_posted_yet_and_what_is_kept_as_evidence(
    keeping: Settings, net: Network, ana: Account
) -> None:
    async with gated(keeping, net, mode="hold") as watched:
        blob = await paused_upload(watched, ana)
        await watched.parts.pause.end("user:ana")
        [upload] = await watched.of(link(blob), but=Verdict.NOT_CHECKED)
        assert upload.case_id
        await until(watched, lambda found: bool(found) and set(found) == {"confirmed"})
        record = {"repo": ana.did, "collection": "app.x.y", "record": {"$type": "app.x.y", "image": blob}}
        refers = await ana.http.post("/xrpc/com.atproto.repo.createRecord", json=record)
        assert refers.status_code == 400, refers.text


async def test_the_firehose_goes_on_recording_and_nothing_is_taken_down(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="observe") as watched:
        await watched.bank("mine", png(0), on_match=OnMatch.TAKEDOWN)
        await watched.parts.pause.begin("user:ana")
        blob = await ana.upload(png(0))
        await ana.post(blob)
        [upload] = await watched.of(link(blob))
        assert (upload.verdict, upload.action) == (Verdict.MATCHED, "REVIEW")
        assert await states(watched) == []
        assert await net.blob_status(ana.did, link(blob)) == 200
