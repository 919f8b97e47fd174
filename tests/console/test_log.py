"""The Log screen on a real bridge: entries as they come, the key, the check, the export."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from bridge.compliance.verify import verify
from bridge.events import Event, EventType
from bridge.runtime import Bridge, running_bridge
from bridge.settings import Settings
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from hma_console.screens.log import LogScreen
from hma_console.widgets.row_list import RowList
from tests.console.driving import OPTIONS, until
from tests.fakes.time_stamping import time_stamping
from tests.houses import png

pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")
PASSPHRASE = "five plain words"
Seen = Callable[[str], object]


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


class Screen:
    """The console's Log, as a person sees it."""

    def __init__(self, pilot: Pilot[None], http: httpx.AsyncClient, bridge: Bridge) -> None:
        self.pilot, self.http, self.bridge = pilot, http, bridge

    async def say(self, *events: Event) -> None:
        """Writes into the log, as the bridge does."""
        await self.bridge.parts.store.write(lambda _: None, events)

    async def command(self, action: str) -> None:
        """Takes what stands under `:` on the Log."""
        assert action in [each[2] for each in LogScreen.MORE_COMMANDS]
        await self.pilot.app.run_action(action, self.pilot.app.screen)

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
    async with running_bridge(settings) as bridge:
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
            app = ConsoleApp(BridgeClient(http), OPTIONS)
            async with app.run_test(size=(80, 24)) as pilot:
                screen = Screen(pilot, http, bridge)
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
        await screen.press("o", "o")
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


def beat(number: int) -> Event:
    return Event(EventType.HEARTBEAT, "bridge", facts={"entries": number})


async def test_at_the_end_of_the_list_older_entries_follow(settings: Settings) -> None:
    async with log_screen(settings) as screen:
        await screen.say(*(beat(number) for number in range(450)))
        rows = screen.pilot.app.screen.query_one(RowList)
        await until(screen.pilot, lambda: rows.rows[0].index > 450)
        await screen.press("end")
        await until(screen.pilot, lambda: len(rows.rows) == 400)
        assert "log begun" not in screen.words
        await screen.press("end")
        await until(screen.pilot, lambda: rows.rows[-1].what == "log begun")
        newest = rows.rows[0].index
        await screen.say(beat(450))
        await until(screen.pilot, lambda: rows.rows[0].index > newest)
        indices = [row.index for row in rows.rows]
        assert indices == list(range(len(indices)))[::-1]


async def test_a_day_is_found_wherever_it_lies(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with log_screen(settings) as screen:
        with monkeypatch.context() as patched:
            patched.setattr("bridge.compliance.growth.now_ms", lambda: 946_728_000_000)
            await screen.say(Event(EventType.BANK_DELETED, "7", facts={"bank": 7}))
        await screen.say(*(beat(number) for number in range(250)))
        await until(screen.pilot, lambda: "log begun" not in screen.words and "heartbeat" in screen.words)
        await screen.press("slash", *"2000-01-01")
        await screen.seen("bank 7 deleted")
        await screen.seen("2000-01-01 12:00:00 UTC")
        await screen.press("escape")
        await screen.seen("heartbeat")


async def test_one_case_alone_and_its_files(settings: Settings) -> None:
    async with log_screen(settings) as screen:
        await screen.http.post("/api/v1/admin/banks", json={"name": "mine"})
        await screen.http.post("/api/v1/admin/bank/mine/content", content=png(0))
        await screen.http.post("/api/v1/match", content=png(0))
        await screen.say(beat(1))
        rows = screen.pilot.app.screen.query_one(RowList)
        await until(screen.pilot, lambda: "case.opened" in [row.type for row in rows.rows[1:]])
        await until(screen.pilot, lambda: rows.rows[0].type == "heartbeat")
        await screen.press("home", "enter")
        await screen.seen("This entry belongs to no case.")
        await screen.press("down", "o")
        case_id = next(row.case_id for row in rows.rows if row.case_id)
        await screen.seen(f"o only: {case_id[:4]}")
        await until(screen.pilot, lambda: {row.case_id for row in rows.rows} == {case_id})
        await screen.press("enter")
        await screen.seen("the very same bytes")


async def test_only_the_names_that_were_chosen_leave(settings: Settings, tmp_path: Path) -> None:
    async with log_screen(settings) as screen:
        await screen.press("K")
        await screen.type(PASSPHRASE, PASSPHRASE)
        await screen.seen("all signed")
        await screen.press("x", "end", "enter")
        await screen.type("bank and more")
        await screen.seen("There is no and.")
        await screen.type("name, bank")
        await screen.type(str(tmp_path / "out"))
        await screen.seen("entries written to")
        facts = json.loads((tmp_path / "out/bundle.json").read_text())
        assert sorted(facts["disclosed"]) == ["bank", "name"]


async def test_what_has_no_key_stands_under_the_colon(settings: Settings) -> None:
    async with time_stamping() as service:
        stamped = replace(settings, log=replace(settings.log, timestamp_url=service.url))
        async with log_screen(stamped) as screen:
            await screen.command("stamp")
            await screen.seen("The log has no key yet")
            await screen.press("K")
            await screen.type(PASSPHRASE, PASSPHRASE)
            await screen.seen("all signed")
            await screen.command("stamp")
            await screen.seen("was time-stamped")
            await screen.command("rotate")
            await screen.type(PASSPHRASE)
            await screen.seen("signing key changed")
            await screen.command("accept")
            await screen.seen("Nothing is wrong with the log.")
