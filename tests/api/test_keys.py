"""API keys: made once, shown once, revoked for good."""

from __future__ import annotations

import httpx

from bridge.settings import Settings
from tests.api.asking import V1, Json


async def make(operator: httpx.AsyncClient, body: Json) -> httpx.Response:
    return await operator.post(f"{V1}/apikeys", json=body)


async def test_a_key_is_shown_once_and_is_nowhere_in_the_store(
    operator: httpx.AsyncClient, settings: Settings
) -> None:
    answer = await make(operator, {"name": "perchpics", "scopes": ["match", "hash"]})
    key = answer.json()["key"]
    assert answer.status_code == 201
    assert answer.json()["name"] == "perchpics"

    listed = await operator.get(f"{V1}/apikeys")
    assert key not in listed.text
    [record] = listed.json()["apikeys"]
    assert (record["name"], sorted(record["scopes"]), record["revoked_at"]) == (
        "perchpics",
        ["hash", "match"],
        None,
    )
    files = [path.read_bytes() for path in settings.data_dir.glob("store.db*")]
    assert files
    assert not any(key.encode() in data for data in files)


async def test_a_key_without_a_proper_name_or_scope_is_not_made(operator: httpx.AsyncClient) -> None:
    for body in (
        {"scopes": ["match"]},
        {"name": "", "scopes": ["match"]},
        {"name": "a b", "scopes": ["match"]},
        {"name": "-x", "scopes": ["match"]},
        {"name": "x" * 64, "scopes": ["match"]},
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": "match"},
        {"name": "x", "scopes": ["match", "everything"]},
    ):
        answer = await make(operator, body)
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), body
    assert (await operator.get(f"{V1}/apikeys")).json() == {"apikeys": []}


async def test_two_keys_cannot_have_one_name(operator: httpx.AsyncClient) -> None:
    first = await make(operator, {"name": "x", "scopes": ["all"]})
    second = await make(operator, {"name": "x", "scopes": ["all"]})
    assert (first.status_code, second.status_code) == (201, 409)


async def test_a_revoked_key_stays_listed_with_its_time(operator: httpx.AsyncClient) -> None:
    await make(operator, {"name": "x", "scopes": ["all"]})
    assert (await operator.delete(f"{V1}/apikeys/x")).json() == {"success": True}
    [record] = (await operator.get(f"{V1}/apikeys")).json()["apikeys"]
    assert record["revoked_at"] >= record["created_at"]


async def test_a_key_that_does_not_exist_cannot_be_revoked(operator: httpx.AsyncClient) -> None:
    assert (await operator.delete(f"{V1}/apikeys/none")).status_code == 404
