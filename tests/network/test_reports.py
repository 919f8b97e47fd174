"""What an account of the PDS reports by its default route becomes a case here: on a real PDS."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from sqlalchemy import text

from bridge.atproto.reports import A_DAY, METHOD
from bridge.atproto.service_tokens import sign, signing_key
from bridge.records import CaseRecord, Listed
from bridge.settings import BridgeSettings, PdsSettings, Settings
from bridge.store.cases import case_records
from tests.conftest import HOOKS
from tests.houses import png
from tests.network.network import Account, Network, network
from tests.network.watching import Watched, watching

REPORT = f"/xrpc/{METHOD}"
SPAM, CSAM = "com.atproto.moderation.defs#reasonSpam", "tools.ozone.report.defs#reasonChildSafetyCSAM"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def net(port: int) -> AsyncIterator[Network]:
    async with network("--mod-endpoint", f"http://localhost:{port}") as running:
        yield running


@asynccontextmanager
async def moderating(settings: Settings, net: Network, port: int) -> AsyncIterator[Watched]:
    pds = PdsSettings(net.url, "firehose", net.mod_did)
    async with watching(replace(settings, pds=pds, bridge=BridgeSettings(port=port))) as watched:
        yield watched


async def report(
    account: Account, subject: Mapping[str, str], reason_type: str, **more: str
) -> httpx.Response:
    """As an ordinary client does: at its own PDS."""
    body = {"reasonType": reason_type, "subject": subject, **more}
    return await account.http.post(REPORT, json=body)


def repo(account: Account) -> dict[str, str]:
    return {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}


async def cases(watched: Watched) -> list[CaseRecord]:
    return await watched.parts.store.read(lambda connection: case_records(connection, Listed.ALL, 99))


async def own_token(account: Account, audience: str, method: str = METHOD) -> str:
    """A service token that the PDS itself makes for its account."""
    answer = await account.http.get(
        "/xrpc/com.atproto.server.getServiceAuth", params={"aud": audience, "lxm": method}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def test_what_accounts_report_at_their_pds_becomes_cases(
    settings: Settings, net: Network, port: int, ana: Account, bob: Account
) -> None:
    uri = await ana.post(await ana.upload(png(0)))
    record = {"$type": "com.atproto.repo.strongRef", "uri": uri}
    record["cid"] = (await ana.http.get(_record(uri))).json()["cid"]
    async with moderating(settings, net, port) as watched, net.account() as eve:
        answer = await report(bob, record, SPAM, reason="bad picture \U0001f6d1")
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert abs(time.time() - _seconds(said.pop("createdAt"))) < 60
        assert said == {
            "id": 1,
            "reasonType": SPAM,
            "reason": "bad picture \U0001f6d1",
            "reportedBy": bob.did,
            "subject": record,
        }
        assert (await report(bob, record, SPAM, reason="once more")).json()["id"] == 1, "it is that report"
        assert (await report(eve, repo(ana), SPAM)).json()["id"] == 2
        [own] = await cases(watched)
        assert (own.did, own.category, own.reporters, own.file_count) == (ana.did, "own", 2, 0)
        assert own.closest is None
        assert (await report(eve, repo(ana), CSAM)).status_code == 200
        [safety, _] = await cases(watched)
        assert (safety.did, safety.category, safety.report_reason) == (ana.did, "child_safety", CSAM)
        assert await watched.parts.store.read(lambda c: c.scalar(text("SELECT count(*) FROM actions"))) == 0

        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bridge", event_hooks=HOOKS, verify=False
        ) as operator:
            shown = (await operator.get(f"/api/v1/cases/{own.id}")).json()
        assert [each["reporter"] for each in shown["reports"]] == [eve.did, bob.did]
        assert shown["reports"][1]["subject"] == record
        assert shown["reports"][1]["reason"] == "bad picture \U0001f6d1"


async def test_nobody_but_an_account_of_this_pds_with_a_token_for_us_reports(
    settings: Settings, net: Network, port: int, ana: Account, bob: Account
) -> None:
    key = signing_key(net.mod_key)
    now = int(time.time())
    us = net.mod_did
    good = await own_token(bob, us)
    head, claims, signature = good.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    as_ana = base64.urlsafe_b64encode(json.dumps({**said, "iss": ana.did}).encode()).decode().rstrip("=")

    def signed(issuer: str, at: int = now) -> str:
        return f"Bearer {sign(key, issuer=issuer, audience=us, method=METHOD, now=at)}"

    refused = {
        "": "MissingJwt",
        "Basic YWRtaW46eA==": "MissingJwt",
        "Bearer x": "BadJwt",
        f"Bearer {head}.{as_ana}.{signature}": "BadJwtSignature",
        signed(ana.did): "BadJwtSignature",
        signed(us): "UntrustedIss",
        signed("did:plc:elsewhere"): "UntrustedIss",
        signed(ana.did, now - 61): "JwtExpired",
        f"Bearer {await own_token(bob, net.did)}": "BadJwtAudience",
        f"Bearer {await own_token(bob, us, 'app.bsky.feed.getFeed')}": "BadJwtLexiconMethod",
    }
    body = {"reasonType": SPAM, "subject": repo(ana)}
    async with (
        moderating(settings, net, port) as watched,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        for header, name in refused.items():
            answer = await http.post(REPORT, json=body, headers={"Authorization": header})
            assert (answer.status_code, answer.json()["error"]) == (401, name), header
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert await cases(watched) == []
        answer = await http.post(REPORT, json=body, headers={"Authorization": f"Bearer {good}"})
        assert answer.status_code == 200, answer.text
        again = await http.post(REPORT, json=body, headers={"Authorization": f"Bearer {good}"})
        assert (again.status_code, again.json()["message"]) == (401, "The token was used before.")
        await net.command("stop-pds")
        down = await http.post(REPORT, json=body, headers={"Authorization": signed("did:plc:elsewhere")})
        assert (down.status_code, down.json()["error"]) == (502, "UpstreamFailure")


async def test_one_account_fills_nothing(
    settings: Settings, net: Network, port: int, ana: Account, bob: Account
) -> None:
    async with moderating(settings, net, port) as watched:
        for number in range(A_DAY):
            assert (await report(bob, repo(ana), f"{SPAM}{number}")).status_code == 200
        answer = await report(bob, repo(ana), SPAM)
        assert (answer.status_code, answer.json()["error"]) == (429, "RateLimitExceeded")
        assert (await report(bob, repo(ana), f"{SPAM}7")).status_code == 200, "that one is known"
        assert (await report(ana, repo(bob), SPAM)).status_code == 200
        assert [each.did for each in await cases(watched)] == [ana.did, bob.did]


async def test_without_a_mod_service_there_is_no_inbox(guarded: Settings, net: Network) -> None:
    async with (
        watching(guarded) as watched,
        httpx.AsyncClient(base_url=watched.bridge.url) as http,
    ):
        assert (await http.post(REPORT, json={})).status_code == 404


def _record(uri: str) -> str:
    did, collection, rkey = uri.removeprefix("at://").split("/")
    return f"/xrpc/com.atproto.repo.getRecord?repo={did}&collection={collection}&rkey={rkey}"


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
