"""What was taken down comes back by three ways, and is caught each time: on a real PDS."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import text

from bridge.actions import takedown
from bridge.catalogue import Category
from bridge.receiving import content_of
from bridge.settings import Settings
from bridge.store.banks import all_banks
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_takedown import TAKEN, give_password, states, until
from tests.network.watching import Watched, watching


async def taken_down(watched: Watched, net: Network, account: Account) -> tuple[str, dict[str, object]]:
    """A post whose picture was taken down; then its bank is deleted: only the memory knows it still."""
    await give_password(watched, net)
    await watched.bank("mine", png(0), **TAKEN)
    blob = await account.upload(png(0))
    uri = await account.post(blob)
    await until(watched, lambda found: found == ["confirmed"])
    await watched.parts.banks.delete("mine", "test")
    return uri, blob


async def test_after_its_record_is_deleted_the_pds_forgets_and_we_do_not(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        uri, blob = await taken_down(watched, net, ana)
        await ana.delete(uri)
        again = await ana.upload(png(0))
        assert link(again) == link(blob)
        await ana.post(again)
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(ana.did, link(again)) == 400


async def test_another_account_s_copy_is_taken_down_too(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await taken_down(watched, net, ana)
        copy = await bob.upload(png(0))
        await bob.post(copy)
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(bob.did, link(copy)) == 400


async def test_an_imported_repo_is_found_by_listing(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    """No frame tells of it: neither of the records nor of the blob that is filled in afterwards."""
    async with watching(guarded) as watched:
        _, blob = await taken_down(watched, net, ana)
        async with httpx.AsyncClient(base_url=net.url) as http:
            repo = await http.get("/xrpc/com.atproto.sync.getRepo", params={"did": ana.did})
        imported = await bob.http.post(
            "/xrpc/com.atproto.repo.importRepo",
            content=repo.content,
            headers={"Content-Type": "application/vnd.ipld.car"},
        )
        assert imported.status_code == 200, imported.text
        await bob.upload(png(0))
        assert await net.blob_status(bob.did, link(blob)) == 200
        guard = watched.parts.guard
        assert guard is not None
        await guard.listing.look_through_all()
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(bob.did, link(blob)) == 400


async def test_what_stands_taken_down_is_no_trouble_when_all_is_looked_through(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        _, blob = await taken_down(watched, net, ana)
        guard = watched.parts.guard
        assert guard is not None
        await guard.listing.look_through_all()
        async with asyncio.timeout(30):
            while not (await watched.parts.store.read(guard.state))["is_listing"]:
                await asyncio.sleep(0)
            while (told := await watched.parts.store.read(guard.state))["is_listing"] or told[
                "accounts_to_list"
            ]:
                await asyncio.sleep(0.02)
            while (await watched.parts.store.read(guard.state))["to_fetch"]:
                await asyncio.sleep(0.02)
        assert [each.cid for each in await watched.uploads()] == [link(blob)]
        assert await states(watched) == ["confirmed"]


async def test_the_memory_is_a_bank_of_the_case_s_category(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """So that the hash of a listed picture leaks as little as the list itself."""
    async with watching(guarded) as watched:
        await give_password(watched, net)
        listed = {**TAKEN, "category": Category.CHILD_SAFETY, "threshold": 31}
        await watched.bank("listed", png(0), **listed)
        blob = await ana.upload(png(0))
        await ana.post(blob)
        await until(watched, lambda found: found == ["confirmed"])
        memory = {bank.name: bank.category for bank in await watched.parts.store.read(all_banks)}
        assert memory == {
            "listed": Category.CHILD_SAFETY,
            "taken down child safety": Category.CHILD_SAFETY,
        }
        values = await watched.parts.store.read(
            lambda c: list(
                c.scalars(
                    text(
                        "SELECT value FROM entries JOIN banks ON banks.id = bank_id WHERE name LIKE 'taken%'"
                    )
                )
            )
        )
        assert values == [content_of(png(0)).sha256]


async def test_the_copy_that_another_account_has_already_is_taken_down_too(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("other", png(1))
        copy = await bob.upload(png(0))
        await bob.post(copy)
        [seen] = await watched.of(link(copy))
        assert seen.verdict == "no_match"
        await taken_down(watched, net, ana)
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(bob.did, link(copy)) == 400


async def test_what_could_not_be_taken_down_is_looked_at_again_when_it_is_posted_again(
    guarded: Settings, net: Network, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takedown, "TRIES_MISSING", 1)
    async with watching(guarded) as watched:
        await watched.bank("mine", png(0), **TAKEN)
        uri = await ana.post(await ana.upload(png(0)))
        await watched.until(lambda uploads: any(each.case_id for each in uploads))
        await ana.delete(uri)
        await give_password(watched, net)
        await until(watched, lambda found: found == ["failed"])
        again = await ana.upload(png(0))
        await ana.post(again)
        await until(watched, lambda found: found == ["failed", "confirmed"])
        assert await net.blob_status(ana.did, link(again)) == 400
