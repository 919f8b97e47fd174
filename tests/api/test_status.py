"""How the bridge says it is: health, status and metrics."""

from __future__ import annotations

import httpx

from bridge.runtime import Bridge
from bridge.version import VERSION
from tests.api.asking import V1, Json, add_picture, make_bank, picture, upload


async def status_of(client: httpx.AsyncClient) -> Json:
    return dict((await client.get(f"{V1}/status")).json())


async def test_health_says_ok_and_nothing_else(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_an_empty_bridge_is_ready_and_counts_nothing(operator: httpx.AsyncClient) -> None:
    status = await status_of(operator)
    assert (status["version"], status["state"], status["index"]["state"]) == (VERSION, "ready", "ready")
    assert status["uploads"]["total"] == status["cases"]["open"] == status["banks"]["count"] == 0
    assert (status["uploads"]["last_at"], status["banks"]["oldest_update_at"]) == (None, None)
    assert status["machine"]["memory_bytes"] > 10 << 20
    assert status["store"]["bytes"] > 0


async def test_uploads_are_counted_by_their_verdict(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    for data in (picture(1), picture(1), picture(2), b"text"):
        await upload(app, data)
    status = await status_of(app)
    counts = {name: status["uploads"][name] for name in ("matched", "no_match", "unhashable", "not_checked")}
    assert counts == {"matched": 2, "no_match": 1, "unhashable": 1, "not_checked": 0}
    assert (status["uploads"]["total"], status["uploads"]["days"][-1]) == (4, 4)
    assert (sum(status["uploads"]["days"]), status["matches"]["days"][-1]) == (4, 2)
    assert status["uploads"]["last_at"] >= status["started_at"]
    assert (status["cases"]["open"], status["banks"]["block_lists"], status["banks"]["entries"]) == (2, 1, 4)
    assert (await status_of(operator))["index"]["codes"] == 1
    assert status["index"]["codes"] is None
    assert status["seq"] == status["store"]["events"]


async def test_what_was_not_checked_waits_and_is_counted(app: httpx.AsyncClient) -> None:
    await upload(app, picture())
    uploads = (await status_of(app))["uploads"]
    assert (uploads["not_checked"], uploads["not_checked_final"], uploads["total"]) == (1, 0, 1)
    assert uploads["not_checked_oldest_at"] == uploads["last_at"]


async def test_metrics_say_the_same_in_prometheus_text(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    for data in (picture(1), picture(2), picture(2)):
        await upload(app, data)
    answer = await app.get(f"{V1}/status/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert samples['hma_console_uploads_total{verdict="matched"}'] == "1"
    assert samples['hma_console_uploads_total{verdict="no_match"}'] == "2"
    assert (samples["hma_console_cases_open"], samples["hma_console_bank_entries"]) == ("1", "4")
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert typed == {name.partition("{")[0] for name in samples}


async def test_what_is_not_there_answers_404_and_a_wrong_method_405(
    stranger: httpx.AsyncClient, bridge: Bridge
) -> None:
    missing = await stranger.get(f"{V1}/nothing")
    assert (missing.status_code, missing.json()["error"]) == (404, "NotFound")
    wrong = await stranger.delete("/health")
    assert (wrong.status_code, wrong.json()["error"]) == (405, "MethodNotAllowed")
