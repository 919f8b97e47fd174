"""The settings in force: those the bridge was started with, and what operators changed since.

A change stands in the store, above config.toml, until it is taken back; it holds from its commit on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from bridge.changeable import CHANGEABLE, Takes
from bridge.errors import Conflict, InputError, NotFound
from bridge.events import Event, EventType
from bridge.origins import Origin, Source
from bridge.settings import Settings, names_of, value_of, with_value
from bridge.store.settings import Changed, changed_settings, forget_setting, keep_setting
from bridge.store.store import Store


class LiveSettings:
    """`now` are those in force, `started` those without what was changed here."""

    def __init__(self, store: Store, started: Settings) -> None:
        self._store = store
        self._followers: list[Callable[[Settings], None]] = []
        self.started = self.now = started

    @classmethod
    async def opened(cls, store: Store, started: Settings) -> LiveSettings:
        """Raises StoreError."""
        live = cls(store, started)
        live._take(await store.read(changed_settings))
        return live

    def follow(self, follower: Callable[[Settings], None]) -> None:
        """`follower` hears of every change after it."""
        self._followers.append(follower)

    async def change(self, name: str, value: str, actor: str) -> None:
        """Raises NotFound, Conflict where it is changed in config.toml, InputError, StoreError."""
        takes = self._takes(name)
        if not takes.fits(value):
            raise InputError(f"{name} takes {takes.words}, not {value[:40]!r}.")

        def change(connection: Connection) -> Mapping[str, Changed]:
            keep_setting(connection, name, value, actor)
            return changed_settings(connection)

        self._take(await self._store.write(change, [_said(name, value, actor)]))

    async def take_back(self, name: str, actor: str) -> None:
        """What the bridge was started with holds again.

        Raises NotFound, Conflict where it was not changed here, StoreError.
        """
        self._takes(name)

        def change(connection: Connection) -> Mapping[str, Changed]:
            if not forget_setting(connection, name):
                raise Conflict("This setting was not changed here.", "Nothing is to be taken back.")
            return changed_settings(connection)

        value = value_of(self.started, name)
        self._take(await self._store.write(change, [_said(name, value, actor)]))

    def _takes(self, name: str) -> Takes:
        if name not in names_of(self.started):
            raise NotFound(f"There is no setting {name[:60]!r}.", "`GET /settings` lists them.")
        if name not in CHANGEABLE:
            section, _, key = name.partition(".")
            raise Conflict(
                f"{name} is not changed while the bridge runs.",
                f"Set {key} under [{section}] in config.toml, and start the bridge again.",
            )
        return CHANGEABLE[name]

    def _take(self, changed: Mapping[str, Changed]) -> None:
        """What an older or newer version kept and this one does not take is passed over."""
        now = self.started
        for name, one in changed.items():
            if name in CHANGEABLE and CHANGEABLE[name].fits(one.value):
                now = with_value(now, name, one.value, Origin(Source.HERE, one.actor))
        self.now = now
        for follower in self._followers:
            follower(now)


def _said(name: str, value: str, actor: str) -> Event:
    """A value from outside what it takes, as config.toml may have it, is not told."""
    takes, facts = CHANGEABLE[name], {"setting": name}
    if not takes.fits(value):
        return Event(EventType.SETTING_CHANGED, name, actor, facts)
    told: str | int = int(value) if takes.is_number else value
    return Event(EventType.SETTING_CHANGED, name, actor, {**facts, "value": told})
