"""Over TCP a listed bank can be filled, and tells nothing of what it holds."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.api.asking import V1, AppClients, picture, upload

HASH = "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0"
LIST = f"{V1}/admin/bank/list"


@pytest.fixture
async def listed(app: httpx.AsyncClient) -> httpx.AsyncClient:
    made = await app.post(f"{V1}/admin/banks", json={"name": "list", "category": "child_safety"})
    assert made.status_code == 201
    return app


async def test_adding_a_hash_does_not_tell_whether_it_was_there(listed: httpx.AsyncClient) -> None:
    first = await listed.post(f"{LIST}/signal", json={"hash": HASH})
    second = await listed.post(f"{LIST}/signal", json={"hash": HASH})
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.json()["already"] is None


async def test_importing_does_not_tell_it_either(listed: httpx.AsyncClient) -> None:
    answers = [(await listed.post(f"{LIST}/import", content=HASH.encode())).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["lines"], answers[0]["added"]) == (1, None)


async def test_no_count_tells_it(listed: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
    before = await _counts(listed)
    await listed.post(f"{LIST}/signal", json={"hash": HASH})
    assert await _counts(listed) == before
    assert (await operator.get(LIST)).json()["entry_count"] == 1


async def _counts(client: httpx.AsyncClient) -> tuple[object, ...]:
    bank = (await client.get(LIST)).json()
    status = (await client.get(f"{V1}/status")).json()
    metrics = (await client.get(f"{V1}/status/metrics")).text
    counted = [line for line in metrics.splitlines() if "entries" in line or "codes" in line]
    return bank["entry_count"], bank["signals"], bank["hit_count"], status["banks"]["entries"], counted


@pytest.mark.parametrize("what", [f"{LIST}/signal", LIST, f"{LIST}/content/1"])
async def test_an_app_takes_nothing_from_a_list_and_does_not_switch_it_off(
    listed: httpx.AsyncClient, operator: httpx.AsyncClient, what: str
) -> None:
    await listed.post(f"{LIST}/signal", json={"hash": HASH})
    body = {"hash": HASH} if what.endswith("signal") else {}
    refused = await listed.request("DELETE", what, json=body)
    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")
    assert (await operator.get(LIST)).json()["entry_count"] == 1
    assert (await operator.request("DELETE", what, json=body)).status_code == 200


async def test_a_stream_of_news_ends_when_its_key_is_revoked(
    app_client: AppClients, operator: httpx.AsyncClient
) -> None:
    reader = await app_client("read")
    async with reader.stream("GET", f"{V1}/events") as news:
        lines = news.aiter_lines()
        assert (await anext(lines)).startswith(":")
        assert (await operator.delete(f"{V1}/apikeys/app-1")).status_code == 200
        await upload(operator, picture(1))
        told = [line async for line in lines if line.startswith("event: upload")]
    assert len(told) <= 1


async def test_headers_without_end_close_the_connection(stranger: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.TransportError):
        await stranger.get("/health", headers={"X-Long": "x" * (1 << 20)})
    assert (await stranger.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/admin/banks", '{"name": "b", "description": "\\ud800"}', 400),
        ("POST", "/match", json.dumps({"hash_value": HASH, "threshold": 10**400}), 400),
        ("DELETE", "/admin/bank/own/content/18446744073709551616", "{}", 404),
    ],
)
async def test_values_that_no_store_can_hold_are_refused(
    app: httpx.AsyncClient, method: str, path: str, body: str, status: int
) -> None:
    await app.post(f"{V1}/admin/banks", json={"name": "own"})
    headers = {"Content-Type": "application/json"}
    answer = await app.request(method, V1 + path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
