"""A pipeline whose matcher asks a fake HMA over HTTP, on a real store, for tests to send pictures through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bridge.banks.from_hma import HmaBankRows
from bridge.catalogue import Bank
from bridge.errors import NotFound
from bridge.matching.breaker import Breaker
from bridge.matching.failover import Failover
from bridge.matching.hma import HmaMatcher
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_pictures import HmaPictures
from bridge.matching.matcher import Query
from bridge.outcomes import Outcome
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.rechecks import Rechecks
from bridge.signals import Signals
from bridge.store.banks import all_banks
from bridge.verdicts import Comparison
from tests.fakes.hma import FakeHma, fake_hma
from tests.houses import House
from tests.stores import open_store

PATIENCE = 60.0
"""Seconds that HMA has: a busy machine is no slow HMA."""


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class HmaHouse(House):
    """`pipeline` asks `hma`, with the lists here behind it; `other` is the same without HMA.

    Where it `sends`, HMA gets the pictures, too, and `pictures` counts them.
    """

    def __init__(
        self, folder: Path, house: House, fake: FakeHma, *, is_union: bool, sends: bool = False
    ) -> None:
        self.store, self.hasher, self.matcher, self.banks = (
            house.store,
            house.hasher,
            house.matcher,
            house.banks,
        )
        self.other = house.pipeline
        self.fake = fake
        self.clock = Clock()
        client = HmaClient(fake.url, no_token, seconds=PATIENCE)
        self.pictures = HmaPictures(client)
        rows, pictures = HmaBankRows(self.store), self.pictures if sends else None
        self.hma = HmaMatcher(client, rows, Breaker(self.clock), self.clock, pictures)
        self.failover = Failover(self.hma, self.matcher, is_union=is_union)
        self.pipeline = Pipeline(self.store, self.hasher, self.failover)
        self.rechecks = Rechecks(self.store, self.failover, self.pipeline, Pause(self.store))

    async def signals(self, body: bytes) -> Signals:
        async with self.pipeline.receive() as receiver:
            await receiver.feed(body)
            return await self.pipeline.hash(await receiver.finish())

    async def banked(self, bank: str, *bodies: bytes, ratio: float = 1.0) -> list[int]:
        """A bank at HMA with these pictures' hashes, in an index that has them; their content ids."""
        hashes = []
        for body in bodies:
            reference = (await self.signals(body)).reference
            assert reference is not None
            hashes.append(reference.pdq.hex())
        return self.fake.load(bank, *hashes, ratio=ratio)

    async def asked(self, body: bytes, *, listed: bool = True) -> Comparison:
        """What HMA alone says of it."""
        query = Query.of_upload(await self.signals(body))
        return await self.hma.match(replace(query, listed=listed))

    @property
    def got(self) -> int:
        """How often HMA was to hash a picture."""
        return self.fake.asked.count("POST /h/hash")

    async def row(self, name: str) -> Bank:
        rows = await self.store.read(all_banks)
        return next(bank for bank in rows if bank.name == name)

    async def recheck(self) -> None:
        """What the owner task does: all that is due, once."""
        while not await self.rechecks._look_once():
            pass

    async def verdicts(self, *outcomes: Outcome) -> list[str]:
        """As they are recorded by now."""
        return [(await self.recorded(outcome)).verdict.value for outcome in outcomes]


async def no_token() -> str:
    raise NotFound("There is no secret.")


@asynccontextmanager
async def hma_house(folder: Path, *, is_union: bool = False, sends: bool = False) -> AsyncIterator[HmaHouse]:
    store = await open_store(folder / "store.db")
    house = House(store, folder / "index")
    await house.matcher.start()
    async with fake_hma() as fake:
        opened = HmaHouse(folder, house, fake, is_union=is_union, sends=sends)
        try:
            yield opened
        finally:
            await opened.hma.close()
            await house.matcher.close()
            house.hasher.close()
            await store.close()
