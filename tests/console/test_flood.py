"""A flood of one listed picture, from the first upload to the operator's decision, on the real bridge."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image, PngImagePlugin

from bridge.policy import Answer
from bridge.rules import Brakes
from bridge.runtime import Bridge, running_bridge
from bridge.settings import load
from bridge.uploads import Source, Upload
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from tests.console.driving import OPTIONS
from tests.console.test_with_the_bridge import on_screen
from tests.pictures import photographs

ACCOUNTS = 50
COUNTS = [ACCOUNTS, pytest.param(500, marks=[pytest.mark.trial, pytest.mark.timeout(300)])]
BRAKE = Brakes().automatic_an_hour


def copies(count: int) -> list[bytes]:
    """PNGs of the same picture, and no two of the same bytes."""
    picture = Image.fromarray(photographs()[0]).resize((96, 96))
    made = []
    for number in range(count):
        body, words = io.BytesIO(), PngImagePlugin.PngInfo()
        words.add_text("Comment", f"copy {number}")
        picture.save(body, "png", pnginfo=words)
        made.append(body.getvalue())
    return made


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[tuple[Bridge, httpx.AsyncClient, ConsoleApp]]:
    """A bridge whose bank takes down by itself what is near its one entry, and a console for it."""
    settings = load(folder / "data", assignments=["bridge.port=0"])
    async with running_bridge(settings) as bridge:
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
            await http.post("/api/v1/admin/banks", json={"name": "own", "on_match": "takedown"})
            await http.post("/api/v1/admin/bank/own/content", content=copies(1)[0])
            yield bridge, http, ConsoleApp(BridgeClient(http), OPTIONS)


async def post(bridge: Bridge, number: int, body: bytes, accounts: int) -> Answer:
    """As the firehose brings it: copy `number` in a post of one of so many accounts."""
    upload = Upload(
        Source.FIREHOSE,
        "pds",
        did=f"did:plc:{number % accounts:024d}",
        cid=f"bafk{number:055d}",
        uri=f"at://{number}",
    )
    async with bridge.parts.pipeline.receive() as receiver:
        await receiver.feed(body)
        return (await bridge.parts.pipeline.process(upload, await receiver.finish())).answer


@pytest.mark.parametrize("count", COUNTS)
async def test_of_one_account_the_brake_holds_what_follows_for_one_review(tmp_path: Path, count: int) -> None:
    async with guarded(tmp_path) as (bridge, http, app):
        answers = Counter([await post(bridge, number, body, 1) for number, body in enumerate(copies(count))])
        assert answers == {Answer.BLOCK: BRAKE, Answer.REVIEW: count - BRAKE}
        [case] = (await http.get("/api/v1/cases")).json()["cases"]
        assert case["file_count"] == count
        actions = (await http.get("/api/v1/actions", params={"limit": 500})).json()["actions"]
        assert [action["type"] for action in actions] == ["takedown"] * BRAKE
        async with app.run_test(size=(80, 24)) as pilot:
            await on_screen(app, pilot, "1 case waits")
            await pilot.press("2")
            await on_screen(app, pilot, f"{count} files")
            await pilot.press("t")
            await on_screen(app, pilot, "Enter takes it")
            await pilot.press("enter")
            await on_screen(app, pilot, f"Type {count}: so many files are meant.")
            await pilot.press(*str(count), "enter")
            await on_screen(app, pilot, "Nothing waits")
        [case] = (await http.get("/api/v1/cases", params={"state": "decided"})).json()["cases"]
        detail = (await http.get(f"/api/v1/cases/{case['id']}")).json()
        assert (detail["facts"]["waiting"], detail["facts"]["decided"]) == ([], 1)


@pytest.mark.parametrize("count", COUNTS)
async def test_of_fifty_accounts_one_line_decides_the_fifty_cases(tmp_path: Path, count: int) -> None:
    async with guarded(tmp_path) as (bridge, http, app):
        for number, body in enumerate(copies(count)):
            await post(bridge, number, body, ACCOUNTS)
        listed = (await http.get("/api/v1/cases", params={"limit": 200})).json()
        assert listed["total"] == ACCOUNTS
        assert {case["file_count"] for case in listed["cases"]} == {count // ACCOUNTS}
        async with app.run_test(size=(80, 24)) as pilot:
            await on_screen(app, pilot, f"{ACCOUNTS} cases wait")
            await pilot.press("2")
            await on_screen(app, pilot, f"▸×{ACCOUNTS}")
            await pilot.press("t")
            await on_screen(app, pilot, f"{ACCOUNTS} cases")
            await pilot.press("enter")
            await on_screen(app, pilot, f"Type {ACCOUNTS}")
            await pilot.press(*str(ACCOUNTS), "enter")
            await on_screen(app, pilot, f"✓ {ACCOUNTS} cases: ", "Nothing waits")
        listed = (await http.get("/api/v1/cases", params={"state": "decided", "limit": 200})).json()
        assert listed["total"] == ACCOUNTS
