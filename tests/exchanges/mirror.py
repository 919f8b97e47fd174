"""A bank in memory that an exchange is read into, page by page, as the bridge reads it into a real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import httpx

from bridge.banks.exchanges.exchange import Drop, Exchange, Page
from bridge.errors import ExchangeError
from bridge.signals import Signal


def client_of(app: Callable[..., Any]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app))


@dataclass
class Mirror:
    exchange: Exchange
    checkpoint: str = ""
    listed: dict[str, tuple[Signal, ...]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    unread: int = 0
    pages: int = 0
    begun_again: int = 0

    @property
    def values(self) -> set[tuple[str, str]]:
        return {(signal.type.value, signal.hex) for signals in self.listed.values() for signal in signals}

    async def read(self) -> None:
        """One sync. Raises ExchangeError; what was read before it is kept."""
        while True:
            try:
                page = await self.exchange.page(self.checkpoint)
            except ExchangeError as error:
                if not error.expired:
                    raise
                self.checkpoint, self.unread, self.named = "", 0, set()
                continue
            self._take(page)
            if page.last:
                return

    def _take(self, page: Page) -> None:
        for change in page.changes:
            self.named.add(change.key)
            if isinstance(change, Drop):
                self.listed.pop(change.key, None)
            else:
                self.listed[change.key], self.labels[change.key] = change.signals, change.label
        if page.complete:
            for key in self.listed.keys() - self.named:
                del self.listed[key]
            self.named = set()
        self.checkpoint = page.checkpoint
        self.begun_again += page.begun_again
        self.unread += page.unread
        self.pages += 1


class Owner(Protocol):
    @property
    def values(self) -> set[tuple[str, str]]:
        """What a bank should hold of its list."""
        ...


OwnerT = TypeVar("OwnerT", bound=Owner)


@dataclass
class Reading(Generic[OwnerT]):
    """A list at its owner's, and a bank it is read into."""

    owner: OwnerT
    mirror: Mirror

    async def read(self) -> None:
        await self.mirror.read()
        assert self.mirror.values == self.owner.values
