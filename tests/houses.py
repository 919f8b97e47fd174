"""A pipeline on a real store, hasher and matcher, for tests to send pictures through."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from pathlib import Path

from PIL import Image

from bridge.banks.banks import Banks
from bridge.catalogue import Bank
from bridge.errors import NotChecked
from bridge.hashing import Hasher
from bridge.limits import Limits
from bridge.matching.embedded import EmbeddedMatcher
from bridge.outcomes import Outcome
from bridge.pipeline import Pipeline
from bridge.receiving import Content
from bridge.records import UploadRecord
from bridge.signals import Signals
from bridge.store.events import events_after
from bridge.store.store import Store
from bridge.store.uploads import upload_records
from bridge.uploads import Source, Upload
from bridge.verdicts import Reason
from tests.pictures import photographs


@cache
def png(number: int) -> bytes:
    body = io.BytesIO()
    Image.fromarray(photographs()[number]).save(body, "png")
    return body.getvalue()


@cache
def jpeg(number: int) -> bytes:
    body = io.BytesIO()
    Image.fromarray(photographs()[number]).save(body, "jpeg", quality=70)
    return body.getvalue()


class House:
    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.hasher = Hasher(Limits(picture_bytes=1 << 20, upload_bytes=8 << 20))
        self.matcher = EmbeddedMatcher(store, folder)
        self.pipeline = Pipeline(store, self.hasher, self.matcher)
        self.banks = Banks(store)

    async def bank(self, name: str, *pictures: bytes, **settings: object) -> None:
        await self.banks.create(replace(Bank(name), **settings), "test")  # type: ignore[arg-type]
        for picture in pictures:
            async with self.pipeline.receive() as receiver:
                await receiver.feed(picture)
                signals = await self.pipeline.hash(await receiver.finish())
            await self.banks.add_picture(name, signals, "test")

    async def upload(self, body: bytes, **where: object) -> Outcome:
        upload = Upload(Source.API, "key:app", **where)  # type: ignore[arg-type]
        async with self.pipeline.receive() as receiver:
            await receiver.feed(body)
            return await self.pipeline.process(upload, await receiver.finish())

    async def recorded(self, outcome: Outcome) -> UploadRecord:
        ids = [outcome.upload.id]
        (record,) = await self.store.read(lambda connection: upload_records(connection, ids=ids))
        return record

    async def events(self) -> list[str]:
        return [kind.value for _, kind, _ in await self.store.read(lambda c: events_after(c, 0, 999))]


class Busy(Hasher):
    """Has no thread free for any picture."""

    async def hash(self, content: Content) -> Signals:
        raise NotChecked(Reason.BUSY, "Too many pictures at once.", 10)
