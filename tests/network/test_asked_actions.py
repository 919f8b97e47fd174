"""What apps and callbacks ask for on a real PDS: taken down, restored, put before a person; each once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time

import httpx
import pytest

from bridge.keys.secrets import SecretName
from bridge.runtime import Bridge
from bridge.settings import Settings
from tests.api.asking import V1, AppClients, Json
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.watching import Watched

SECRET = "what the other side signs with"


@pytest.fixture
def settings(guarded: Settings) -> Settings:
    return guarded


@pytest.fixture
async def app(bridge: Bridge, net: Network, app_client: AppClients) -> httpx.AsyncClient:
    watched = Watched(bridge)
    await watched.secret(SecretName.PDS_ADMIN_PASSWORD, net.admin_password)
    await watched.secret(SecretName.CALLBACK_SECRET, SECRET)
    await watched.bank("other", png(3))
    return await app_client("action")


async def ask(app: httpx.AsyncClient, action_type: str, **fields: str) -> Json:
    answer = await app.post(f"{V1}/action", json={"action_type": action_type, **fields})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def settled(app: httpx.AsyncClient, asked: Json) -> str:
    async with asyncio.timeout(30):
        while True:
            state = (await app.get(f"{V1}/action/{asked['id']}")).json()["state"]
            if state not in ("planned", "running"):
                return str(state)
            await asyncio.sleep(0.05)


async def test_an_app_takes_a_file_down_and_restores_it_each_once(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, net: Network, ana: Account
) -> None:
    blob = await ana.upload(png(0))
    uri = await ana.post(blob)
    file = {"did": ana.did, "cid": link(blob)}
    down = await ask(app, "takedown", **file, reason="A phone call.", idempotency_key="down")
    assert await settled(app, down) == "confirmed"
    assert await net.blob_status(**file) == 400
    again = await ask(app, "takedown", **file, reason="A phone call.", idempotency_key="down")
    assert (again["id"], again["state"]) == (down["id"], "confirmed")
    case = (await operator.get(f"{V1}/cases/{down['case_id']}")).json()
    assert (case["state"], [note["text"] for note in case["facts"]["notes"]]) == ("open", ["A phone call."])
    assert [each["type"] for each in case["actions"]] == ["takedown"]

    up = await ask(app, "restore", **file)
    assert await settled(app, up) == "confirmed"
    assert await net.blob_status(**file) == 200
    assert (await ask(app, "restore", **file))["state"] == "confirmed", "it stands restored"

    record = await ask(app, "takedown", uri=uri)
    assert await settled(app, record) == "confirmed"
    assert await net.blob_status(**file) == 400
    for fields, status in (
        ({"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "cid": file["cid"]}, 404),
        ({"did": ana.did, "cid": "bafkrei"}, 400),
    ):
        answer = await app.post(f"{V1}/action", json={"action_type": "takedown", **fields})
        assert answer.status_code == status, answer.text


async def test_what_others_acted_on_is_put_before_a_person(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, bridge: Bridge, net: Network, ana: Account
) -> None:
    blob = await ana.upload(png(0))
    uri = await ana.post(blob)
    cases = set()
    async with httpx.AsyncClient(base_url=bridge.url, verify=False) as stranger:
        for said in ({"uri": uri}, {"did": ana.did, "cid": link(blob)}, {"did": ana.did}):
            body = json.dumps({**said, "reason": "Suspended elsewhere."}).encode()
            at = str(int(time.time()))
            signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
            headers = {"HMA-Timestamp": at, "HMA-Signature": f"sha256={signature}"}
            url = f"{V1}/webhook/atproto-callback"
            answer = await stranger.post(url, content=body, headers=headers)
            assert answer.status_code == 202, answer.text
            cases |= set(answer.json()["case_ids"])
            assert (await stranger.post(url, content=body, headers=headers)).status_code == 409, "a copy"
    [case_id] = cases
    case = (await operator.get(f"{V1}/cases/{case_id}")).json()
    assert (case["did"], case["state"], case["actions"]) == (ana.did, "open", [])
    assert await net.blob_status(ana.did, link(blob)) == 200
