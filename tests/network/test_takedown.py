"""What matched is taken down at the PDS, read back, and only then called confirmed: on a real PDS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from bridge.atproto.admin import PdsAdmin
from bridge.atproto.cids import cid_of
from bridge.atproto.credentials import AdminPassword
from bridge.atproto.pds import Pds
from bridge.atproto.subjects import AccountSubject, BlobSubject, RecordSubject
from bridge.catalogue import OnMatch
from bridge.compliance.leaf import Leaf
from bridge.compliance.reading import reading
from bridge.keys.secrets import SecretName
from bridge.settings import Settings
from tests.houses import jpeg, png
from tests.network.network import Account, Network, link
from tests.network.watching import Watched, watching
from tests.stores import PASSPHRASE

TAKEN = {"on_match": OnMatch.TAKEDOWN}


async def give_password(watched: Watched, net: Network) -> None:
    """As `secret set pds_admin_password` does."""
    await watched.secret(SecretName.PDS_ADMIN_PASSWORD, net.admin_password)


async def states(watched: Watched) -> list[str]:
    return await watched.parts.store.read(
        lambda connection: list(connection.scalars(text("SELECT state FROM actions ORDER BY id")))
    )


async def until(watched: Watched, holds: Callable[[list[str]], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds(await states(watched)):
            await asyncio.sleep(0.02)


def said(settings: Settings, about: str = "action.") -> list[str]:
    """The types of the log's entries about actions, or `about` something else."""
    with reading(settings.store_path) as reader:
        leaves = [Leaf.of_bytes(raw) for _, raw in reader.leaves(0, 1 << 40)]
    return [leaf.type for leaf in leaves if leaf.type.startswith(about)]


@pytest.mark.older
async def test_a_matching_picture_is_taken_down_and_confirmed(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0), **TAKEN)
        bad, good = await ana.upload(png(0)), await ana.upload(png(1))
        await ana.post(bad, good)
        await until(watched, lambda found: found == ["confirmed"])
        assert await net.blob_status(ana.did, link(bad)) == 400
        assert await net.blob_status(ana.did, link(good)) == 200
        again = await bob.upload(png(0))
        await bob.post(again)
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(bob.did, link(again)) == 400
        assert said(guarded) == ["action.planned", "action.started", "action.confirmed"] * 2


async def test_without_the_password_it_waits_and_says_so_and_goes_on_when_it_is_set(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0), **TAKEN)
        blob = await ana.upload(png(0))
        await ana.post(blob)
        outbox = watched.parts.outbox
        assert outbox is not None
        async with asyncio.timeout(30):
            while "pds_admin_password is not set" not in outbox.fault:
                await asyncio.sleep(0.02)
        assert await states(watched) == ["running"]
        assert await net.blob_status(ana.did, link(blob)) == 200
        await give_password(watched, net)
        await until(watched, lambda found: found == ["confirmed"])
        assert outbox.fault == ""
        assert await net.blob_status(ana.did, link(blob)) == 400


async def test_what_was_planned_before_a_restart_is_carried_out_once_after_it(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """The keys are locked after a restart, as they are on a server that nobody unlocked yet."""
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0), **TAKEN)
        watched.parts.keychain.lock()
        blob = await ana.upload(png(0))
        await ana.post(blob)
        await until(watched, lambda found: found == ["running"])
    async with watching(guarded) as watched:
        await watched.of(link(blob))
        assert await states(watched) == ["running"]
        await watched.parts.keys.unlock(PASSPHRASE, "test")
        await until(watched, lambda found: found == ["confirmed"])
    assert said(guarded) == ["action.planned", "action.started", "action.confirmed"]


async def test_an_app_s_upload_with_a_near_copy_is_not_taken_down_by_itself(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """Automatic only where it is certain: a review bank opens a case and touches nothing."""
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0), on_match=OnMatch.REVIEW)
        blob = await ana.upload(jpeg(0))
        await ana.post(blob)
        [found] = await watched.of(link(blob))
        assert found.case_id
        assert await states(watched) == []
        assert await net.blob_status(ana.did, link(blob)) == 200


async def test_a_takedown_is_reversed_and_twice_is_as_once(net: Network, ana: Account) -> None:
    async def password() -> str:
        return net.admin_password

    pds = Pds(net.url)
    admin = PdsAdmin(pds, AdminPassword(password))
    blob = await ana.upload(png(0))
    await ana.post(blob)
    subject = BlobSubject(ana.did, link(blob))
    for _ in range(2):
        await admin.take_down(subject, "case-1")
        standing = await admin.standing(subject)
        assert standing is not None
        assert (standing.applied, standing.ref) == (True, "case-1")
    assert await net.blob_status(ana.did, link(blob)) == 400
    for _ in range(2):
        await admin.restore(subject)
    restored = await admin.standing(subject)
    assert restored is not None
    assert not restored.applied
    assert await net.blob_status(ana.did, link(blob)) == 200
    assert await admin.standing(BlobSubject(ana.did, cid_of(bytes(32)))) is None
    await pds.close()


async def test_records_and_accounts_are_taken_down_and_restored_too(net: Network, ana: Account) -> None:
    async def password() -> str:
        return net.admin_password

    pds = Pds(net.url)
    admin = PdsAdmin(pds, AdminPassword(password))
    uri = await ana.post(await ana.upload(png(0)))
    did, collection, rkey = uri.removeprefix("at://").split("/")
    query = {"repo": did, "collection": collection, "rkey": rkey}
    record = RecordSubject(uri, str((await pds.query("com.atproto.repo.getRecord", query))["cid"]))
    for subject, hides in ((record, "com.atproto.repo.getRecord"), (AccountSubject(did), "both")):
        before = await admin.standing(subject)
        assert before is None or not before.applied
        await admin.take_down(subject, "case-2")
        standing = await admin.standing(subject)
        assert standing is not None
        assert (standing.applied, standing.ref) == (True, "case-2")
        assert await pds.record(uri) is None, hides
        await admin.restore(subject)
        assert (standing := await admin.standing(subject)) is not None
        assert not standing.applied
        assert await pds.record(uri) is not None
    unknown = RecordSubject(f"at://{did}/app.bsky.feed.post/none", record.cid)
    await admin.take_down(unknown, "case-3")
    assert await admin.standing(unknown) is None, "the PDS said yes"
    assert await admin.standing(AccountSubject("did:plc:ewvi7nxzyoun6zhxrhs64oiz")) is None
    await pds.close()
