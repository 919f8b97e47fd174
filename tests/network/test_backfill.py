"""`hma-console backfill` beside a bridge that watches a real PDS: what it counts, says and leaves running."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx

from bridge.catalogue import OnMatch
from bridge.limits import Limits
from bridge.settings import Settings
from tests.conftest import HOOKS
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_gate import gated, send
from tests.network.test_takedown import until
from tests.network.watching import watching

V1 = "/api/v1"


@asynccontextmanager
async def command(settings: Settings, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hma_console", "--data-dir", str(settings.data_dir), "backfill", *arguments),
        stdout=PIPE,
        stderr=PIPE,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


async def ran(settings: Settings, *arguments: str) -> Done:
    async with command(settings, *arguments) as process, asyncio.timeout(60):
        out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def operator(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Whose every answer is held against the OpenAPI document."""
    transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://bridge", event_hooks=HOOKS) as http:
        yield http


async def pds_of(http: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await http.get(f"{V1}/status")).json()["pds"])


async def test_it_looks_through_all_accounts_and_counts_what_it_found(
    guarded: Settings, net: Network, ana: Account, bob: Account
) -> None:
    for account, number in ((ana, 0), (ana, 1), (bob, 2)):
        await account.post(await account.upload(png(number)))
    async with watching(guarded) as watched, operator(guarded) as http:
        await watched.bank("mine", png(0))
        done = await ran(guarded, "--json")
        told = {"accounts": 2, "files": 3, "not_checked": 0, "reasons": []}
        assert (done.code, json.loads(done.out)) == (0, told), done.err
        assert len(await watched.uploads()) == 3
        again = await ran(guarded)
        assert (again.code, again.out) == (0, "2 accounts, 3 files: none waits to be checked.\n")
        assert again.err == f"Looking through all accounts of {net.url.removeprefix('http://')}.\n"
        pds = await pds_of(http)
        assert pds["version"] == net.version
        assert pds["listed_at"] == pds["backfill"]["ended_at"] >= pds["backfill"]["begun_at"]
        assert (pds["backfill"]["accounts_listed"], pds["backfill"]["blobs_found"]) == (2, 3)
        assert (pds["gate"], pds["takedowns"]["remembered"]) == (None, 0)


async def test_files_that_stay_unchecked_are_counted_with_why(guarded: Settings, ana: Account) -> None:
    await ana.post(await ana.upload(png(0)), await ana.upload(png(1)))
    async with watching(guarded):
        done = await ran(guarded)
        assert done.code == 1
        first, why = done.out.splitlines()
        assert first == "1 account, 2 files; not checked: 2"
        assert why.startswith("       2  No list is connected")
        told = json.loads((await ran(guarded, "--json")).out)
        assert told["not_checked"] == 2
        [reason] = told["reasons"]
        assert (reason["files"], reason["needs_you"]) == (2, False)


async def test_what_was_too_large_is_tried_again_when_somebody_raised_the_limit(
    guarded: Settings, ana: Account
) -> None:
    blob = await ana.upload(png(0))
    await ana.post(blob)
    small = replace(guarded, limits=Limits(upload_bytes=1000))
    async with watching(small) as watched, operator(small) as http:
        await watched.bank("mine", png(1))
        await watched.of(link(blob))
        query = {"only": "not_checked", "source": "firehose,backfill"}
        [waits] = (await http.get(f"{V1}/uploads", params=query)).json()["uploads"]
        assert (waits["cid"], waits["needs_you"]) == (link(blob), True)
        assert (await http.get(f"{V1}/uploads", params=query | {"source": "gate"})).json()["uploads"] == []
    async with watching(guarded) as watched, operator(guarded) as http:
        assert (await http.post(f"{V1}/pds/retry")).json() == {"files": 1}
        await watched.until(lambda uploads: [each.verdict for each in uploads] == ["no_match"])
        assert (await http.post(f"{V1}/pds/retry")).json() == {"files": 0}


async def test_the_status_counts_what_the_gate_did_and_what_is_remembered(
    guarded: Settings, net: Network, ana: Account
) -> None:
    """How much is remembered of listed pictures is nothing for an app to know."""
    async with gated(guarded, net, mode="hold", fail="closed") as watched, operator(guarded) as http:
        await watched.bank("mine", png(0), on_match=OnMatch.TAKEDOWN)
        await watched.bank("other", png(1), on_match=OnMatch.REVIEW)
        assert [(await send(watched, ana, png(number))).status_code for number in range(3)] == [200] * 3
        assert (await send(watched, None, png(2))).status_code == 401
        await until(watched, lambda found: found == ["confirmed", "confirmed"])
        pds = await pds_of(http)
        assert pds["gate"] == {
            "mode": "hold",
            "fail": "closed",
            "let_in": 1,
            "held": 2,
            "blocked": 0,
            "unchecked": 0,
            "refused_by_pds": 1,
        }
        assert pds["takedowns"] == {"confirmed": 2, "planned": 0, "failed": 0, "remembered": 1}
        key = (await http.post(f"{V1}/apikeys", json={"name": "app", "scopes": ["read"]})).json()["key"]
        async with httpx.AsyncClient(base_url=watched.bridge.url, headers={"X-API-Key": key}) as app:
            assert (await pds_of(app))["takedowns"]["remembered"] is None


async def test_it_is_left_running_by_ctrl_c_and_joined_again(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched, operator(guarded) as http:
        await watched.bank("mine", png(0))
        await watched.looked_through()
        await net.command("stop-pds")
        async with command(guarded) as process, asyncio.timeout(60):
            assert process.stderr is not None
            said = [(await process.stderr.readline()).decode() for _ in range(2)]
            assert "does not answer" in said[1]
            process.send_signal(signal.SIGINT)
            _, rest = await process.communicate()
            assert (process.returncode, b"It goes on without you" in rest) == (130, True)
        begun_at = (await pds_of(http))["backfill"]["begun_at"]
        assert (await http.post(f"{V1}/pds/backfill")).json() == {"begun_at": begun_at}
        assert (await pds_of(http))["backfill"]["ended_at"] is None
        await net.command("start-pds")
        assert (await ran(guarded)).code == 0
        run = (await pds_of(http))["backfill"]
        assert (run["begun_at"], run["accounts_listed"]) == (begun_at, 1)


async def test_without_a_bridge_or_without_a_pds_it_says_what_to_do(settings: Settings) -> None:
    none = await ran(settings)
    assert none.code == 3
    assert "No bridge runs on" in none.err
    assert "Do: Start one: hma-console serve." in none.err
    async with watching(settings), operator(settings) as http:
        off = await ran(settings)
        assert (off.code, "The bridge watches no PDS." in off.err) == (3, True)
        assert 'Do: Set [pds] url and mode = "firehose"' in off.err
        for asked in ("backfill", "retry"):
            assert (await http.post(f"{V1}/pds/{asked}")).status_code == 409
