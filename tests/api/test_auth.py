"""Who may call what: keys and scopes over TCP, the operator on the Unix socket."""

from __future__ import annotations

import re
import stat

import httpx

from bridge.api.endpoint import OPEN, OPERATOR, Endpoint
from bridge.api.endpoints import ENDPOINTS
from bridge.api.parts import Scope
from bridge.runtime import Bridge
from bridge.settings import Settings
from tests.api.asking import V1, AppClients

SCOPED = [endpoint for endpoint in ENDPOINTS if isinstance(endpoint.access, Scope)]


async def call(client: httpx.AsyncClient, endpoint: Endpoint) -> httpx.Response:
    path = re.sub(r"\{\w+:int\}", "1", endpoint.path)
    return await client.request(endpoint.method, re.sub(r"\{\w+\}", "none", path))


async def test_without_a_key_every_scoped_endpoint_answers_401(stranger: httpx.AsyncClient) -> None:
    for endpoint in SCOPED:
        answer = await call(stranger, endpoint)
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized"), endpoint.path
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_without_the_scope_is_told_which_one_it_lacks(app_client: AppClients) -> None:
    clients = {
        scope: await app_client(*(other for other in Scope if other not in (scope, "all"))) for scope in Scope
    }
    for endpoint in SCOPED:
        assert isinstance(endpoint.access, Scope)
        answer = await call(clients[endpoint.access], endpoint)
        assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden"), endpoint.path
        assert f"the scope {endpoint.access.value}" in answer.json()["message"]


async def test_the_operators_endpoints_answer_403_over_tcp_whatever_the_key(
    app: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    operators = [endpoint for endpoint in ENDPOINTS if endpoint.access == OPERATOR]
    assert {endpoint.path for endpoint in operators} >= {
        f"{V1}/{name}" for name in ("cases", "uploads", "scan")
    }
    for endpoint in operators:
        for client in (app, stranger):
            answer = await call(client, endpoint)
            assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden"), endpoint.path


async def test_health_and_the_document_are_open_to_anyone(stranger: httpx.AsyncClient) -> None:
    opened = [endpoint for endpoint in ENDPOINTS if endpoint.access == OPEN]
    callbacks = [f"{V1}/webhook/hma-callback", f"{V1}/webhook/atproto-callback"]
    assert [endpoint.path for endpoint in opened] == ["/health", *callbacks]
    assert (await call(stranger, opened[0])).status_code == 200
    for signed in opened[1:]:
        assert (await call(stranger, signed)).status_code in (401, 503), "by a signature only"


async def test_a_key_may_come_in_either_header(app: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    key = app.headers["X-API-Key"]
    for headers in (
        {"X-API-Key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer {key}"},
    ):
        assert (await stranger.get(f"{V1}/status", headers=headers)).status_code == 200


async def test_a_wrong_key_answers_401(app: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for headers in (
        {"X-API-Key": "hma_wrong"},
        {"X-API-Key": app.headers["X-API-Key"].upper()},
        {"X-API-Key": ""},
        {"Authorization": "Bearer hma_wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic b3BlcmF0b3I6"},
    ):
        assert (await stranger.get(f"{V1}/status", headers=headers)).status_code == 401, headers


async def test_a_revoked_key_opens_nothing_from_then_on(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    assert (await app.get(f"{V1}/status")).status_code == 200
    assert (await operator.delete(f"{V1}/apikeys/app-1")).status_code == 200
    assert (await app.get(f"{V1}/status")).status_code == 401


async def test_a_client_over_tcp_cannot_claim_to_be_on_the_socket(stranger: httpx.AsyncClient) -> None:
    claims = {"X-Peer": '{"uid": 0}', "X-Forwarded-For": "unix:", "peer": "0"}
    assert (await stranger.get(f"{V1}/cases", headers=claims)).status_code == 403


async def test_only_its_owner_may_connect_to_the_socket(bridge: Bridge, settings: Settings) -> None:
    assert stat.S_IMODE(settings.socket_path.stat().st_mode) == 0o600
