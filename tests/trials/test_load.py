"""Many uploads at once into `serve`: each is recorded once, told once in order, and survives a kill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bridge.settings import Settings
from tests.api.asking import V1, add_picture, make_bank, upload
from tests.api.news import News, listening
from tests.pictures import encoded, noise_photograph
from tests.serving import Served, serving

A_SECOND = 50
KILLS = 5
SENDERS = 8

log = logging.getLogger(__name__)

PHOTOGRAPHS = [encoded(noise_photograph(seed), "JPEG") for seed in range(20)]


def photograph(number: int) -> bytes:
    """Bytes of their own for every number, so that each is decoded and hashed; every 20th is known."""
    return PHOTOGRAPHS[number % len(PHOTOGRAPHS)] + number.to_bytes(8)


@asynccontextmanager
async def clients(served: Served) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """The operator's and an app's."""
    async with served.operator() as operator:
        made = await operator.post(
            f"{V1}/apikeys", json={"name": f"app-{served.process.pid}", "scopes": ["match"]}
        )
        async with served.app(made.json()["key"]) as app:
            yield operator, app


async def ids_in_store(operator: httpx.AsyncClient) -> list[str]:
    """Of all uploads, oldest first."""
    found: list[str] = []
    before: int | None = None
    while True:
        query = {"limit": 500, **({"before": before} if before else {})}
        page = (await operator.get(f"{V1}/uploads", params=query)).json()
        found += [row["id"] for row in page["uploads"]]
        if (before := page["next"]) is None:
            return found[::-1]


async def take_uploads(news: AsyncIterator[News], count: int) -> list[News]:
    taken: list[News] = []
    while len(taken) < count:
        one = await anext(news)
        if one.event == "upload":
            taken.append(one)
    return taken


@pytest.mark.parametrize(
    "seconds", [2, pytest.param(60, marks=[pytest.mark.trial, pytest.mark.timeout(600)])]
)
async def test_fifty_uploads_a_second_are_all_recorded_and_told_in_order(
    settings: Settings, seconds: int
) -> None:
    count = A_SECOND * seconds
    loop = asyncio.get_running_loop()
    with serving(settings.data_dir) as served:
        async with clients(served) as (operator, app), listening(operator) as news:
            await make_bank(operator)
            await add_picture(operator, "own", PHOTOGRAPHS[0])
            told = asyncio.create_task(take_uploads(news, count))
            begin, sent = loop.time(), []
            for number in range(count):
                await asyncio.sleep(max(0.0, begin + number / A_SECOND - loop.time()))  # the pace
                sent.append(asyncio.create_task(upload(app, photograph(number))))
            answers = await asyncio.gather(*sent)
            took = loop.time() - begin
            events = await told
            stored = await ids_in_store(operator)
        log.info("%d answered in %.1f s, %d MB at most", count, took, served.memory("VmHWM") >> 20)
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["matched"] for answer in answers) == count // len(PHOTOGRAPHS)
    assert len(stored) == count
    assert {answer.json()["upload_id"] for answer in answers} == set(stored)
    assert [one.data["id"] for one in events] == stored
    assert [one.id for one in events] == sorted(one.id for one in events)


@pytest.mark.trial
@pytest.mark.timeout(600)
async def test_what_was_answered_is_in_the_store_after_a_kill_9(settings: Settings) -> None:
    answered: list[str] = []
    for round_ in range(KILLS):
        with serving(settings.data_dir) as served:
            async with clients(served) as (operator, app):
                if not round_:
                    await make_bank(operator)
                    await add_picture(operator, "own", PHOTOGRAPHS[0])
                enough = asyncio.Event()
                senders = [
                    asyncio.create_task(_send(app, answered, 10_000 * (SENDERS * round_ + one), enough))
                    for one in range(SENDERS)
                ]
                await enough.wait()
                served.kill()
                await asyncio.gather(*senders)
    with serving(settings.data_dir) as served:
        async with clients(served) as (operator, _):
            stored = await ids_in_store(operator)
    log.info("%d answered over %d kills, %d in the store", len(answered), KILLS, len(stored))
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(stored) <= len(answered) + KILLS * SENDERS


async def _send(app: httpx.AsyncClient, answered: list[str], number: int, enough: asyncio.Event) -> None:
    """Sends one after another until the connection breaks; `enough` is set in the middle of it."""
    target = len(answered) + 100
    while True:
        number += 1
        try:
            answer = await upload(app, photograph(number))
        except httpx.TransportError:
            return
        answered.append(answer.json()["upload_id"])
        if len(answered) >= target:
            enough.set()
