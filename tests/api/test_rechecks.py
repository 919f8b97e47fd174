"""What was not checked is checked by itself, as soon as it can be."""

from __future__ import annotations

from functools import partial

import httpx

from bridge.runtime import Bridge, running_bridge
from bridge.settings import Settings
from bridge.store.retries import plan_retry
from tests.api.asking import V1, add_picture, make_bank, picture, upload
from tests.api.news import News, listening, wait_for


async def test_an_upload_seen_while_no_list_is_connected_is_matched_once_one_arrives(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, bridge: Bridge
) -> None:
    known = (await upload(app, picture(1), author_did="did:plc:a")).json()
    unknown = (await upload(app, picture(2))).json()
    assert known["status"] == unknown["status"] == "not_checked"
    for _ in range(12):  # as though it had waited long, and the next try were a quarter of an hour away
        for answer in (known, unknown):
            await bridge.parts.store.write(partial(plan_retry, upload_id=answer["upload_id"], ever=True), ())
    async with listening(operator) as news:
        await make_bank(app)
        await add_picture(app, "own", picture(1))
        heard: dict[str, News] = {}

        def all_heard(one: News) -> bool:
            heard["case" if one.event == "case" else str(one.data.get("id"))] = one
            return {"case", known["upload_id"], unknown["upload_id"]} <= heard.keys()

        await wait_for(news, all_heard)
    matched, compared, case = heard[known["upload_id"]], heard[unknown["upload_id"]], heard["case"]
    assert (matched.event, matched.data["verdict"], matched.data["retry_at"]) == ("upload", "matched", None)
    assert matched.data["reason"] == ""
    assert {match["hash_type"] for match in matched.data["matches"]} == {"pdq", "sha256"}
    assert (case.data["id"], case.data["claimed_author"]) == (matched.data["case_id"], "did:plc:a")
    assert (compared.data["verdict"], compared.data["banks"]) == ("no_match", ["own"])
    counts = (await operator.get(f"{V1}/status")).json()["uploads"]
    assert (counts["total"], counts["not_checked"], counts["matched"]) == (2, 0, 1)


async def test_it_is_matched_also_where_the_bridge_was_stopped_in_between(settings: Settings) -> None:
    async with running_bridge(settings) as bridge, _on_socket(settings) as operator:
        seen = (await upload(operator, picture())).json()["upload_id"]
        last = bridge.parts.store.seq
    async with running_bridge(settings), _on_socket(settings) as operator:
        await make_bank(operator)
        await add_picture(operator, "own", picture())
        async with listening(operator, last=last) as news:
            found = await wait_for(news, lambda one: one.data.get("id") == seen)
    assert found.data["verdict"] == "matched"


async def test_while_no_list_is_there_it_keeps_waiting(app: httpx.AsyncClient, bridge: Bridge) -> None:
    seen = (await upload(app, picture())).json()["upload_id"]
    [entry] = (await app.get(f"{V1}/logs")).json()["logs"]
    assert (entry["id"], entry["verdict"], entry["needs_you"]) == (seen, "not_checked", False)
    assert entry["retry_at"] > entry["received_at"]


def _on_socket(settings: Settings) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
    return httpx.AsyncClient(transport=transport, base_url="http://bridge")
