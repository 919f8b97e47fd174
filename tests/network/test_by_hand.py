"""A mail names a picture, a record or an account: preserved, taken down, shown to nobody. On a real PDS."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from bridge.atproto.by_hand import Opened
from bridge.catalogue import Category
from bridge.errors import InputError, NotFound
from bridge.orders import Order
from bridge.settings import OperatorSettings, Settings
from bridge.store.cases import find_case
from bridge.store.outbox import actions_of_case
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_evidence import kept
from tests.network.test_takedown import give_password, until
from tests.network.watching import Watched, watching

BY_ANA = Order(opens=Category.OWN, takes_down=True, actor="user:ana")


async def open_case(watched: Watched, words: str, order: Order = BY_ANA) -> Opened:
    guard = watched.parts.guard
    assert guard is not None
    return await guard.by_hand.open(words, order)


async def done(watched: Watched, case_id: str) -> list[tuple[str, str, str]]:
    """The case's actions, once all are confirmed."""
    await until(watched, lambda states: bool(states) and set(states) == {"confirmed"})
    actions = await watched.parts.store.read(lambda c: actions_of_case(c, case_id))
    return [(each.type, each.subject, each.state) for each in actions]


async def test_a_post_is_taken_down_with_its_pictures_and_they_are_remembered(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(replace(guarded, operator=OperatorSettings("US"))) as watched:
        await give_password(watched, net)
        await watched.bank("other", png(3))
        blobs = [await ana.upload(png(number)) for number in (0, 1)]
        uri = await ana.post(*blobs)
        rkey = uri.rpartition("/")[2]
        opened = await open_case(watched, f"https://bsky.app/profile/{ana.handle}/post/{rkey}")
        assert (opened.did, opened.files, opened.not_there, opened.takes_down) == (ana.did, 2, 0, True)
        taken = [("takedown", "blob", "confirmed")] * 2
        found = await done(watched, opened.case_id)
        assert sorted(found) == sorted(
            [("preserve", "blob", "confirmed")] * 2 + taken + [("takedown", "record", "confirmed")]
        )
        for blob in blobs:
            assert await net.blob_status(ana.did, link(blob)) == 400
        guard = watched.parts.guard
        assert guard is not None
        assert await guard.pds.record(uri) is None
        evidence = await kept(watched)
        assert [each.sha256 is not None for each in evidence] == [True, True]
        for each in evidence:
            assert each.context is not None
            assert watched.parts.evidence.open_context(each.context)["record"], "read before it was hidden"
        copy = await bob.upload(png(1))
        await bob.post(copy)
        await until(watched, lambda states: len(states) >= 7 and set(states) == {"confirmed"})
        assert await net.blob_status(bob.did, link(copy)) == 400
        case = await watched.parts.store.read(lambda c: find_case(c, opened.case_id))
        assert (case.did, case.category, case.file_count) == (ana.did, Category.OWN, 2)


async def test_a_picture_is_named_by_its_cid_once_it_was_seen(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("other", png(3))
        blob = await ana.upload(png(0))
        cid = link(blob)
        with pytest.raises(NotFound, match="No file with this CID was seen"):
            await open_case(watched, cid)
        uri = await ana.post(blob)
        await watched.of(cid)
        opened = await open_case(watched, cid, replace(BY_ANA, opens=Category.NCII))
        assert await done(watched, opened.case_id) == [("takedown", "blob", "confirmed")]
        assert await net.blob_status(ana.did, cid) == 400
        guard = watched.parts.guard
        assert guard is not None
        assert await guard.pds.record(uri) is not None, "the picture was named, not the record"
        again = await open_case(watched, f"{net.url}/xrpc/com.atproto.sync.getBlob?did={ana.did}&cid={cid}")
        assert (again.files, again.not_there) == (1, 1), "the PDS gives it to nobody any more"
        assert again.case_id != opened.case_id
        other = await bob.upload(png(0))
        await bob.post(other)
        await watched.until(lambda uploads: {each.did for each in uploads} == {ana.did, bob.did})
        with pytest.raises(NotFound, match="2 accounts have this file"):
            await open_case(watched, cid)


async def test_an_account_alone_opens_a_case_and_nothing_more(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await ana.post(await ana.upload(png(0)))
        opened = await open_case(watched, f"@{ana.handle}")
        assert (opened.did, opened.files, opened.takes_down) == (ana.did, 0, False)
        assert (await open_case(watched, ana.did)).case_id == opened.case_id
        actions = await watched.parts.store.read(lambda c: actions_of_case(c, opened.case_id))
        assert actions == []


async def test_without_a_takedown_the_case_is_only_opened(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.bank("other", png(3))
        uri = await ana.post(await ana.upload(png(0)))
        opened = await open_case(watched, uri, replace(BY_ANA, takes_down=False))
        assert (opened.files, opened.takes_down) == (1, False)
        assert await watched.parts.store.read(lambda c: actions_of_case(c, opened.case_id)) == []


async def test_what_is_not_here_is_said_in_a_sentence(guarded: Settings, net: Network, ana: Account) -> None:
    async with watching(guarded) as watched:
        for words, error, said in (
            ("a picture of a cat", InputError, "Nothing of a PDS is named"),
            ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", NotFound, "is on this PDS"),
            ("nobody.test", NotFound, "No account nobody.test is on this PDS"),
            (f"at://{ana.did}/app.bsky.feed.post/none", NotFound, "no such record"),
        ):
            with pytest.raises(error, match=said):
                await open_case(watched, words)


async def test_over_the_socket_and_never_over_tcp(guarded: Settings, net: Network, ana: Account) -> None:
    async with watching(guarded) as watched:
        socket = httpx.AsyncHTTPTransport(uds=str(guarded.socket_path))
        async with httpx.AsyncClient(transport=socket, base_url="http://bridge") as operator:
            answer = await operator.post("/api/v1/cases", json={"subject": ana.did, "category": "ncii"})
            assert answer.status_code == 201, answer.text
            case = (await operator.get(f"/api/v1/cases/{answer.json()['case_id']}")).json()
            assert (case["did"], case["category"], case["actions"], case["evidence"]) == (
                ana.did,
                "ncii",
                [],
                [],
            )
            for bad in ({}, {"subject": ""}, {"subject": ana.did, "category": "x"}, {"subject": 5}):
                assert (await operator.post("/api/v1/cases", json=bad)).status_code == 400
        async with httpx.AsyncClient(base_url=watched.bridge.url) as app:
            assert (await app.post("/api/v1/cases", json={"subject": ana.did})).status_code == 403
