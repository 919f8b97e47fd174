"""Lists to sync in tests: a source that a test writes, and what a bank holds after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from sqlalchemy import text

from bridge.banks.exchanges.exchange import Drop, Exchange, Kind, Page, Put, Setting
from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.exchanges.syncing import Syncs
from bridge.catalogue import Category, ListKind
from bridge.errors import ExchangeError, KeysLocked, NotFound
from bridge.keys.secrets import SecretName
from bridge.signals import Signal, SignalType
from bridge.store.exchanges import StoredExchange, find_exchange
from bridge.store.store import Store


def md5(number: int) -> Signal:
    return Signal(SignalType.MD5, number.to_bytes(16))


def sha1(number: int) -> Signal:
    return Signal(SignalType.SHA1, number.to_bytes(20))


@dataclass
class Source:
    """What the owner has: changes in order. A full listing names all keys; errors come once each."""

    changes: list[Put | Drop] = field(default_factory=list)
    page_size: int = 2
    errors: list[ExchangeError | Exception] = field(default_factory=list)
    errors_at: int = 0
    expired: bool = False
    refuses: int = 0
    """So many places that it named itself are refused."""
    asked: list[str] = field(default_factory=list)

    def put(self, key: str, *signals: Signal, label: str = "") -> None:
        self.changes.append(Put(key, signals, label))

    def drop(self, key: str) -> None:
        self.changes.append(Drop(key))

    def forget_quietly(self, key: str) -> None:
        """As if it had never been listed: only a full listing can tell."""
        self.changes = [change for change in self.changes if change.key != key]

    @property
    def values(self) -> set[tuple[str, str]]:
        latest = {change.key: change for change in self.changes}
        signals = [s for change in latest.values() if isinstance(change, Put) for s in change.signals]
        return {(signal.type.value, signal.hex) for signal in signals}


@dataclass(frozen=True)
class Scripted:
    source: Source

    async def page(self, checkpoint: str) -> Page:
        self.source.asked.append(checkpoint)
        state = json.loads(checkpoint) if checkpoint else {"at": 0, "full": True}
        if checkpoint and self.source.expired:
            self.source.expired = False
            raise ExchangeError("The checkpoint is of no use any more.", expired=True)
        if self.source.errors and state["at"] >= self.source.errors_at:
            raise self.source.errors.pop(0)
        at, full = state["at"], state["full"]
        begun_again = bool(checkpoint) and self.source.refuses > 0
        if begun_again:
            self.source.refuses, at = self.source.refuses - 1, 0
        end = at + self.source.page_size
        last = end >= len(self.source.changes)
        now = {
            "at": min(end, len(self.source.changes)),
            "full": full and not last,
            "n": len(self.source.asked),
        }
        changes = tuple(self.source.changes[at:end])
        return Page(changes, json.dumps(now), last, complete=bool(last and full), begun_again=begun_again)


class Office:
    """Syncs over a store, each list named by its source."""

    def __init__(self, store: Store, secrets: Mapping[SecretName, str] | None = None) -> None:
        self.store = store
        self.sources: dict[str, Source] = {}
        self.held = dict(secrets or {})
        self.locked = False
        kind = Kind(
            ListKind.NCMEC,
            "a list of a test",
            SecretName.NCMEC if secrets is not None else None,
            {"source": Setting(lambda name: name in self.sources, "the name of a source")},
            None,
            3600,
            self._make,
        )
        self.syncs = Syncs(store, self._secret, httpx.AsyncClient, {kind.name: kind})
        self.exchanges = Exchanges(store, self.syncs)

    def _make(self, settings: Mapping[str, str], client: httpx.AsyncClient, secret: str) -> Exchange:
        return Scripted(self.sources[settings["source"]])

    async def _secret(self, name: SecretName) -> str:
        if self.locked:
            raise KeysLocked("The log's keys are locked.")
        if name not in self.held:
            raise NotFound(
                f"The secret {name.value} is not set.", f"Run `hma-console secret set {name.value}`."
            )
        return self.held[name]

    async def connect(self, name: str, bank: str = "", category: Category | None = None) -> Source:
        source = self.sources[name] = Source()
        await self.exchanges.connect(name, ListKind.NCMEC, {"source": name}, "user:op", bank, category)
        return source

    async def sync(self, name: str) -> StoredExchange:
        await self.syncs.ask(name)
        return await self.state(name)

    async def state(self, name: str) -> StoredExchange:
        return await self.store.read(lambda connection: find_exchange(connection, name))

    async def values(self, bank: str) -> set[tuple[str, str]]:
        rows = await self.store.read(
            lambda connection: connection.execute(
                text(
                    "SELECT signal_type, value FROM entries JOIN banks ON banks.id = bank_id"
                    " WHERE name = :bank"
                ),
                {"bank": bank},
            ).all()
        )
        return {(row.signal_type, row.value.hex()) for row in rows}


async def until(is_so: Callable[[], object], tries: int = 2000) -> None:
    """Waits for what another task does."""
    for _ in range(tries):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come about")


def contents(rows: Sequence[tuple[int | None, int]]) -> set[int]:
    return {content or id_ for content, id_ in rows}
