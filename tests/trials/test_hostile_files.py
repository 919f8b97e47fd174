"""Damaged and hostile files through the whole program: an answer to each, and never a wrong one."""

from __future__ import annotations

import asyncio
import io
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bridge.settings import Settings
from tests.api.asking import V1, add_picture, make_bank, picture, upload
from tests.api.contract import keeps_to_the_contract
from tests.hostile import Hostile, hostile_files
from tests.serving import Served, serving

AT_ONCE = 8
MOST_MEMORY = 300_000_000

log = logging.getLogger(__name__)


async def test_a_hundred_hostile_files(settings: Settings) -> None:
    await _survives(settings.data_dir, 100, seed=3)


@pytest.mark.trial
@pytest.mark.timeout(1800)
async def test_two_thousand_hostile_files(settings: Settings) -> None:
    await _survives(settings.data_dir, 2_000, seed=4)


async def _survives(data_dir: Path, count: int, seed: int) -> None:
    with serving(data_dir) as served:
        async with served.operator() as operator:
            await make_bank(operator)
            await add_picture(operator, "own", picture())
            made = await operator.post(f"{V1}/apikeys", json={"name": "app", "scopes": ["match"]})
            before = served.memory("VmHWM")
            async with served.app(made.json()["key"]) as app:
                app.event_hooks = {"response": [keeps_to_the_contract]}
                files, statuses = hostile_files(count, seed), Counter[str]()
                await asyncio.gather(*(_send_all(app, files, statuses, served) for _ in range(AT_ONCE)))
                assert (await upload(app, picture())).json()["status"] == "matched"
            recorded = (await operator.get(f"{V1}/status")).json()["uploads"]["total"]
        log.info("%s, %d MB before, %d MB at most", statuses, before >> 20, served.memory("VmHWM") >> 20)
        assert sum(statuses.values()) == count
        assert recorded == count - statuses["empty"] + 1


async def _send_all(
    app: httpx.AsyncClient, files: Iterator[Hostile], statuses: Counter[str], served: Served
) -> None:
    """One of several senders who take the next file as soon as the last one was answered."""
    for file in files:
        answer = await upload(app, file.body)
        statuses[_status(file, answer)] += 1
        assert served.memory("VmHWM") < MOST_MEMORY, file.name


def _status(file: Hostile, answer: httpx.Response) -> str:
    """What was said of the file, checked against what an ordinary decoder makes of it."""
    if not file.body:
        assert answer.status_code == 400, file.name
        return "empty"
    body = answer.json()
    if answer.status_code == 200:
        assert body["status"] == "no_match", file.name
        assert _can_be_decoded(file.body), f"{file.name}: no_match, but nothing can decode it"
    else:
        assert "matched" not in answer.text, file.name
        expected = {413: "not_checked", 422: "unhashable", 503: "not_checked"}
        assert body["status"] == expected[answer.status_code], file.name
        assert body["upload_id"], file.name
    return str(body["status"])


def _can_be_decoded(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except Exception:
            return False
    return True
