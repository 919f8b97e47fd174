"""`scanBlob` and `reportBlob`: what was not compared never looks like an answer without hits."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from bridge.atproto.cids import cid_of
from bridge.runtime import Bridge
from tests.api.asking import V1, Json, add_picture, in_pieces, make_bank, picture, video
from tests.pictures import encoded, noise_photograph
from tests.stores import PASSPHRASE

SCAN, REPORT = (f"/xrpc/com.atproto.unspecced.{name}" for name in ("scanBlob", "reportBlob"))
PASSWORD = "a password of hepa's"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
CLAIMS = {
    "did": DID,
    "handle": "ana.test",
    "accountEmail": "ana@example.com",
    "uri": f"at://{DID}/app.bsky.feed.post/3k",
}
NEAR = encoded(noise_photograph(1), "JPEG", quality=90)


async def set_password(bridge: Bridge, operator: httpx.AsyncClient, value: str = PASSWORD) -> None:
    if not bridge.parts.keychain.exists:
        await bridge.parts.keys.create(PASSPHRASE, "test")
    answer = await operator.put(f"{V1}/secrets/scan_blob_password", json={"value": value})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def hepa(bridge: Bridge, operator: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """As it calls: Basic authentication, the declared type, the raw body."""
    await set_password(bridge, operator)
    headers = {"Content-Type": "image/png", "Accept": "application/json"}
    async with httpx.AsyncClient(
        base_url=bridge.url, auth=("admin", PASSWORD), params=CLAIMS, headers=headers, verify=False
    ) as client:
        yield client


async def uploads(operator: httpx.AsyncClient) -> list[Json]:
    return list((await operator.get(f"{V1}/uploads")).json()["uploads"])


async def cases(operator: httpx.AsyncClient) -> list[Json]:
    return list((await operator.get(f"{V1}/cases")).json()["cases"])


async def labels(hepa: httpx.AsyncClient, data: bytes) -> list[str]:
    answer = await hepa.post(SCAN, content=data)
    assert answer.status_code == 200, answer.text
    return [hit["label"] for hit in answer.json()["match"]["hits"]]


async def test_the_answer_has_the_shapes_that_hepa_reads(
    hepa: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(operator, on_match="review")
    await add_picture(operator, "own", picture())
    answer = await hepa.post(SCAN, content=picture())
    [upload] = await uploads(operator)
    sha256 = hashlib.sha256(picture())
    assert answer.json() == {
        "blob": {
            "$type": "blob",
            "ref": {"$link": cid_of(sha256.digest())},
            "mimeType": "image/png",
            "size": len(picture()),
        },
        "match": {
            "status": "success",
            "hits": [{"hashType": "hma-console", "hashValue": upload["id"], "label": "review"}],
        },
        "review": {"state": "open", "ticketId": upload["case_id"]},
    }
    none = (await hepa.post(SCAN, content=picture(2))).json()
    assert none["match"] == {"status": "success", "hits": []}
    assert set(none) == {"blob", "match"}


async def test_only_what_may_be_acted_on_without_a_person_is_called_csam(
    hepa: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    child_safety = {"category": "child_safety", "threshold": 31}
    await make_bank(operator, "review", on_match="review", **child_safety)
    await add_picture(operator, "review", picture())
    assert await labels(hepa, NEAR) == ["review"]
    assert await labels(hepa, picture()) == ["csam", "review"], "the very same bytes; and its PDQ"
    await make_bank(operator, "automatic", on_match="takedown", **child_safety)
    await add_picture(operator, "automatic", picture(3))
    assert await labels(hepa, encoded(noise_photograph(3), "JPEG", quality=90)) == ["csam"]
    await make_bank(operator, "mine", on_match="takedown")
    await add_picture(operator, "mine", picture(4))
    assert await labels(hepa, picture(4)) == ["review"], "no child safety"
    await make_bank(operator, "shadow", mode="shadow", on_match="takedown")
    await add_picture(operator, "shadow", picture(5))
    assert await labels(hepa, picture(5)) == []


async def test_what_was_not_compared_is_an_error_that_hepa_tries_again(
    hepa: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    answer = await hepa.post(SCAN, content=picture())
    assert (answer.status_code, answer.json()["error"]) == (503, "NotChecked")
    assert 0 < int(answer.headers["Retry-After"]) <= 5
    assert "No list is connected" in answer.json()["message"]
    [upload] = await uploads(operator)
    assert (upload["verdict"], upload["source"]) == ("not_checked", "scan_blob")
    await make_bank(operator)
    await add_picture(operator, "own", picture())
    broken = await hepa.post(SCAN, content=b"\x89PNG\r\n\x1a\n" + bytes(99))
    assert (broken.status_code, broken.json()["error"]) == (422, "Unhashable")
    assert await labels(hepa, video()) == []


@pytest.mark.parametrize("path", [SCAN, REPORT])
async def test_nobody_is_served_without_the_password(
    bridge: Bridge, operator: httpx.AsyncClient, path: str
) -> None:
    def basic(credentials: str) -> str:
        return f"Basic {base64.b64encode(credentials.encode()).decode()}"

    async with httpx.AsyncClient(base_url=bridge.url, verify=False) as http:

        async def refused(authorization: str) -> tuple[int, str]:
            headers = {"Authorization": authorization} if authorization else {}
            answer = await http.post(path, content=picture(), headers=headers)
            assert (answer.status_code == 401) == ("WWW-Authenticate" in answer.headers)
            return answer.status_code, answer.json()["message"]

        status, said = await refused(basic(f"admin:{PASSWORD}"))
        assert status == 503
        assert "scan_blob_password is not set. Run `hma-console secret set scan_blob_password`." in said
        await set_password(bridge, operator)
        for header in (
            "",
            "Basic",
            "Basic !!",
            f"Bearer {PASSWORD}",
            basic(PASSWORD),
            basic(f"root:{PASSWORD}"),
            basic("admin:"),
            basic(f"admin:{PASSWORD}x"),
        ):
            assert (await refused(header))[0] == 401, header
        bridge.parts.keychain.lock()
        assert (await refused(basic(f"admin:{PASSWORD}")))[0] == 503
        assert await uploads(operator) == []


@pytest.mark.parametrize(
    ("sent", "status", "name"),
    [
        ({"content": b""}, 400, "InvalidRequest"),
        ({"content": b"x", "params": {"did": "d" * 600}}, 400, "InvalidRequest"),
        ({"content": b"x", "headers": {"Content-Encoding": "gzip"}}, 415, "UnsupportedMediaType"),
    ],
)
async def test_what_cannot_be_taken_is_said(
    hepa: httpx.AsyncClient, sent: Mapping[str, Json], status: int, name: str
) -> None:
    for path in (SCAN, REPORT):
        answer = await hepa.post(path, **sent)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["error"]) == (status, name)


async def test_what_hepa_says_of_the_account_is_a_claim(
    hepa: httpx.AsyncClient, operator: httpx.AsyncClient, bridge: Bridge
) -> None:
    await make_bank(operator)
    await add_picture(operator, "own", picture())
    await hepa.post(SCAN, content=in_pieces(picture()))
    [upload] = await uploads(operator)
    assert (upload["did"], upload["claimed_author"], upload["cid"], upload["uri"]) == ("", DID, "", "")
    assert (await cases(operator))[0]["claimed_author"] == DID
    assert b"ana@example.com" not in bridge.parts.settings.store_path.read_bytes()


async def test_what_a_moderator_sent_opens_a_case_whatever_it_matches(
    hepa: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    unread = b"\x89PNG\r\n\x1a\n" + bytes(99)
    for data, verdict in ((picture(7), "not_checked"), (unread, "not_checked")):
        assert (await hepa.post(REPORT, content=data, params={"did": f"{DID}{verdict}"})).status_code == 200
    await make_bank(operator, "listed", category="exploitative", on_match="review")
    await add_picture(operator, "listed", picture())
    for data, did in ((picture(), "did:plc:a"), (picture(2), "did:plc:b"), (unread, "did:plc:c")):
        answer = await hepa.post(REPORT, content=data, params={"did": did})
        assert answer.status_code == 200
        assert answer.json()["case_id"]
    by_author = {case["claimed_author"]: case for case in await cases(operator)}
    assert by_author["did:plc:a"]["category"] == "exploitative"
    assert [by_author[f"did:plc:{each}"]["category"] for each in "bc"] == ["own", "own"]
    assert all(case["file_count"] >= 1 for case in by_author.values())
