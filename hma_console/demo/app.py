"""The small app of the demo: uploads pictures over HTTP with an API key, as a photo service would."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass

import httpx

from bridge.uploads import new_id
from bridge.verdicts import Verdict
from hma_console.answers import Body
from hma_console.demo.pictures import PictureFile
from hma_console.demo.plan import PlannedUpload
from hma_console.wire import PATIENT, Refused, Wire

THRESHOLD = "0.8"
"""A similarity: what photo services send by habit. It never widens a bank's own threshold."""
CHUNK = 64 << 10


@dataclass(frozen=True, slots=True)
class Found:
    """A match as the bridge tells it: the bank, the distance in bits, and the view it was found in."""

    bank: str
    distance: int
    view: str

    @classmethod
    def parse(cls, body: Body) -> Found:
        return cls(body.text("bank"), body.number("distance"), body.text("view"))


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A planned upload with the bridge's verdict, its nearest match, and the time until it came."""

    planned: PlannedUpload
    verdict: Verdict
    found: Found | None
    took_ms: float

    @property
    def is_right(self) -> bool:
        """Whether a planted copy matched, or an unrelated picture was compared and did not."""
        return self.verdict is (Verdict.MATCHED if self.planned.planted else Verdict.NO_MATCH)


class DemoApp:
    """Uploads through `http`, whose base address is a bridge's and whose headers carry the key."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._wire = Wire(http)

    async def upload_all(self, planned: Iterable[PlannedUpload]) -> AsyncGenerator[Uploaded]:
        """One after the other, each prepared in a thread. Raises Refused, BadAnswer, Unreachable."""
        for upload in planned:
            yield await self._upload(upload, await asyncio.to_thread(upload.prepare))

    async def _upload(self, planned: PlannedUpload, file: PictureFile) -> Uploaded:
        began = time.perf_counter()
        body = await self._answer(planned, file)
        took_ms = (time.perf_counter() - began) * 1000
        verdict = body.word("status", Verdict)
        found = body.many("matches", Found.parse) if verdict is Verdict.MATCHED else ()
        return Uploaded(planned, verdict, next(iter(found), None), took_ms)

    async def _answer(self, planned: PlannedUpload, file: PictureFile) -> Body:
        boundary = new_id()
        try:
            answer = await self._wire.ask(
                "POST",
                "/match",
                content=_form(boundary, planned, file),
                headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
                timeout=PATIENT,
            )
        except Refused as refused:
            if "status" not in refused.body:
                raise
            return Body(refused.body)  # an upload that was recorded, but not compared
        return Body(answer)


async def _form(boundary: str, planned: PlannedUpload, file: PictureFile) -> AsyncIterator[bytes]:
    """A form without a length and with the file before the fields: the hardest order to take."""
    fields = {
        "threshold": THRESHOLD,
        "author_did": planned.author,
        "photo_id": f"demo-{planned.number:06d}",
        "metadata": json.dumps({"title": planned.picture.title, "made": planned.transformation}),
    }
    yield (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="image"; filename="{file.name}"\r\n'
        f"Content-Type: {file.media_type}\r\n\r\n"
    ).encode()
    for start in range(0, len(file.content), CHUNK):
        yield file.content[start : start + CHUNK]
    for name, value in fields.items():
        yield f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
    yield f"\r\n--{boundary}--\r\n".encode()
