"""`GET /api/v1/events`: news in order, and none lost by whoever says where he was."""

from __future__ import annotations

import asyncio

import httpx

from bridge.api.events import AT_ONCE
from bridge.runtime import Bridge
from tests.api.asking import V1, add_picture, form, make_bank, picture, upload
from tests.api.news import PATIENCE, listening, take

MANY = AT_ONCE + 10


async def test_an_upload_is_told_with_its_verdict_before_a_case_it_opened(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    async with listening(operator) as news:
        answer = (await upload(app, picture(), photo_id="p1")).json()
        seen, case = await take(news, 2)
    assert (seen.event, seen.data["id"], seen.data["verdict"]) == ("upload", answer["upload_id"], "matched")
    assert (seen.data["photo_id"], seen.data["case_id"]) == ("p1", answer["case_id"])
    assert (case.event, case.data["id"], case.id) == ("case", answer["case_id"], seen.id + 1)


async def test_changes_of_banks_and_keys_are_told(operator: httpx.AsyncClient) -> None:
    async with listening(operator) as news:
        await make_bank(operator)
        await add_picture(operator, "own", picture())
        await operator.post(f"{V1}/apikeys", json={"name": "x", "scopes": ["all"]})
        await operator.delete(f"{V1}/admin/bank/own")
        told = await take(news, 4)
    assert [(one.event, one.data) for one in told] == [
        ("bank", {"name": "own"}),
        ("bank", {"name": "own"}),
        ("note", {"type": "apikey.created", "subject": "x"}),
        ("bank", {"name": "own"}),
    ]


async def test_news_come_in_the_order_of_the_store_however_many_send_at_once(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    async with listening(operator) as news:
        answers = await asyncio.gather(*(upload(app, b"text %d" % number) for number in range(40)))
        told = await take(news, 40)
    assert [one.id for one in told] == sorted(one.id for one in told)
    assert {one.data["id"] for one in told} == {answer.json()["upload_id"] for answer in answers}
    assert [one.data["seq"] for one in told] == sorted(one.data["seq"] for one in told)


async def test_who_comes_back_with_the_last_id_misses_nothing(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    async with listening(app) as news:
        first = (await upload(app, b"one")).json()["upload_id"]
        [seen] = await take(news, 1)
    assert seen.data["id"] == first
    body, headers = form(*(("image", b"text %d" % number, "a.txt") for number in range(MANY)))
    batch = (await app.post(f"{V1}/match/batch", content=body, headers=headers, timeout=PATIENCE)).json()
    async with listening(app, last=seen.id) as news:
        missed = await take(news, MANY)
        ids = [one.id for one in missed]
        assert ids == sorted({*ids} - {seen.id}), "each once; other events than an app's have numbers, too"
        assert [one.data["id"] for one in missed] == [one["upload_id"] for one in batch["results"]]
        later = (await upload(app, b"three")).json()["upload_id"]
        assert [one.data["id"] for one in await take(news, 1)] == [later]


async def test_without_a_last_id_only_what_happens_next_is_told(app: httpx.AsyncClient) -> None:
    await make_bank(app, "before")
    async with listening(app) as news:
        await make_bank(app, "after")
        assert [one.data for one in await take(news, 1)] == [{"name": "after"}]


async def test_a_last_id_that_is_none_answers_400(app: httpx.AsyncClient) -> None:
    for last in ("x", "-1", "1.5", "9" * 19):
        answer = await app.get(f"{V1}/events", headers={"Last-Event-ID": last})
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), last


async def test_a_listener_who_goes_away_disturbs_nobody(app: httpx.AsyncClient, bridge: Bridge) -> None:
    async with listening(app) as stays:
        async with listening(app):
            pass
        await make_bank(app)
        assert (await take(stays, 1))[0].data == {"name": "own"}
    assert not bridge.failed.done()
