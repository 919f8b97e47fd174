"""PerchPics works unchanged: its requests word for word, and only the fields that it reads."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.api.asking import V1, AppClients, form, in_pieces, picture
from tests.pictures import encoded, noise_photograph


@pytest.fixture
async def perchpics(app_client: AppClients) -> httpx.AsyncClient:
    """The app, with the one key that it has for everything."""
    return await app_client("hash", "match", "banks")


async def moderate(app: httpx.AsyncClient, data: bytes) -> httpx.Response:
    """Chunked multipart without a length, the file before the fields."""
    body, headers = form(
        ("image", data, "photo.jpg"),
        ("threshold", b"0.8"),
        ("author_did", b"did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        ("photo_id", b"3kzphoto22aa"),
        ("metadata", json.dumps({"album": "birds", "width": 320}).encode()),
    )
    return await app.post(f"{V1}/match", content=in_pieces(body), headers=headers)


async def test_it_sees_that_the_server_is_well_without_a_key(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/health")).json()["status"] == "ok"


async def test_it_fills_a_bank_with_bearer_and_then_its_uploads_are_moderated(
    perchpics: httpx.AsyncClient, stranger: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    bearer = {"Authorization": f"Bearer {perchpics.headers['X-API-Key']}"}
    bank = {"name": "blocked", "description": "What we do not want to see again"}
    assert (await stranger.post(f"{V1}/admin/banks", json=bank, headers=bearer)).status_code == 201
    hashed = await stranger.post(f"{V1}/hash", files={"image": ("a.png", picture())}, headers=bearer)
    known = hashed.json()["hash"]
    for body in ({"hash": known, "metadata": {"reason": "spam"}}, {"pdq": known}):
        added = await stranger.post(f"{V1}/admin/bank/blocked/signal", json=body, headers=bearer)
        assert (added.status_code, added.json()["success"]) == (201, True)

    copy = (await moderate(perchpics, encoded(noise_photograph(1), "JPEG", quality=80))).json()
    assert copy["matched"] is True
    assert [match["hash"] for match in copy["matches"]] == [known]
    assert copy["action"] == "REVIEW"
    assert len(copy["hash"]) == 64

    other = (await moderate(perchpics, picture(2))).json()
    assert (other["matched"], other["matches"], other["action"]) == (False, [], "none")

    logs = (await operator.get(f"{V1}/logs/3kzphoto22aa")).json()["logs"]
    assert [entry["verdict"] for entry in logs] == ["no_match", "matched"]
    assert {(entry["sender"], entry["claimed_author"], entry["did"]) for entry in logs} == {
        ("key:app-1", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "")
    }


async def test_it_cannot_take_an_upload_that_was_not_checked_for_a_clean_one(
    perchpics: httpx.AsyncClient,
) -> None:
    answer = await moderate(perchpics, picture())
    assert answer.status_code == 503
    assert "matched" not in answer.text
