"""A store and a fake HMA, and what changes the one and the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
from sqlalchemy import text

from bridge.banks.banks import Banks
from bridge.catalogue import Bank, Category
from bridge.hma.banks import HmaBanks
from bridge.hma.contents import Contents
from bridge.hma.mirror import Mirror, Mirrored
from bridge.hma.pull import Pull, Pulled
from bridge.matching.hma_client import HmaClient
from bridge.signals import Signal, SignalType
from bridge.store.store import Store
from tests.fakes.hma_setup import SetUpHma, set_up_hma
from tests.stores import open_store

TOKEN = "token-of-hma"
ME = "user:me"


class Lossy(httpx.AsyncHTTPTransport):
    """A line on which HMA hears each request, and answers to those in `losing` never arrive.

    Numbers count the POSTs.
    """

    def __init__(self) -> None:
        super().__init__(verify=False)
        self.losing: set[int] = set()
        self.posts = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method == "POST":
            self.posts += 1
            if self.posts in self.losing:
                await answer.aread()
                await answer.aclose()
                raise httpx.ReadError("the line broke")
        return answer


@dataclass(frozen=True, slots=True)
class HmaHouse:
    """`contents`, `banks` and what mirrors stand on one store and one HMA."""

    store: Store
    hma: SetUpHma
    line: Lossy
    contents: Contents
    banks: HmaBanks
    own: Banks

    async def own_bank(self, name: str, hashes: Sequence[Signal], category: Category = Category.OWN) -> Bank:
        bank = await self.own.create(Bank(name, category), ME)
        await self.own.add_signals(name, hashes, ME)
        return bank

    async def mirrored(self, name: str) -> Mirrored:
        """All slices, each as short as can be; the last one, with the counts of all."""
        mirror, after, added, already, removed = (
            Mirror(self.store, self.contents, self.banks, 0.0),
            0,
            0,
            0,
            0,
        )
        while True:
            done = await mirror.push(name, ME, after)
            added, already, removed = added + done.added, already + done.already, removed + done.removed
            if done.is_done:
                return Mirrored(
                    done.bank, done.there, added, already, removed, done.left, done.unheld, done.next, True
                )
            after = done.next

    async def pulled(self, name: str, from_bank: str) -> Pulled:
        return await Pull(self.store, self.contents, 60.0).pull(name, from_bank, ME)

    def there(self, bank: str) -> list[str]:
        """The PDQ hashes that HMA has in a bank, each as often as it has it."""
        contents = [each for each in self.hma.state.contents.values() if each.bank.name == bank]
        return sorted(each.signals["pdq"] for each in contents if "pdq" in each.signals)

    async def logged(self) -> list[str]:
        return await self.store.read(
            lambda connection: [
                f"{row.type} {row.subject}"
                for row in connection.execute(text("SELECT type, subject FROM events ORDER BY seq"))
                if row.type.startswith("bank.")
            ]
        )


def pdqs(count: int, seed: int = 1) -> list[Signal]:
    """Hashes of no picture, as a picture's are: half of their bits set, on the average."""
    random = Random(seed)
    return [Signal(SignalType.PDQ, random.randbytes(32)) for _ in range(count)]


def hex_of(signals: Sequence[Signal]) -> list[str]:
    return sorted(signal.hex for signal in signals)


@asynccontextmanager
async def hma_house(folder: Path, token: str = TOKEN) -> AsyncIterator[HmaHouse]:
    store = await open_store(folder / "store.db")
    line = Lossy()

    async def told() -> str:
        return token

    async with set_up_hma(token) as hma:
        client = HmaClient(hma.url, told, transport=line)
        contents = Contents(store, client)
        yield HmaHouse(store, hma, line, contents, HmaBanks(store, contents), Banks(store))
        await client.close()
    await store.close()
