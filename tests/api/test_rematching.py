"""A list that grows while the bridge runs: what came before is found, and the operator sees how far it is."""

from __future__ import annotations

import httpx

from tests.api.asking import V1, add_picture, make_bank, picture, upload
from tests.api.news import News, listening, wait_for


async def test_a_picture_that_comes_to_a_list_is_found_in_what_was_seen(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(2))
    sent = (await upload(app, picture(1))).json()
    assert sent["matched"] is False
    async with listening(operator) as news:
        await add_picture(app, "own", picture(1))
        await wait_for(news, _is_done)
    [record] = (await operator.get(f"{V1}/uploads")).json()["uploads"]
    assert (record["id"], record["verdict"]) == (sent["upload_id"], "matched")
    assert {match["retroactive"] for match in record["matches"]} == {True}
    run = (await operator.get(f"{V1}/status")).json()["rematch"]
    assert (run["state"], run["done"], run["total"], run["found"]) == ("done", 1, 1, 1)
    assert run["ended_at"] >= run["began_at"]
    assert (await app.get(f"{V1}/status")).json()["rematch"] is None, "it tells what lists hit"


def _is_done(news: News) -> bool:
    return news.event == "note" and news.data["type"] == "rematch.done"
