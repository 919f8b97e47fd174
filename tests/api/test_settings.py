"""Settings over HTTP: where each is from, and changing some while the bridge runs."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from bridge.runtime import Bridge, running_bridge
from bridge.settings import Settings, load
from tests.api.asking import AppClients, Json

URL = "/api/v1/settings"
UNDO = f"{URL}/deciding.undo_seconds"


async def setting(client: httpx.AsyncClient, name: str) -> Json:
    shown = (await client.get(URL)).json()["settings"]
    [found] = [dict(one) for one in shown if one["name"] == name]
    return found


async def logged(client: httpx.AsyncClient) -> list[Json]:
    entries = (await client.get("/api/v1/log/entries", params={"type": "setting."})).json()["entries"]
    return [entry["facts"] for entry in entries]


async def test_a_change_holds_at_once_is_logged_and_can_be_taken_back(
    operator: httpx.AsyncClient, bridge: Bridge
) -> None:
    changed = (await operator.put(UNDO, json={"value": 120})).json()
    assert (changed["value"], changed["source"], changed["started_with"]) == ("120", "here", "60")
    assert bridge.parts.decisions.settings.undo_ms == 120_000
    back = (await operator.delete(UNDO)).json()
    assert (back["value"], back["source"]) == ("60", "default")
    assert bridge.parts.decisions.settings.undo_ms == 60_000
    assert await logged(operator) == [
        {"setting": "deciding.undo_seconds", "value": 60},
        {"setting": "deciding.undo_seconds", "value": 120},
    ]
    assert (await operator.delete(UNDO)).status_code == 409


async def test_a_change_outlives_the_bridge_and_stands_above_its_file(settings: Settings) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "config.toml").write_text("# mine\n[deciding]\nundo_seconds = 30\n")
    from_file = replace(load(settings.data_dir), bridge=settings.bridge)
    async with running_bridge(from_file) as first:
        await first.parts.live.change("deciding.undo_seconds", "300", "user:ana")
    async with running_bridge(from_file) as second:
        assert second.parts.decisions.settings.undo_seconds == 300
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            shown = await setting(client, "deciding.undo_seconds")
            assert (shown["source"], shown["place"], shown["started_with"]) == ("here", "user:ana", "30")
            shown = (await client.delete(UNDO)).json()
            assert (shown["value"], shown["source"]) == ("30", "file")
            assert shown["place"] == "config.toml, line 3"


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("deciding.undo_seconds", 9, 400, "10 to 600 seconds"),
        ("deciding.undo_seconds", "soon", 400, "10 to 600 seconds"),
        ("deciding.undo_seconds", None, 400, "text or a whole number"),
        ("pictures.child_safety", "always", 400, "never or ask"),
        ("alarms.quiet", "25:00-07:00", 400, "hours like"),
        ("bridge.port", 80, 409, "[bridge] in config.toml"),
        ("bridge.prt", 80, 404, "no setting"),
    ],
)
async def test_what_a_setting_does_not_take_is_refused_and_changes_nothing(
    operator: httpx.AsyncClient, name: str, value: object, status: int, words: str
) -> None:
    refused = await operator.put(f"{URL}/{name}", json={"value": value})
    assert refused.status_code == status
    assert words in refused.json()["message"] + refused.json()["hint"]
    assert await logged(operator) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("pictures.child_safety", "ask"), ("alarms.quiet", "23:30-06:00"), ("alarms.digest", "sun 18:00")],
)
async def test_words_and_hours_are_changed_too(operator: httpx.AsyncClient, name: str, value: str) -> None:
    assert (await operator.put(f"{URL}/{name}", json={"value": value})).json()["value"] == value
    assert await logged(operator) == [{"setting": name, "value": value}]
    if name == "pictures.child_safety":
        assert (await operator.get("/api/v1/reveals")).json()["child_safety"] == "ask"


async def test_settings_are_for_operators_only(app_client: AppClients) -> None:
    app = await app_client("all")
    assert (await app.get(URL)).status_code == 403
    assert (await app.put(UNDO, json={"value": 10})).status_code == 403
