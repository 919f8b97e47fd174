"""9 Settings: one's own at once and kept, the bridge's with Enter, the rest says where it is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from textual.widgets import Input

from bridge.origins import Source
from bridge.runtime import running_bridge
from bridge.settings import Settings, names_of
from hma_console.app import ConsoleApp
from hma_console.bridge_settings import SettingRow
from hma_console.client import BridgeClient
from hma_console.preferences import Preferences, load
from hma_console.setting_lines import setting_lines, shown_value
from tests.console.driving import OPTIONS, Stage, opened, seen, until
from tests.fakes.bridge_api import lived_in


async def test_the_theme_changes_at_once_and_is_kept_for_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "config" / "console.toml"
    stage = Stage(lived_in(), replace(OPTIONS, preferences_file=file))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "▸Look       theme          dark")
        await pilot.press("right")
        await seen(stage, pilot, "theme          light", "It is kept for you alone.")
        assert stage.app.theme == "light"
        await pilot.press("down", "right")
        await seen(stage, pilot, "symbols        ascii")
        await pilot.press("down", "right")
        await seen(stage, pilot, "clock          utc")
    kept = load(file)
    assert (kept.theme, kept.symbols, kept.clock) == ("light", "ascii", "utc")


async def test_how_pictures_are_drawn_changes_at_once_where_the_terminal_need_not_be_asked(
    stage: Stage,
) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "draw with      auto")
        await pilot.press(*(["down"] * 4), "left")
        await seen(stage, pilot, "draw with: off.")
        assert "you chose so" in stage.app.options.means.why_not
        await pilot.press("right", "right")
        await seen(stage, pilot, "holds when the console opens next.")


async def test_a_setting_of_the_bridge_is_chosen_then_put_in_force(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "undo window    60 s")
        await pilot.press(*(["down"] * 7), "right")
        await seen(stage, pilot, "◂ 120 s ▸  now 60 s, Enter puts it in force")
        assert stage.bridge.settings.rows[1]["value"] == "60"
        await pilot.press("escape")
        await seen(stage, pilot, "undo window    60 s")
        await pilot.press("left", "enter")
        await seen(stage, pilot, "undo window: 30 s from now on.", "Changed here by ana; before it was 60 s.")
        await pilot.press("X")
        await seen(stage, pilot, "Type undo_seconds")
        await pilot.press(*"undo_seconds", "enter")
        await seen(stage, pilot, "undo window: 60 s again.")


async def test_another_value_is_typed_and_a_wrong_one_refused_in_words(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "undo window    60 s")
        await pilot.press(*(["down"] * 7), "enter")
        await seen(stage, pilot, "Takes 10 to 600 seconds")
        stage.app.screen.query_one(Input).value = "5"
        await pilot.press("enter")
        await seen(stage, pilot, "takes 10 to 600 seconds, not '5'")
        await pilot.press("enter")
        await seen(stage, pilot, "Takes 10 to 600 seconds")
        stage.app.screen.query_one(Input).value = "45"
        await pilot.press("enter")
        await seen(stage, pilot, "undo window    45 s")


async def test_that_child_safety_pictures_may_be_looked_at_is_typed(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "child safety   never")
        await pilot.press(*(["down"] * 6), "right", "enter")
        await seen(stage, pilot, "Type ask")
        assert stage.bridge.settings.rows[5]["value"] == "never"
        await pilot.press(*"ask", "enter")
        await seen(stage, pilot, "child safety: ask from now on.")


async def test_what_only_config_toml_changes_says_where(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9")
        await seen(stage, pilot, "https://pds.example.org")
        await pilot.press(*(["down"] * 10))
        await seen(stage, pilot, "From config.toml, line 4.", "Set url under [pds] in config.toml")
        await pilot.press("right")
        await seen(stage, pilot, "holds from the next start.")
        await pilot.press("y")
        await seen(stage, pilot, "Copied the value of address.")
        await pilot.press("s")
        await seen(stage, pilot, "No PDS is watched")
        await pilot.press("X")
        await seen(stage, pilot, "Nothing was changed here.")
        await pilot.press("K")
        await seen(stage, pilot, "The key is open.")


async def test_the_locked_key_is_unlocked_from_here(stage: Stage) -> None:
    stage.bridge.status["log"]["keys"] = "locked"
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("9", "K")
        await seen(stage, pilot, "Passphrase")


def test_an_address_is_shown_without_what_may_be_a_secret() -> None:
    assert shown_value("webhooks.url", "https://me:word@hooks.example.org/T0/secret?x=1") == (
        "https://hooks.example.org/…"
    )
    assert shown_value("pds.url", "https://pds.example.org") == "https://pds.example.org"
    assert shown_value("webhooks.url", "") == "none"
    assert shown_value("matcher.hma_headers", "X-Id: one, X-Word: two") == "X-Id: …, X-Word: …"
    assert shown_value("matcher.arachnid", "false") == "no"


def test_every_setting_but_those_that_bound_costs_is_told_in_words_of_its_own() -> None:
    settings = Settings(Path("/nowhere"))
    lines = setting_lines([row_of(name) for name in names_of(settings)], Preferences(), None)
    unnamed = {line.name for line in lines if line.group == "Limits"}
    assert {name.partition(".")[0] for name in unnamed} == {"limits"}
    [matching] = [line for line in lines if line.name == "matcher.arachnid"]
    assert (matching.group, matching.change.partition(";")[0]) == (
        "Matching",
        "Set arachnid under [matcher] in config.toml",
    )


def row_of(name: str) -> SettingRow:
    return SettingRow(name, "", Source.DEFAULT, "", "", False, "", ())


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_setting_goes_round_over_a_real_bridge(settings: Settings, size: tuple[int, int]) -> None:
    async with running_bridge(settings) as bridge:
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
            app = ConsoleApp(BridgeClient(http), OPTIONS)
            async with app.run_test(size=size) as pilot:

                def words() -> str:
                    return "\n".join(row.text for row in app.screen._compositor.render_strips())

                await until(pilot, lambda: "○" in words() or "▲" in words())
                await pilot.press("9")
                await until(pilot, lambda: "undo window    60 s" in words())
                await pilot.press("slash", *"undo", "enter", "right", "enter")
                await until(pilot, lambda: "undo window    120 s" in words())
                assert bridge.parts.decisions.settings.undo_seconds == 120
                await bridge.parts.live.change("deciding.undo_seconds", "20", "user:ben")
                await until(pilot, lambda: "Changed here by ben; before it was 60 s." in words())
