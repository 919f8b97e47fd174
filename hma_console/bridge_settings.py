"""The bridge's settings over its API: what holds, where it is from, and changing what can be changed.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bridge.origins import Source
from hma_console.answers import Body
from hma_console.wire import Wire


@dataclass(frozen=True, slots=True)
class SettingRow:
    """`place` is the line of config.toml, the variable, or who changed it here; `started_with` is what holds
    once such a change is taken back. `choices` are the usual ones.
    """

    name: str
    value: str
    source: Source
    place: str
    started_with: str
    can_change: bool
    takes: str
    choices: tuple[str, ...]

    @classmethod
    def parse(cls, body: Body) -> SettingRow:
        return cls(
            name=body.text("name"),
            value=body.text("value"),
            source=body.word("source", Source),
            place=body.text("place"),
            started_with=body.text("started_with"),
            can_change=body.flag("can_change"),
            takes=body.text("takes"),
            choices=body.texts("choices"),
        )


class SettingsClient:
    """The settings of one bridge, through `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def list(self) -> tuple[SettingRow, ...]:
        return Body(await self._wire.ask("GET", "/settings")).many("settings", SettingRow.parse)

    async def change(self, name: str, value: str) -> SettingRow:
        """Holds at once, above config.toml."""
        return SettingRow.parse(Body(await self._wire.ask("PUT", _setting(name), body={"value": value})))

    async def take_back(self, name: str) -> SettingRow:
        """What the bridge was started with holds again."""
        return SettingRow.parse(Body(await self._wire.ask("DELETE", _setting(name))))


def _setting(name: str) -> str:
    return f"/settings/{quote(name, safe='')}"
