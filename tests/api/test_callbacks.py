"""Callbacks: only what is signed, fresh and no copy is taken, and it puts a case before a person."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import httpx
import pytest

from bridge.runtime import Bridge
from bridge.store import callbacks
from tests.api.asking import V1, Json, add_picture, make_bank, picture, upload
from tests.stores import PASSPHRASE

SECRET = "what the other side signs with"
HMA, ATPROTO = (f"{V1}/webhook/{name}-callback" for name in ("hma", "atproto"))


@pytest.fixture
async def secret(bridge: Bridge, operator: httpx.AsyncClient) -> None:
    await bridge.parts.keys.create(PASSPHRASE, "test")
    answer = await operator.put(f"{V1}/secrets/callback_secret", json={"value": SECRET})
    assert answer.status_code == 200, answer.text


def signed(body: bytes, *, ago: int = 0, secret: str = SECRET) -> dict[str, str]:
    at = str(int(time.time()) - ago)
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"HMA-Timestamp": at, "HMA-Signature": f"sha256={digest}"}


async def call(client: httpx.AsyncClient, said: Json, url: str = HMA, ago: int = 0) -> httpx.Response:
    body = json.dumps(said).encode()
    return await client.post(url, content=body, headers=signed(body, ago=ago))


@pytest.mark.usefixtures("secret")
async def test_a_match_that_hma_reports_puts_what_we_know_of_it_before_a_person(
    stranger: httpx.AsyncClient, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(9))
    seen = (await upload(app, picture(1), photo_id="3kegret")).json()
    assert seen["status"] == "no_match"
    digest = hashlib.sha256(picture(1)).hexdigest()
    cases = set()
    for name, value in (("photo_id", "3kegret"), ("upload_id", seen["upload_id"]), ("sha256", digest)):
        answer = await call(stranger, {name: value, "reason": "List 7."})
        assert (answer.status_code, answer.json()["uploads"]) == (202, 1)
        cases |= set(answer.json()["case_ids"])
    [case_id] = cases
    case = (await operator.get(f"{V1}/cases/{case_id}")).json()
    assert (case["state"], case["category"], [file["id"] for file in case["files"]]) == (
        *("open", "own", [seen["upload_id"]]),
    )
    assert {note["text"] for note in case["facts"]["notes"]} == {"HMA reported a match. List 7."}
    nothing = await call(stranger, {"photo_id": "another"})
    assert nothing.json() == {"success": True, "uploads": 0, "case_ids": []}


@pytest.mark.usefixtures("secret")
async def test_what_is_not_signed_as_it_should_be_is_refused(stranger: httpx.AsyncClient) -> None:
    body = b'{"photo_id": "3kegret"}'
    right = signed(body)
    wrong: tuple[dict[str, str], ...] = (
        {},
        {"HMA-Timestamp": right["HMA-Timestamp"]},
        signed(body, secret="another"),
        {**right, "HMA-Timestamp": str(int(right["HMA-Timestamp"]) + 1)},
        {**right, "HMA-Timestamp": "now"},
        {**right, "HMA-Timestamp": "-1"},
        {**right, "HMA-Signature": right["HMA-Signature"].upper()},
        {**right, "HMA-Signature": right["HMA-Signature"].removeprefix("sha256=")},
        signed(body + b" "),
    )
    for url in (HMA, ATPROTO):
        for headers in wrong:
            answer = await stranger.post(url, content=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized"), headers


@pytest.mark.usefixtures("secret")
async def test_clocks_may_be_four_minutes_apart_and_not_six(stranger: httpx.AsyncClient) -> None:
    for ago, status in ((240, 202), (-240, 202), (360, 401), (-360, 401)):
        assert (await call(stranger, {"photo_id": "3kegret"}, ago=ago)).status_code == status


@pytest.mark.usefixtures("secret")
async def test_a_copy_of_what_was_taken_is_refused(
    stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"photo_id": "3kegret"}'
    headers = signed(body)
    assert (await stranger.post(HMA, content=body, headers=headers)).status_code == 202
    for url in (HMA, ATPROTO):
        answer = await stranger.post(url, content=body, headers=headers)
        assert answer.status_code in (409, 503), answer.text
    monkeypatch.setattr(callbacks, "MOST_KEPT", 1)
    answer = await call(stranger, {"photo_id": "another"})
    assert (answer.status_code, answer.json()["error"]) == (503, "NotAvailable")
    monkeypatch.setattr(callbacks, "now_ms", lambda: int(time.time() * 1000) + 601_000)
    assert (await call(stranger, {"photo_id": "another"})).status_code == 202, "old ones are forgotten"


async def test_without_its_secret_nothing_is_taken(
    bridge: Bridge, operator: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await bridge.parts.keys.create(PASSPHRASE, "test")
    await operator.put(f"{V1}/secrets/webhook_secret", json={"value": SECRET})
    for url in (HMA, ATPROTO):
        answer = await call(stranger, {"photo_id": "3kegret"}, url)
        assert (answer.status_code, answer.json()["message"]) == (
            *(503, "The secret callback_secret is not set."),
        )


@pytest.mark.usefixtures("secret")
async def test_what_cannot_be_read_is_refused_in_a_sentence(stranger: httpx.AsyncClient) -> None:
    for said, sentence in (
        ({}, "Give one of upload_id, photo_id, sha256."),
        ({"photo_id": "a", "upload_id": "b"}, "Give one of upload_id, photo_id, sha256."),
        ({"photo_id": 1}, "`photo_id` takes a text."),
        ({"photo_id": "a", "hash": "b"}, "There is no field 'hash'."),
        ({"photo_id": "a", "category": "bad"}, "`category` takes child_safety, exploitative"),
        ({"photo_id": "a", "reason": 1}, "`reason` takes a text"),
        ({"sha256": "xyz"}, "`sha256` takes 64 hexadecimal digits."),
    ):
        answer = await call(stranger, said)
        assert answer.status_code == 400, answer.text
        assert answer.json()["message"].startswith(sentence)
    for body, status in ((b"[]", 400), (b"{", 400), (b" " * ((64 << 10) + 1), 413)):
        answer = await stranger.post(HMA, content=body, headers=signed(body))
        assert answer.status_code == status, answer.text
    answer = await call(stranger, {"did": "did:plc:a"}, ATPROTO)
    assert (answer.status_code, answer.json()["message"]) == (503, "No PDS is watched.")
