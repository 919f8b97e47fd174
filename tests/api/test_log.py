"""The log's endpoints: for operators on the socket, held to the OpenAPI document like all answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.api.endpoint import OPERATOR
from bridge.api.endpoints import ENDPOINTS
from bridge.compliance.verify import verify
from bridge.keys.secrets import SecretName, open_secret
from bridge.runtime import Bridge
from bridge.store.secrets import find_secret
from tests.stores import PASSPHRASE

V1 = "/api/v1"
pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")
WITH = {"passphrase": PASSPHRASE.decode()}


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


async def ended(operator: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while job["state"] == "running":
            await asyncio.sleep(0.01)
            job = (await operator.get(f"{V1}/log/jobs/{job['id']}")).json()
    return job


async def test_the_state_tells_of_entries_keys_and_the_outside_copy(operator: httpx.AsyncClient) -> None:
    state = (await operator.get(f"{V1}/log")).json()
    assert (state["signed"], state["trouble"], state["keys"]["state"]) == (0, None, "missing")
    made = await operator.post(f"{V1}/log/keys/create", json=WITH)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    state = (await operator.get(f"{V1}/log")).json()
    assert state["entries"] == state["signed"] > 0
    assert state["keys"]["fingerprint"] == made.json()["fingerprint"]
    short = (await operator.get(f"{V1}/status")).json()["log"]
    assert (short["entries"], short["keys"], short["trouble"]) == (state["entries"], "open", False)


async def test_entries_are_pages_newest_first_by_type_day_and_case(operator: httpx.AsyncClient) -> None:
    for number in range(5):
        await operator.post(f"{V1}/admin/banks", json={"name": f"bank {number}"})
    page = (await operator.get(f"{V1}/log/entries", params={"limit": "2", "type": "bank"})).json()
    assert [entry["what"] for entry in page["entries"]] == ["bank 5 made", "bank 4 made"]
    params = {"limit": "9", "type": "bank", "before": str(page["next"])}
    rest = (await operator.get(f"{V1}/log/entries", params=params)).json()
    assert [entry["facts"]["bank"] for entry in rest["entries"]] == [3, 2, 1]
    assert rest["next"] is None
    assert page["entries"][0]["who"] != page["entries"][0]["actor"] == "op:1"
    for params, status in (
        ({"day": "2001-01-01"}, 200),
        ({"limit": "x"}, 400),
        ({"day": "today"}, 400),
        ({"case": "zz"}, 404),
    ):
        answer = await operator.get(f"{V1}/log/entries", params=params)
        assert answer.status_code == status
        assert answer.json().get("entries", []) == []


async def test_a_check_and_an_export_are_jobs(operator: httpx.AsyncClient, tmp_path: Path) -> None:
    body = {"scope": {"kind": "all"}, "output": str(tmp_path / "out.zip")}
    refused = await operator.post(f"{V1}/log/export", json=body)
    assert (refused.status_code, refused.json()["error"]) == (409, "KeysMissing")
    await operator.post(f"{V1}/log/keys/create", json=WITH)
    started = await operator.post(f"{V1}/log/check")
    assert started.status_code == 202
    checked = await ended(operator, started.json())
    assert (checked["state"], checked["check"]["whole"]) == ("done", True)
    made = await ended(operator, (await operator.post(f"{V1}/log/export", json=body)).json())
    assert made["error"] is None
    verdict = await asyncio.to_thread(verify, made["export"]["path"], made["export"]["fingerprint"])
    assert verdict.problems == []
    types = [entry["type"] for entry in (await operator.get(f"{V1}/log/entries")).json()["entries"]]
    assert types[:2] == ["log.exported", "log.verified"]
    assert [job["kind"] for job in (await operator.get(f"{V1}/log")).json()["jobs"]] == ["export", "check"]
    again = await ended(operator, (await operator.post(f"{V1}/log/export", json=body)).json())
    assert (again["state"], "exists already" in again["error"]["message"]) == ("failed", True)
    assert (await operator.get(f"{V1}/log/jobs/none")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": {"kind": "some"}, "output": "/tmp/x"},
        {"scope": {"kind": "range", "since": "today"}, "output": "/tmp/x"},
        {"scope": {"kind": "all"}, "output": "/tmp/x", "disclose": ["hashes"]},
        {"scope": {"kind": "all"}, "output": 3},
    ],
)
async def test_a_bad_export_is_refused_in_a_sentence(
    operator: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await operator.post(f"{V1}/log/export", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "InputError")


async def test_keys_are_locked_unlocked_rotated_and_never_told(
    operator: httpx.AsyncClient, bridge: Bridge
) -> None:
    missing = await operator.post(f"{V1}/log/keys/unlock", json=WITH)
    assert (missing.status_code, missing.json()["error"]) == (409, "KeysMissing")
    assert (await operator.post(f"{V1}/log/keys/create", json={})).status_code == 400
    assert (await operator.post(f"{V1}/log/keys/create", json={"passphrase": "short"})).status_code == 400
    first = (await operator.post(f"{V1}/log/keys/create", json=WITH)).json()["fingerprint"]
    assert (await operator.post(f"{V1}/log/keys/create", json=WITH)).status_code == 409
    bridge.parts.keychain.lock()
    wrong = await operator.post(f"{V1}/log/keys/unlock", json={"passphrase": "not this one at all"})
    assert (wrong.status_code, wrong.json()["error"]) == (403, "WrongPassphrase")
    assert "not this one" not in wrong.text
    locked = await operator.post(f"{V1}/log/keys/unlock", json={})
    assert (locked.status_code, locked.json()["error"]) == (409, "KeysLocked")
    assert (await operator.post(f"{V1}/log/keys/unlock", json=WITH)).json()["state"] == "open"
    rotated = (await operator.post(f"{V1}/log/keys/rotate", json=WITH)).json()
    assert rotated["fingerprint"] != first
    assert [key["ended_by"] for key in rotated["history"]] == ["rotated", ""]
    revoked = (await operator.post(f"{V1}/log/keys/revoke", json={"fingerprint": first})).json()
    assert [key["ended_by"] for key in revoked["history"]] == ["revoked", ""]


async def test_secrets_are_sealed_listed_by_name_and_given_to_nobody(
    operator: httpx.AsyncClient, bridge: Bridge
) -> None:
    url = f"{V1}/secrets/ncmec"
    assert (await operator.put(url, json={"value": "hunter2"})).json()["error"] == "KeysMissing"
    await operator.post(f"{V1}/log/keys/create", json=WITH)
    assert (await operator.put(url, json={"value": "hunter2"})).status_code == 200
    listed = await operator.get(f"{V1}/secrets")
    assert [each["name"] for each in listed.json()["secrets"]] == ["ncmec"]
    sealed = await bridge.parts.store.read(lambda c: find_secret(c, SecretName.NCMEC))
    assert sealed is not None
    assert b"hunter2" not in sealed
    assert open_secret(bridge.parts.keychain, SecretName.NCMEC, sealed) == "hunter2"
    for wrong, body in ((f"{V1}/secrets/mine", {"value": "x"}), (url, {"value": ""}), (url, {})):
        assert (await operator.put(wrong, json=body)).status_code == 400
    assert (await operator.delete(url)).status_code == 200
    assert (await operator.delete(url)).status_code == 404


async def test_nothing_is_accepted_where_nothing_is_wrong(operator: httpx.AsyncClient) -> None:
    answer = await operator.post(f"{V1}/log/accept")
    assert (answer.status_code, answer.json()["error"]) == (409, "Conflict")


async def test_holds_and_erasures_say_what_is_wrong(operator: httpx.AsyncClient) -> None:
    assert (await operator.post(f"{V1}/cases/zz/hold", json={})).status_code == 400
    body = {"until": 1, "basis": "consent"}
    assert (await operator.post(f"{V1}/cases/zz/hold", json=body)).status_code == 400
    assert (await operator.delete(f"{V1}/cases/zz/hold")).status_code == 404
    assert (await operator.post(f"{V1}/cases/zz/erase", json={"basis": "consent"})).status_code == 404
    assert (await operator.post(f"{V1}/erase", json={"basis": "consent"})).status_code == 400


async def test_none_of_it_is_there_over_tcp(app: httpx.AsyncClient) -> None:
    about = ("/log", "/secrets", "/erase", "/hold")
    rows = [row for row in ENDPOINTS if any(part in row.path.removeprefix(V1) for part in about)]
    mine = [row for row in rows if not row.path.startswith(f"{V1}/logs")]
    assert len(mine) > 15
    for row in mine:
        assert row.access == OPERATOR
        answer = await app.request(row.method, row.path.replace("{", "").replace("}", ""), json={})
        assert answer.status_code == 403, row.path
