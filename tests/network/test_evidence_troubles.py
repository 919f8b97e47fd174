"""Evidence where something is in its way: it waits with the takedown, ends its tries, and is never half."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from bridge.catalogue import Category, OnMatch
from bridge.evidence import kept_event
from bridge.settings import Settings
from bridge.store import evidence as stored
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_evidence import LISTED, SETTLED, files, kept
from tests.network.test_takedown import give_password, states, until
from tests.network.watching import watching
from tests.stores import PASSPHRASE


async def test_without_the_means_to_take_down_the_evidence_is_not_called_whole(
    keeping: Settings, net: Network, ana: Account
) -> None:
    """No keys, then a wrong password: it waits as the takedown does, and then has all of it."""
    async with watching(keeping) as watched:
        await watched.bank("listed", png(0), **LISTED)
        await ana.post(await ana.upload(png(0)))
        await watched.until(lambda uploads: any(each.case_id for each in uploads))
        wrong = replace(net, admin_password="wrong")
        await give_password(watched, wrong)
        outbox = watched.parts.outbox
        assert outbox is not None
        async with asyncio.timeout(30):
            while "password" not in outbox.fault:
                await asyncio.sleep(0.02)
        assert set(await states(watched)) <= {"planned", "running"}
        await give_password(watched, net)
        await until(watched, lambda found: found == SETTLED)
        [evidence] = await kept(watched)
        assert evidence.sha256 is not None
        assert evidence.context is not None
        assert watched.parts.evidence.open_context(evidence.context)["account"]


async def test_a_record_too_deep_to_be_read_keeps_no_takedown_from_happening(
    keeping: Settings, net: Network, ana: Account
) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        blob = await ana.upload(png(0))
        record = f'{{"$type": "app.x.y", "deep": {"[" * 985}{json.dumps(blob)}{"]" * 985}}}'
        body = f'{{"repo": "{ana.did}", "collection": "app.x.y", "record": {record}}}'
        written = await ana.http.post(
            "/xrpc/com.atproto.repo.createRecord", content=body, headers={"Content-Type": "application/json"}
        )
        assert written.status_code == 200, written.text
        await until(watched, lambda found: found == SETTLED)
        assert await net.blob_status(ana.did, link(blob)) == 400


async def test_a_second_case_of_an_upload_keeps_its_own_evidence(
    keeping: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0), on_match=OnMatch.REVIEW)
        await ana.post(await ana.upload(png(0)))
        await until(watched, lambda found: found == ["confirmed"])
        await watched.bank("listed", png(0), **LISTED)
        await bob.post(await bob.upload(png(0)))
        await until(watched, lambda found: len(found) >= 5 and set(found) == {"confirmed"})
        mine = [each for each in await kept(watched) if each.upload_id == (await watched.uploads())[0].id]
        assert len(mine) == 2
        assert all(each.sha256 and each.context for each in mine)


async def test_ncii_is_not_kept_under_another_name(keeping: Settings, net: Network, ana: Account) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("list", png(0), category=Category.NCII, threshold=20)
        await watched.bank("mine", png(0), on_match=OnMatch.TAKEDOWN)
        await ana.post(await ana.upload(png(0)))
        await until(watched, lambda found: found == SETTLED)
        assert [each.sha256 for each in await kept(watched)] == [None, None]
        assert files(keeping) == []


async def test_a_file_that_was_destroyed_meanwhile_is_not_called_kept(keeping: Settings) -> None:
    async with watching(keeping) as watched:
        evidence, store = watched.parts.evidence, watched.parts.store
        await watched.parts.keys.create(PASSPHRASE, "test")
        new = await evidence.vault.keep(b"x", 1000)
        event = kept_event("uploaduploadupld", "casecasecasecase", "bytes")
        sha256 = bytes(32)
        assert await store.write(lambda c: stored.put_file(c, sha256, new), [event])
        found = await evidence.find(sha256)
        assert found is not None
        await store.write(lambda c: stored.destroy_evidence(c, "casecasecasecase"), [event])
        assert not await store.write(lambda c: stored.put_file(c, sha256, found), [event])
        assert await evidence.find(sha256) is None
        assert await store.write(lambda c: stored.put_file(c, sha256, new), [event])
        evidence.vault.remove([new.name])
        assert await evidence.find(sha256) is None, "a store restored without its vault"
