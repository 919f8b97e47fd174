"""Every picture that reaches the PDS is checked, whoever posted it and however: on a real PDS."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace

from bridge.events import EventType
from bridge.settings import PdsSettings, Settings
from bridge.store.events import events_after
from bridge.store.wanted import position
from bridge.uploads import Source
from bridge.verdicts import Verdict
from tests.houses import jpeg, png
from tests.network.network import Account, Network, link, network
from tests.network.watching import Watched, watching


async def test_a_matching_picture_in_a_post_an_avatar_and_an_unknown_record_is_found(
    guarded: Settings, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0))
        await watched.looked_through()
        in_post, as_avatar, unrelated = [await ana.upload(each) for each in (png(0), jpeg(0), png(1))]
        uri = await ana.post(in_post, unrelated)
        await ana.write("app.bsky.actor.profile", {"avatar": as_avatar}, rkey="self")
        elsewhere = await bob.upload(png(0))
        await bob.write("app.perchpics.photo", {"deep": [{"er": {"image": elsewhere}}]})
        wanted = {(ana.did, link(blob)) for blob in (in_post, as_avatar, unrelated)} | {
            (bob.did, link(elsewhere))
        }
        await watched.until(lambda uploads: wanted <= {(each.did, each.cid) for each in uploads})
        by_account = {(each.did, each.cid): each for each in await watched.uploads()}
        assert by_account[ana.did, link(in_post)].verdict is Verdict.MATCHED
        assert by_account[ana.did, link(in_post)].uri == uri
        assert by_account[ana.did, link(as_avatar)].verdict is Verdict.MATCHED
        assert by_account[ana.did, link(unrelated)].verdict is Verdict.NO_MATCH
        photo = by_account[bob.did, link(elsewhere)]
        assert photo.verdict is Verdict.MATCHED
        assert photo.source is Source.FIREHOSE
        assert photo.case_id != by_account[ana.did, link(in_post)].case_id


async def test_what_was_there_before_the_bridge_is_found_by_listing_all_accounts(
    settings: Settings,
) -> None:
    """The window of the firehose is a millisecond: what is older appears in no frame."""
    async with network("--backfill-ms", "1") as old, old.account() as carl:
        before = await carl.upload(png(0))
        await carl.post(before)
        async with watching(replace(settings, pds=PdsSettings(old.url, "firehose"))) as watched:
            await watched.bank("mine", png(0))
            [upload] = await watched.of(link(before), but=Verdict.NOT_CHECKED)
            assert upload.verdict is Verdict.MATCHED
            assert upload.source is Source.BACKFILL
            assert upload.did == carl.did


async def test_a_restart_goes_on_where_it_was_and_checks_nothing_twice(
    guarded: Settings, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0))
        first = await ana.upload(png(1))
        await ana.post(first)
        await watched.of(link(first))
    meanwhile = await ana.upload(png(0))
    await ana.post(meanwhile)
    async with watching(guarded) as watched:
        [found] = await watched.of(link(meanwhile), but=Verdict.NOT_CHECKED)
        assert found.verdict is Verdict.MATCHED
        assert [each.cid for each in await watched.uploads()] == [link(first), link(meanwhile)]


async def test_the_pds_goes_away_and_comes_back(guarded: Settings, ana: Account, net: Network) -> None:
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0))
        await net.command("stop-pds")
        told = await state(watched, "down")
        ways = ("The firehose does not answer: Connection refused.", "The PDS does not answer.")
        assert told["fault"] in ways, "whoever noticed first"
        await net.command("start-pds")
        blob = await ana.upload(png(0))
        await ana.post(blob)
        [found] = await watched.of(link(blob))
        assert found.verdict is Verdict.MATCHED
        await state(watched, "live")


async def state(watched: Watched, wanted: str) -> dict[str, object]:
    guard = watched.parts.guard
    assert guard is not None
    async with asyncio.timeout(30):
        while True:
            told = await watched.parts.store.read(guard.state)
            if told["firehose"] == wanted:
                return told
            await asyncio.sleep(0.02)


async def test_a_cursor_from_the_future_is_logged_and_everything_looked_through(
    guarded: Settings, ana: Account
) -> None:
    """As after the PDS was restored from a backup."""
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0))
        seen = await ana.upload(png(1))
        await ana.post(seen)
        await watched.of(link(seen))
    with closing(sqlite3.connect(guarded.store_path, isolation_level=None)) as connection:
        connection.execute("UPDATE positions SET value = '999999' WHERE name = 'firehose'")
    blob = await ana.upload(png(0))
    await ana.post(blob)
    async with watching(guarded) as watched:
        [found] = await watched.of(link(blob), but=Verdict.NOT_CHECKED)
        assert found.verdict is Verdict.MATCHED
        types = [kind for _, kind, _ in await watched.parts.store.read(lambda c: events_after(c, 0, 999))]
        assert EventType.FIREHOSE_GAP in types
        cursor = await watched.parts.store.read(lambda c: position(c, "firehose"))
        assert cursor is not None
        assert int(cursor) < 999999


async def test_a_picture_that_is_deleted_before_it_is_fetched_is_told_as_gone(
    guarded: Settings, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0))
        keep = await ana.upload(png(2))
        await ana.post(keep)
        await watched.of(link(keep))
    blob = await ana.upload(png(0))
    uri = await ana.post(blob)
    await ana.delete(uri)
    async with watching(guarded) as watched:
        [gone] = await watched.of(link(blob))
        assert gone.verdict is Verdict.NOT_CHECKED
        assert gone.reason == "It was gone from the PDS before it was fetched."
        assert gone.retry_at is None
        assert not gone.needs_you
