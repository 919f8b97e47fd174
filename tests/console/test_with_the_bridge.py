"""The console on the real bridge: what one types and sees from the first start to the first case."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from textual.pilot import Pilot
from textual.widgets import Input

from bridge.keys.passphrases import PassphraseSources
from bridge.runtime import running_bridge
from bridge.settings import Settings, load
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from tests.console.driving import OPTIONS, until


def picture(seed: int, width: int = 320) -> bytes:
    """Smooth blobs as a JPEG: benign, and unlike each other by their seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((width, width * 3 // 4), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@asynccontextmanager
async def console_on(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, ConsoleApp]]:
    """A bridge of its own on these settings, and a console that has not been opened yet."""
    async with running_bridge(settings, PassphraseSources(command="echo five plain words for tests")):
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
            yield http, ConsoleApp(BridgeClient(http), OPTIONS)


async def on_screen(app: ConsoleApp, pilot: Pilot[Any], *texts: str) -> None:
    def words() -> str:
        return "\n".join(row.text for row in app.screen._compositor.render_strips())

    await until(pilot, lambda: all(text in words() for text in texts))


async def test_a_match_is_decided_undone_decided_again_and_undone_after_a_restart(tmp_path: Path) -> None:
    settings = load(tmp_path / "data", assignments=["bridge.port=0"])
    async with console_on(settings) as (http, app):
        await http.post("/api/v1/admin/banks", json={"name": "own"})
        await http.post("/api/v1/admin/bank/own/content", content=picture(1))
        for _ in range(2):
            await http.post("/api/v1/match", content=picture(1))
        async with app.run_test(size=(80, 24)) as pilot:
            await on_screen(app, pilot, "2 cases wait")
            await pilot.press("2")
            await on_screen(app, pilot, "Very same bytes.", "This entry was never decided here.")
            await pilot.press("r")
            await on_screen(app, pilot, "Enter takes it")
            await pilot.press("enter")
            await on_screen(app, pilot, ": released.", "u undo", "1 case waits")
            await pilot.press("u")
            await on_screen(app, pilot, "Undone.", "2 cases wait")
            await pilot.press("enter")
            await on_screen(app, pilot, "2 of 2", "the very same bytes", "never decided here")
            await pilot.press("f")
            await on_screen(app, pilot, "was then wrong here 1 time.")
            await pilot.press("enter")
            await on_screen(
                app, pilot, ": released for good.", "Case ", "this entry was wrong here 1 time of 1"
            )
    async with console_on(settings) as (_, app), app.run_test(size=(80, 24)) as pilot:
        await on_screen(app, pilot, ": released for good.", "u undo", "1 case waits")
        await pilot.press("u")
        await on_screen(app, pilot, "Undone.", "2 cases wait")


async def test_a_bank_is_made_filled_and_matched_under_the_operators_eyes(tmp_path: Path) -> None:
    known = tmp_path / "known.jpg"
    known.write_bytes(picture(1))
    settings = load(tmp_path / "data", assignments=["bridge.port=0"])
    async with console_on(settings) as (http, app), app.run_test(size=(80, 24)) as pilot:

        def words() -> str:
            return "\n".join(row.text for row in app.screen._compositor.render_strips())

        async def seen(text: str) -> None:
            await until(pilot, lambda: text in words())

        await seen("No list is connected: nothing can match.")
        await pilot.press("5")
        await seen("No bank yet")
        await pilot.press("i", "enter")
        await seen("Category")
        await pilot.press(*"own", "enter", "enter", "enter", "enter")
        await seen("▸own")
        await pilot.press("i", "j", "enter")
        await seen("A picture into own")
        app.screen.query_one(Input).value = str(known)
        await pilot.press("enter")
        await seen("4 hashes of known.jpg added")
        await pilot.press("3")
        await seen("No upload was seen yet.")
        for content in (picture(2), picture(1, width=480)):
            await http.post("/api/v1/match", content=content)
        await seen("◆ matched     own")
        await seen("· no match")
        await pilot.press("2")
        await seen("1 case waits")
        await seen("◆ 1 wait  seen 2  waiting 1  not checked 0  banks 4 ✓")
