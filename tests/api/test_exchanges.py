"""Lists of others over HTTP, on the operator's socket only."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.api.asking import Json

URL = "/api/v1/exchanges"
HASH = "11" * 16


async def test_a_list_is_read_as_soon_as_it_is_connected_and_again_on_demand(
    operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{HASH}\n")
    wanted = {"name": "shared", "kind": "watched", "settings": {"source": str(file)}, "category": "ncii"}
    assert (await operator.post(URL, json=wanted)).status_code == 201
    assert (await settled(operator))["entries"] == 1
    file.write_text(f"{HASH}\n{'22' * 16}\n")
    asked = await operator.post(f"{URL}/shared/sync")
    assert (asked.status_code, asked.json()["state"]) == (202, "syncing")
    now = await settled(operator)
    assert (now["state"], now["entries"], now["fault"]) == ("current", 2, "")
    banks = (await operator.get("/api/v1/admin/banks")).json()["banks"]
    assert [bank["name"] for bank in banks] == ["shared"]
    assert (await operator.delete("/api/v1/admin/bank/shared")).status_code == 409
    assert (await operator.delete(f"{URL}/shared")).status_code == 200
    assert (await operator.get(f"{URL}/shared")).status_code == 404
    entries = (await operator.get("/api/v1/log/entries", params={"type": "list."})).json()["entries"]
    assert [entry["type"] for entry in entries] == ["list.removed", "list.connected"]


async def test_an_app_sees_and_changes_nothing_of_it(app: httpx.AsyncClient) -> None:
    for method, path in (("GET", URL), ("POST", URL), ("POST", f"{URL}/a/sync"), ("DELETE", f"{URL}/a")):
        assert (await app.request(method, path)).status_code == 403


async def test_a_secret_that_is_not_set_is_the_reason_that_is_told(
    operator: httpx.AsyncClient,
) -> None:
    wanted = {"name": "hidden", "kind": "stopncii", "settings": {}}
    assert (await operator.post(URL, json=wanted)).status_code == 201
    now = await settled(operator, "hidden")
    assert (now["state"], "secret stopncii is not set" in now["fault"]) == ("failing", True)


async def test_a_list_is_read_as_soon_as_the_secret_that_it_waited_for_is_set(
    operator: httpx.AsyncClient,
) -> None:
    made = await operator.post("/api/v1/log/keys/create", json={"passphrase": "five words for the keys"})
    assert made.status_code == 201
    await operator.post(URL, json={"name": "hidden", "kind": "stopncii", "settings": {}})
    first = await settled(operator, "hidden")
    assert (await operator.put("/api/v1/secrets/ncmec", json={"value": "of another"})).status_code == 200
    assert (await settled(operator, "hidden"))["tried_at"] == first["tried_at"]
    assert (await operator.put("/api/v1/secrets/stopncii", json={"value": "no keys"})).status_code == 200
    async with asyncio.timeout(20):
        while "is not set" in (shown := await settled(operator, "hidden"))["fault"]:
            await asyncio.sleep(0.01)
    assert "not two or three keys" in shown["fault"]


async def test_a_programme_says_what_a_list_of_it_needs(operator: httpx.AsyncClient) -> None:
    answer = (await operator.get(URL)).json()
    known = {one["name"]: one for one in answer["programmes"]}
    needed = {
        name: [each["name"] for each in one["settings"] if each["usual"] is None]
        for name, one in known.items()
    }
    assert needed["threatexchange"] == ["privacy_group", "category"]
    assert (needed["watched"], needed["ncmec"], needed["gifct"]) == (["source"], [], [])
    assert [name for name, one in known.items() if one["asks_category"]] == ["watched"]
    rare = [each["name"] for one in known.values() for each in one["settings"] if each["is_rare"]]
    assert rare == ["feedback_reason", "url", "url"]
    assert known["arachnid"]["shield"] is None


async def settled(operator: httpx.AsyncClient, name: str = "shared") -> Json:
    """How the list is once it was read, or could not be."""
    async with asyncio.timeout(20):
        while True:
            shown = dict((await operator.get(f"{URL}/{name}")).json())
            if shown["state"] not in ("never", "syncing"):
                return shown
            await asyncio.sleep(0.01)
