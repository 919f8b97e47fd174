"""A list must not leak: nobody who has only a key learns what is on one."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from bridge.catalogue import Category
from tests.api.asking import V1, add_hash, add_picture, ask_hash, make_bank, pdq_of, picture, upload
from tests.api.news import listening, take

LISTED = [category.value for category in Category if category.is_listed]


@pytest.fixture
async def lists(operator: httpx.AsyncClient) -> list[str]:
    """One bank of each listed category, all with the same picture."""
    assert LISTED == ["child_safety", "exploitative", "ncii", "terrorism"]
    for category in LISTED:
        await make_bank(operator, f"list of {category}", category=category)
        await add_picture(operator, f"list of {category}", picture())
    return [f"list of {category}" for category in LISTED]


@pytest.mark.usefixtures("lists")
async def test_an_app_cannot_ask_a_list_for_a_hash_value(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    values = [
        await pdq_of(app, picture()),
        hashlib.sha1(picture()).hexdigest(),
        hashlib.md5(picture()).hexdigest(),
    ]
    for value in values:
        assert (await ask_hash(app, value)).json()["reason"] == "no_list"
        assert (await ask_hash(operator, value)).json()["match_count"] == len(LISTED)
    await make_bank(operator, "own")
    await add_picture(operator, "own", picture(2))
    for value in values:
        answer = (await ask_hash(app, value)).json()
        assert (answer["status"], answer["banks"], answer["matches"]) == ("no_match", ["own"], [])
    batch = await app.post(f"{V1}/match/batch", json={"hashes": [{"hash_value": value} for value in values]})
    assert {one["status"] for one in batch.json()["results"]} == {"no_match"}


async def test_an_image_is_told_the_verdict_and_the_action_and_nothing_of_the_list(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, lists: list[str]
) -> None:
    answer = await upload(app, picture())
    body = answer.json()
    assert (body["status"], body["matched"], body["action"]) == ("matched", True, "REVIEW")
    assert (body["match_count"], body["matches"]) == (0, [])
    assert "distance" not in answer.text
    assert "content_id" not in answer.text
    told = (await upload(operator, picture())).json()
    assert {match["bank"] for match in told["matches"]} == set(lists)
    assert all("hash" not in match for match in told["matches"])


async def test_beside_a_list_the_match_of_an_own_bank_is_told_in_full(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, lists: list[str]
) -> None:
    await make_bank(operator, "own")
    await add_picture(operator, "own", picture())
    body = (await upload(app, picture())).json()
    assert {match["bank"] for match in body["matches"]} == {"own"}
    assert body["match_count"] == len(body["matches"])


@pytest.mark.usefixtures("lists")
async def test_a_callers_threshold_does_not_measure_the_distance_to_a_list(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    value = int(await pdq_of(app, picture(3)), 16) ^ sum(1 << (9 * bit) for bit in range(12))
    await add_hash(operator, "list of terrorism", pdq=f"{value:064x}")
    for threshold in ("31", "12", "11", "1.0"):
        answer = (await upload(app, picture(3), threshold=threshold)).json()
        assert (answer["status"], answer["matches"]) == ("matched", []), threshold


async def test_neither_logs_nor_news_over_tcp_tell_what_matched(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, lists: list[str]
) -> None:
    async with listening(app) as told, listening(operator) as known:
        await upload(app, picture())
        await make_bank(operator, "next")
        over_tcp, on_socket = await take(told, 2), await take(known, 2 + len(lists))
    assert [one.event for one in over_tcp] == ["upload", "bank"]
    assert (over_tcp[0].data["verdict"], over_tcp[0].data["matches"]) == ("matched", [])
    assert {match["bank"] for match in on_socket[0].data["matches"]} == set(lists)
    assert [one.event for one in on_socket] == ["upload", *("case" for _ in lists), "bank"]

    log = await app.get(f"{V1}/logs")
    assert log.json()["logs"][0]["matches"] == []
    assert "distance" not in log.text
    assert (await operator.get(f"{V1}/logs")).json()["logs"][0]["matches"] != []


async def test_the_values_of_a_list_are_given_out_by_no_endpoint(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, lists: list[str]
) -> None:
    secrets = [
        await pdq_of(app, picture()),
        *(hashlib.new(name, picture()).hexdigest() for name in ("md5", "sha1", "sha256")),
    ]
    for client in (app, operator):
        for bank in lists:
            export = await client.get(f"{V1}/admin/bank/{bank}/export")
            assert (export.status_code, export.json()["error"]) == (403, "Forbidden")
            added = await client.post(f"{V1}/admin/bank/{bank}/content", content=picture(7))
            assert (added.status_code, added.json()["hashes"]) == (201, [])
        texts = [
            (await client.get(f"{V1}/{path}")).text
            for path in ("admin/banks", "logs", "status", "status/metrics", "cases", "uploads")
        ]
        texts.append((await upload(client, picture())).text.replace(secrets[0], "", 1))
        assert not [secret for secret in secrets for text in texts if secret in text]
