"""What a person decides is done at a real PDS, read back, and taken back: also when the bridge is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import text

from bridge.atproto import handles
from bridge.decisions import Choice, Decided, Request, Undone, Wanted
from bridge.records import Listed
from bridge.settings import DecidingSettings, Settings
from bridge.store.cases import case_records
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_gate import gated, send
from tests.network.test_kills import prepared, rows
from tests.network.test_takedown import give_password, until
from tests.network.watching import Watched, watching
from tests.pictures import encoded, noise_photograph
from tests.serving import Served, serving

REASON = "against-the-rules"


async def the_case(watched: Watched) -> str:
    """Of the one case there is."""
    found: list[str] = []
    async with asyncio.timeout(30):
        while not found:
            await asyncio.sleep(0.02)
            cases = await watched.parts.store.read(lambda c: case_records(c, Listed.ALL, 9))
            found = [case.id for case in cases]
    [case_id] = found
    return case_id


async def choose(watched: Watched, choice: Choice) -> Decided:
    reason = "allowed-here" if choice.lets_go else REASON
    request = Request([Wanted(await the_case(watched))], choice, reason)
    return await watched.parts.decisions.decide(request, "user:ana")


async def undo(watched: Watched, done: Decided) -> Undone:
    return await watched.parts.decisions.undo(done.batch, "user:ana")


async def remembered(watched: Watched) -> int:
    """How many pictures are remembered as taken down."""
    query = text(
        "SELECT count(*) FROM entries JOIN banks ON banks.id = bank_id WHERE name LIKE 'taken down%'"
    )
    return await watched.parts.store.read(lambda connection: connection.scalar(query)) or 0


@pytest.mark.older
async def test_a_picture_is_taken_down_and_comes_back_when_that_is_undone(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0))
        blob = await ana.upload(png(0))
        await ana.post(blob)
        done = await choose(watched, Choice.TAKEDOWN)
        await until(watched, lambda found: found == ["confirmed"])
        assert await net.blob_status(ana.did, link(blob)) == 400
        assert await remembered(watched) == 1
        assert (await undo(watched, done)).told == 0
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        assert await net.blob_status(ana.did, link(blob)) == 200
        assert await remembered(watched) == 0


async def refusal(account: Account, blob: dict[str, object]) -> str:
    """What the PDS says against a post with this blob."""
    with pytest.raises(AssertionError) as refused:
        await account.post(blob)
    return str(refused.value)


async def test_what_the_gate_held_is_let_go_and_held_again(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="hold") as watched:
        await watched.bank("mine", png(0))
        blob = (await send(watched, ana, png(0))).json()["blob"]
        assert "BlobNotFound" in await refusal(ana, blob)
        done = await choose(watched, Choice.RELEASE)
        await until(watched, lambda found: found == ["confirmed"] * 2)
        await ana.post(blob)
        assert await net.blob_status(ana.did, link(blob)) == 200
        await undo(watched, done)
        await until(watched, lambda found: found == ["confirmed"] * 3)
        assert await net.blob_status(ana.did, link(blob)) == 400
        assert await remembered(watched) == 0, "nobody decided that it goes"


@pytest.mark.older
async def test_a_post_is_taken_down_with_its_pictures(guarded: Settings, net: Network, ana: Account) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0))
        blob = await ana.upload(png(0))
        uri = await ana.post(blob)
        _, collection, rkey = uri.removeprefix("at://").split("/")

        async def status() -> int:
            query = {"repo": ana.did, "collection": collection, "rkey": rkey}
            async with httpx.AsyncClient(base_url=net.url) as http:
                return (await http.get("/xrpc/com.atproto.repo.getRecord", params=query)).status_code

        assert await status() == 200
        done = await choose(watched, Choice.TAKEDOWN_RECORD)
        await until(watched, lambda found: found == ["confirmed"] * 2)
        assert (await status(), await net.blob_status(ana.did, link(blob))) == (400, 400)
        await undo(watched, done)
        await until(watched, lambda found: found == ["confirmed"] * 4)
        assert (await status(), await net.blob_status(ana.did, link(blob))) == (200, 200)


async def test_an_account_is_taken_down_when_the_window_has_ended(
    guarded: Settings, net: Network, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0))
        await ana.post(await ana.upload(png(0)))
        monkeypatch.setattr(DecidingSettings, "undo_ms", 300)
        monkeypatch.setattr(handles, "FRESH_SECONDS", 0)
        monkeypatch.setattr(handles, "WAIT_SECONDS", 30)
        guard = watched.parts.guard
        assert guard
        case_id = await the_case(watched)
        socket = httpx.AsyncHTTPTransport(uds=str(guarded.socket_path))
        async with httpx.AsyncClient(transport=socket, base_url="http://bridge") as operator:
            assert (await operator.get(f"/api/v1/cases/{case_id}")).json()["handle"] == ana.handle
        done = await choose(watched, Choice.TAKEDOWN_ACCOUNT)
        await until(watched, lambda found: found == ["confirmed"] * 2)
        assert await guard.handles.of(ana.did) == ana.handle, "nobody is told it now, but it was known"
        refused = await ana.http.get("/xrpc/com.atproto.server.getSession")
        assert refused.status_code in (400, 401), refused.text
        await undo(watched, done)
        await until(watched, lambda found: found == ["confirmed"] * 4)
        assert (await ana.http.get("/xrpc/com.atproto.server.getSession")).status_code == 200


async def posted(net: Network, stack: AsyncExitStack, accounts: int, each: int) -> dict[str, list[str]]:
    """So many pictures by each of some accounts, all of them in the bank; the CIDs by account."""
    blobs: dict[str, list[str]] = {}
    for _ in range(accounts):
        account = await stack.enter_async_context(net.account())
        made = [await account.upload(picture(number)) for number in range(each)]
        await account.post(*made[:4])
        for at in range(4, each, 4):
            await account.post(*made[at : at + 4])
        blobs[account.did] = [link(blob) for blob in made]
    return blobs


def picture(number: int) -> bytes:
    return encoded(noise_photograph(number, 64, 64), "PNG")


async def filled(served: Served, pictures: int) -> None:
    async with served.operator() as operator:
        await operator.post("/api/v1/admin/banks", json={"name": "asks"})
        for number in range(pictures):
            await operator.post("/api/v1/admin/bank/asks/content", content=picture(number))


async def decided(served: Served, choice: str, cases: int, files: int) -> str:
    """Decides all cases in one batch once they are whole; its name."""
    async with served.operator() as operator:
        found: Sequence[dict[str, object]] = ()
        async with asyncio.timeout(120):
            while len(found) != cases or sum(int(str(case["file_count"])) for case in found) != files:
                await asyncio.sleep(0.05)
                found = (await operator.get("/api/v1/cases")).json()["cases"]
        body = {"cases": [{"case": case["id"]} for case in found], "choice": choice, "reason": REASON}
        answer = await operator.post("/api/v1/decisions", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["batch"])


async def survives(settings: Settings, net: Network, accounts: int, each: int) -> None:
    """Killed right after the decision, again and again while it is carried out, and in the undo window."""
    store, files = settings.store_path, accounts * each

    async def states(of: str, holds: Callable[[dict[object, int]], bool]) -> None:
        query = f"SELECT state, count(*) FROM actions WHERE type = '{of}' GROUP BY state"
        async with asyncio.timeout(120):
            while not holds({state: int(str(n)) for state, n in rows(store, query)}):
                await asyncio.sleep(0.01)

    async with AsyncExitStack() as stack, prepared(settings, net) as options:
        with serving(settings.data_dir, *options) as served:
            await filled(served, each)
            blobs = await posted(net, stack, accounts, each)
            batch = await decided(served, "takedown", accounts, files)
            served.kill()  # between the decision and its actions
        for share in (3, 2):
            with serving(settings.data_dir, *options) as served:
                await states("takedown", lambda n, s=share: n.get("confirmed", 0) >= files // s)  # type: ignore[misc]
                served.kill()  # in the middle of them
        with serving(settings.data_dir, *options) as served:
            await states("takedown", lambda n: n == {"confirmed": files})
            await all_are(net, blobs, 400)
            served.kill()  # in the undo window
        with serving(settings.data_dir, *options) as served:
            async with served.operator() as operator:
                undoable = (await operator.get("/api/v1/status")).json()["undo"]
                assert undoable["batch"] == batch
                assert (await operator.delete(f"/api/v1/decisions/{batch}")).status_code == 200
            served.kill()  # between the undoing and its actions
        with serving(settings.data_dir, *options):
            await states("restore", lambda n: n == {"confirmed": files})
        await all_are(net, blobs, 200)
    per_blob = "SELECT count(*), type, did, cid FROM actions GROUP BY type, did, cid"
    assert {int(str(n)) for n, *_ in rows(store, per_blob)} == {1}, "each once"
    log = rows(store, "SELECT type, count(*) FROM events WHERE type LIKE 'decision.%' GROUP BY type")
    assert log == [("decision.made", accounts), ("decision.undone", accounts)]
    confirmed = rows(
        store, "SELECT count(*), count(DISTINCT subject) FROM events WHERE type = 'action.confirmed'"
    )
    assert confirmed == [(2 * files, 2 * files)], "each is confirmed once"


async def all_are(net: Network, blobs: dict[str, list[str]], status: int) -> None:
    asked: list[Awaitable[int]] = [net.blob_status(did, cid) for did, cids in blobs.items() for cid in cids]
    assert set(await asyncio.gather(*asked)) == {status}


@pytest.mark.timeout(200)
async def test_a_batch_survives_kills(settings: Settings, net: Network) -> None:
    await survives(settings, net, accounts=3, each=5)


@pytest.mark.trial
@pytest.mark.timeout(600)
async def test_a_batch_of_a_hundred_survives_kills(settings: Settings, net: Network) -> None:
    await survives(settings, net, accounts=10, each=10)
