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


async def settled(operator: httpx.AsyncClient, name: str = "shared") -> Json:
    """How the list is once it was read, or could not be."""
    async with asyncio.timeout(20):
        while True:
            shown = dict((await operator.get(f"{URL}/{name}")).json())
            if shown["state"] not in ("never", "syncing"):
                return shown
            await asyncio.sleep(0.01)
