"""kill -9 of the bridge, again and again, while people post pictures and the PDS itself comes and goes."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from bridge.compliance.check import check_whole
from bridge.compliance.outside import OutsideCopy
from bridge.settings import Settings
from tests.houses import jpeg
from tests.network.network import Account, Network, link
from tests.pictures import encoded, noise_photograph
from tests.serving import serving
from tests.stores import PASSPHRASE

COPIED = 3
"""Pictures in the bank: three copies of one are taken down by themselves an hour, a fourth asks somebody."""


@dataclass
class Posted:
    """What is on the PDS: (DID, CID) of everything, and of the copies."""

    all: set[tuple[str, str]] = field(default_factory=set)
    copies: set[tuple[str, str]] = field(default_factory=set)

    async def by(self, account: Account, count: int, first: int) -> None:
        """Posts by one account, each picture another, the fifth a copy of one of the bank's."""
        for number in range(count):
            is_copy = number == 4
            copied = jpeg(first // count % COPIED)
            picture = copied if is_copy else encoded(noise_photograph(first + number, 64, 64))
            blob = await retried(account, picture)
            self.all.add((account.did, link(blob)))
            if is_copy:
                self.copies.add((account.did, link(blob)))


async def retried(account: Account, picture: bytes) -> dict[str, object]:
    """The PDS is stopped in between: whoever posts tries again."""
    async with asyncio.timeout(60):
        while True:
            try:
                blob = await account.upload(picture)
                await account.post(blob)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return blob


@dataclass
class Killed:
    """The bridge as a process of its own, killed and started anew for as long as posts come."""

    settings: Settings
    options: Sequence[str]
    dice: random.Random

    async def run(self, posting: asyncio.Future[list[None]]) -> int:
        kills = 0
        while not posting.done():
            with serving(self.settings.data_dir, *self.options) as served:
                await asyncio.wait((posting,), timeout=self.dice.uniform(0.2, 2.5))
                served.kill()
                kills += 1
        return kills


@asynccontextmanager
async def prepared(settings: Settings, net: Network) -> AsyncIterator[list[str]]:
    """A bank with the pictures, the keys and the PDS's password; the options that `serve` takes."""
    script = settings.data_dir / "passphrase"
    script.write_text(f"#!/bin/sh\necho '{PASSPHRASE.decode()}'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    options = [
        "--set",
        f"pds.url={net.url}",
        "--set",
        "pds.mode=firehose",
        "--passphrase-command",
        str(script),
    ]
    with serving(settings.data_dir, *options) as served:
        async with served.operator() as operator:
            async with asyncio.timeout(30):
                while (await operator.get("/api/v1/status")).json()["log"]["keys"] != "open":
                    await asyncio.sleep(0.05)
            await operator.post("/api/v1/admin/banks", json={"name": "mine", "on_match": "takedown"})
            for number in range(COPIED):
                made = await operator.post("/api/v1/admin/bank/mine/content", content=jpeg(number))
                assert made.status_code == 201, made.text
            body = {"value": net.admin_password}
            assert (await operator.put("/api/v1/secrets/pds_admin_password", json=body)).is_success
    yield options


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


async def survives(settings: Settings, net: Network, posts: int, accounts: int) -> None:
    async with AsyncExitStack() as stack, prepared(settings, net) as options:
        people = [await stack.enter_async_context(net.account()) for _ in range(accounts)]
        posted, share = Posted(), posts // accounts
        posting = asyncio.gather(*(posted.by(p, share, at * share) for at, p in enumerate(people)))
        killing = asyncio.create_task(Killed(settings, options, random.Random(7)).run(posting))
        while not posting.done():
            await net.command("stop-pds")
            await net.command("start-pds")
            await asyncio.wait((posting,), timeout=5)
        await posting
        assert await killing >= 1
        with serving(settings.data_dir, *options):
            await settled(settings, len(posted.all), len(posted.copies))
        await judge(settings, net, posted)


async def settled(settings: Settings, uploads: int, takedowns: int) -> None:
    query = (
        "SELECT (SELECT count(*) FROM uploads WHERE verdict <> 'not_checked'),"
        " (SELECT count(*) FROM wanted_blobs) + (SELECT count(*) FROM repos_due),"
        " (SELECT count(*) FROM actions WHERE state = 'confirmed')"
    )
    async with asyncio.timeout(180):
        while rows(settings.store_path, query)[0] != (uploads, 0, takedowns):
            await asyncio.sleep(0.1)


async def judge(settings: Settings, net: Network, posted: Posted) -> None:
    store = settings.store_path
    seen = rows(store, "SELECT did, cid, verdict FROM uploads")
    assert sorted((did, cid) for did, cid, _ in seen) == sorted(posted.all), "each once, none missing"
    assert {(did, cid) for did, cid, verdict in seen if verdict == "matched"} == posted.copies
    acted = rows(store, "SELECT did, cid, state FROM actions")
    assert sorted(acted) == sorted((did, cid, "confirmed") for did, cid in posted.copies)
    for did, cid in posted.copies:
        assert await net.blob_status(did, cid) == 400
    ((cursor,),) = rows(store, "SELECT value FROM positions WHERE name = 'firehose'")
    assert int(str(cursor)) == await newest_seq(net)
    checked = check_whole(store, OutsideCopy(settings.head_copy_dir))
    assert checked.problems == ()


async def newest_seq(net: Network) -> int:
    """The PDS's own count of events."""
    ((seq,),) = rows(net.data_dir / "sequencer.sqlite", "SELECT max(seq) FROM repo_seq")
    return int(str(seq))


@pytest.mark.timeout(300)
async def test_fifty_posts_survive_kills(settings: Settings, net: Network) -> None:
    await survives(settings, net, posts=50, accounts=5)


@pytest.mark.trial
@pytest.mark.timeout(3000)
async def test_a_thousand_posts_survive_kills(settings: Settings, net: Network) -> None:
    await survives(settings, net, posts=1000, accounts=8)
