"""Pausing and appeals over HTTP: who may, and what is told to whom."""

from __future__ import annotations

import httpx

from tests.api.asking import AppClients
from tests.houses import png

MATCH, APPEALS = "/api/v1/match", "/api/v1/appeals"


async def bank(operator: httpx.AsyncClient, on_match: str = "review") -> None:
    await operator.post("/api/v1/admin/banks", json={"name": "own", "on_match": on_match})
    await operator.post("/api/v1/admin/bank/own/content", content=png(0))


async def decided(operator: httpx.AsyncClient, case_id: str) -> None:
    body = {"choice": "takedown", "reason": "against-the-rules"}
    answer = await operator.post(f"/api/v1/cases/{case_id}/decision", json=body)
    assert answer.status_code == 200, answer.text


async def test_an_operator_pauses_and_apps_are_told_when_but_not_by_whom(
    operator: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await bank(operator, "takedown")
    assert (await app.post("/api/v1/pause", json={})).status_code == 403
    paused = (await operator.post("/api/v1/pause", json={"reason": "why not"})).json()
    assert (await operator.post("/api/v1/pause", json={})).status_code == 409
    told = (await operator.get("/api/v1/status")).json()["paused"]
    assert (told["since"], told["by"], told["reason"]) == (paused["since"], paused["actor"], "why not")
    assert (await app.get("/api/v1/status")).json()["paused"] == {**told, "by": "", "reason": ""}
    assert "hma_console_paused 1" in (await app.get("/api/v1/status/metrics")).text
    assert (await app.post(MATCH, content=png(0))).json()["action"] == "REVIEW"
    assert (await app.post("/api/v1/resume")).status_code == 403
    assert (await operator.post("/api/v1/resume")).json()["uploads"] == 0
    assert (await operator.post("/api/v1/resume")).status_code == 409
    assert (await app.post(MATCH, content=png(0))).json()["action"] == "BLOCK"


async def test_an_app_appeals_for_its_own_upload_with_the_scope_action(
    operator: httpx.AsyncClient, app_client: AppClients
) -> None:
    await bank(operator)
    own, other, reader = (
        await app_client("match", "action"),
        await app_client("action"),
        await app_client("read"),
    )
    answer = (await own.post(MATCH, files={"image": png(0)}, data={"photo_id": "p1"})).json()
    named = {"upload_id": answer["upload_id"]}
    await decided(operator, answer["case_id"])
    assert (await reader.post(APPEALS, json=named)).status_code == 403
    assert (await other.post(APPEALS, json=named)).status_code == 404
    assert (await other.post(APPEALS, json={"photo_id": "p1"})).status_code == 404
    assert (await own.post(APPEALS, json={})).status_code == 400
    assert (await own.post(APPEALS, json={**named, "text": "x" * 4001})).status_code == 400
    taken = await own.post(APPEALS, json={"photo_id": "p1", "text": "It is mine."})
    assert (taken.status_code, taken.json()) == (201, {"cases": [answer["case_id"]], "opened": False})
    assert (await own.post(APPEALS, json=named)).status_code == 409
    case = (await operator.get(f"/api/v1/cases/{answer['case_id']}")).json()
    assert (case["state"], case["facts"]["waiting"]) == ("open", [answer["upload_id"]])
    assert case["facts"]["notes"][0]["text"] == "It is mine."
    assert 0 < case["decisions"][0]["superseded_at"] <= case["appealed_at"]


async def test_an_operator_takes_an_appeal_of_a_case_or_of_a_reference(
    operator: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await bank(operator)
    answer = (await app.post(MATCH, content=png(0))).json()
    for named in (answer["case_id"], answer["case_id"][:5], answer["upload_id"]):
        await decided(operator, answer["case_id"])
        taken = await operator.post(f"/api/v1/cases/{named}/appeal", json={})
        assert taken.json()["cases"] == [answer["case_id"]], named
    assert (await app.post(f"/api/v1/cases/{answer['case_id']}/appeal", json={})).status_code == 403
    assert (await operator.post("/api/v1/cases/none/appeal", json={})).status_code == 404
