"""The queue of blobs: each account has its turn, and what was checked is compared again where need be."""

from __future__ import annotations

from bridge.records import UploadRecord
from bridge.store.retries import due_retries
from bridge.store.uploads import upload_records
from bridge.store.wanted import WantedBlob, due_blobs, want_blobs
from bridge.uploads import Source
from tests.houses import House, png


def blob(did: str, cid: str, source: Source = Source.FIREHOSE) -> WantedBlob:
    uri = f"at://did:plc:{did}/a/{cid}" if source is Source.FIREHOSE else ""
    return WantedBlob(f"did:plc:{did}", cid, uri, source)


async def want(house: House, *blobs: WantedBlob) -> None:
    await house.store.write(lambda connection: want_blobs(connection, blobs), ())


async def due(house: House, limit: int = 16) -> list[WantedBlob]:
    return await house.store.read(lambda connection: due_blobs(connection, limit))


async def rechecked(house: House) -> list[str]:
    found = await house.store.read(lambda connection: due_retries(connection, 16, can_fetch=True))
    return [each.upload.id for each in found]


async def records(house: House) -> list[UploadRecord]:
    return await house.store.read(upload_records)


async def test_who_queues_ten_thousand_keeps_nobody_waiting(house: House) -> None:
    await want(house, *(blob("flood", f"b{number:05}") for number in range(10_000)))
    await want(house, blob("old", "x", Source.BACKFILL), blob("new", "y"), blob("new", "z"))
    first = await due(house)
    assert len(first) == 16
    assert {each.cid for each in first[:4]} > {"x", "y"}
    assert first[2].cid == "x", "what the firehose brings comes before what was there already"
    assert "z" in {each.cid for each in first[3:5]}
    assert len(await due(house, 20_000)) == 10_003


async def test_a_record_that_is_heard_of_after_its_blob_is_known_all_the_same(house: House) -> None:
    await house.bank("mine", png(0))
    await house.upload(png(1), did="did:plc:a", cid="c")
    assert [each.uri for each in await records(house)] == [""]
    await want(house, blob("a", "c"))
    assert [each.uri for each in await records(house)] == ["at://did:plc:a/a/c"]
    assert await due(house) == [], "it was checked already"


async def test_what_matched_nothing_is_compared_again_when_it_is_posted_again_after_a_list_grew(
    house: House,
) -> None:
    await house.bank("mine", png(0))
    first = await house.upload(png(1), did="did:plc:a", cid="c")
    await want(house, blob("a", "c"))
    assert await rechecked(house) == [], "nothing was added since"
    await house.bank("later", png(1))
    await want(house, blob("a", "other"), blob("b", "c"))
    assert await rechecked(house) == []
    await want(house, blob("a", "c"))
    assert await rechecked(house) == [first.upload.id]
    await house.pipeline.process_again(first.upload, first.signals.sha256)
    assert [each.verdict for each in await records(house)] == ["matched"]
    assert await rechecked(house) == []
