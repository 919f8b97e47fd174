"""A bridge that watches the test's PDS, with a bank of pictures; and waiting for what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bridge.catalogue import Bank
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName, seal_secret
from bridge.receiving import content_of
from bridge.records import UploadRecord
from bridge.runtime import Bridge, running_bridge
from bridge.settings import Settings
from bridge.store.secrets import put_secret
from bridge.store.uploads import upload_records
from bridge.verdicts import Verdict
from tests.houses import png
from tests.stores import PASSPHRASE

SECONDS = 30


class Watched:
    """A running bridge, and what it has in its store."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self.parts = bridge.parts

    async def bank(self, name: str = "mine", *pictures: bytes, **settings: object) -> None:
        await self.parts.banks.create(replace(Bank(name), **settings), "test")  # type: ignore[arg-type]
        for picture in pictures or (png(0),):
            signals = await self.parts.pipeline.hash(content_of(picture))
            await self.parts.banks.add_picture(name, signals, "test")

    async def secret(self, name: SecretName, value: str) -> None:
        """As `secret set NAME` does, after `key create`."""
        parts = self.parts
        if not parts.keychain.exists:
            await parts.keys.create(PASSPHRASE, "test")
        sealed = seal_secret(parts.keychain.seal_public, name, value)
        event = Event(EventType.SECRET_SET, name.value, facts={"secret": name.value})
        await parts.store.write(lambda connection: put_secret(connection, name, sealed), [event])

    async def looked_through(self) -> None:
        """Until all accounts were listed once: from then on what is new is the firehose's."""
        guard = self.parts.guard
        assert guard is not None
        async with asyncio.timeout(SECONDS):
            while True:
                told = await self.parts.store.read(guard.state)
                if told["listed_at"] is not None and not told["accounts_to_list"]:
                    return
                await asyncio.sleep(0.02)

    async def uploads(self) -> Sequence[UploadRecord]:
        """Oldest first."""
        return (await self.parts.store.read(lambda connection: upload_records(connection, limit=5000)))[::-1]

    async def of(self, *cids: str, but: Verdict | None = None) -> list[UploadRecord]:
        """The uploads of these CIDs, in this order, once all are there and none is `but` any more."""
        found: list[UploadRecord] = []

        def complete(uploads: Sequence[UploadRecord]) -> bool:
            found[:] = [each for cid in cids for each in uploads if each.cid == cid]
            return len(found) >= len(cids) and all(each.verdict is not but for each in found)

        await self.until(complete)
        return found

    async def until(self, holds: Callable[[Sequence[UploadRecord]], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds(await self.uploads()):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[Watched]:
    async with running_bridge(settings) as bridge:
        yield Watched(bridge)
        assert not bridge.failed.done(), "a task of the bridge ended by itself"
