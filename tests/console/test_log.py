"""The Log screen on a real bridge: entries as they come, the key, the check, the export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from bridge.compliance.verify import verify
from bridge.runtime import running_bridge
from bridge.settings import Settings
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from tests.console.driving import OPTIONS, until

pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")
PASSPHRASE = "five plain words"
Seen = Callable[[str], object]


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


class Screen:
    """The console's Log, as a person sees it."""

    def __init__(self, pilot: Pilot[None], http: httpx.AsyncClient) -> None:
        self.pilot, self.http = pilot, http

    @property
    def words(self) -> str:
        return "\n".join(row.text for row in self.pilot.app.screen._compositor.render_strips())

    async def seen(self, text: str) -> None:
        await until(self.pilot, lambda: text in self.words)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, *texts: str) -> None:
        """Fills the fields of the form that is open, and sends it."""
        await until(self.pilot, lambda: len(self.pilot.app.screen.query(Input)) == len(texts))
        for field, text in zip(self.pilot.app.screen.query(Input), texts, strict=True):
            field.value = text
        list(self.pilot.app.screen.query(Input))[-1].focus()
        await self.pilot.press("enter")


@asynccontextmanager
async def log_screen(settings: Settings) -> AsyncIterator[Screen]:
    async with running_bridge(settings):
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
            app = ConsoleApp(BridgeClient(http), OPTIONS)
            async with app.run_test(size=(80, 24)) as pilot:
                screen = Screen(pilot, http)
                await screen.seen("Welcome")
                await screen.press("7")
                await screen.seen("log begun")
                yield screen


async def test_from_no_key_to_a_checked_and_exported_log(settings: Settings, tmp_path: Path) -> None:
    async with log_screen(settings) as screen:
        await screen.seen("not signed")
        await screen.seen("no key yet")
        await screen.press("x")
        await screen.seen("An export waits for the key: K.")
        await screen.press("K")
        await screen.type("short", "short")
        await screen.seen("At least 12 characters.")
        await screen.type(PASSPHRASE, "another passphrase")
        await screen.seen("The two are not the same.")
        assert PASSPHRASE not in screen.words
        await screen.type(PASSPHRASE, PASSPHRASE)
        await screen.seen("all signed")
        await screen.seen("unlocked")
        await screen.seen("SHA256:")
        await screen.press("s")
        await screen.seen("✓ Whole.")
        await screen.seen("Not proven: that the clock was right.")
        await screen.press("x")
        await screen.seen("the whole log, names hidden")
        await screen.press("enter")
        await screen.type(str(tmp_path / "out.zip"))
        await screen.seen("entries written to")
        assert verify(str(tmp_path / "out.zip")).ok


async def test_entries_come_as_they_happen_and_are_filtered_and_found(settings: Settings) -> None:
    async with log_screen(settings) as screen:
        await screen.http.post("/api/v1/admin/banks", json={"name": "mine"})
        await screen.seen("bank 1 made")
        await screen.press("o", "o")
        await screen.seen("o only: banks")
        await until(screen.pilot, lambda: "log begun" not in screen.words)
        await screen.press("o")
        await screen.seen("o only: log")
        await until(screen.pilot, lambda: "bank 1 made" not in screen.words)
        await screen.press("o", "slash")
        await screen.press(*"heart")
        await until(screen.pilot, lambda: "log begun" not in screen.words and "heartbeat" in screen.words)


async def test_a_locked_key_is_said_and_opened_by_its_passphrase_only(settings: Settings) -> None:
    async with log_screen(settings) as screen:
        await screen.press("K")
        await screen.type(PASSPHRASE, PASSPHRASE)
        await screen.seen("unlocked")
    async with log_screen(settings) as screen:
        await screen.seen("locked")
        await screen.seen("unsigned")
        await screen.press("K")
        await screen.type("not this one at all")
        await screen.seen("does not open the log's key")
        await screen.press("K")
        await screen.type(PASSPHRASE)
        await screen.seen("all signed")
