"""An upload's bytes as they arrive: hashed on the way, kept only where they are a picture.

Whoever reads a body feeds its chunks to a `Receiver` and gets a `Content`:

    async with hasher.receive() as receiver:
        async for chunk in body:
            await receiver.feed(chunk)
        content = await receiver.finish()
        signals = await hasher.hash(content)

A picture's bytes are held once, within a budget for all pictures, until the block is left:
`Content.body` must not outlive it. Videos and everything else match by their exact hashes only,
so their bytes pass through and are forgotten.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass, field
from io import BytesIO
from types import TracebackType
from typing import Self

from bridge.budget import Budget
from bridge.decoding.media_types import HEAD, PICTURES, media_type
from bridge.errors import NotChecked, TooLarge
from bridge.limits import Limits
from bridge.signals import Signals

_BATCH = 256 << 10
"""Bytes hashed in one go: about a millisecond's work, ten times the cost of handing it over."""
_INLINE = 32 << 10
"""A rest this small is hashed sooner than it is handed to a thread."""


@dataclass(frozen=True, slots=True)
class Content:
    """What arrived: its exact hashes, its size in bytes, its type as told by its first bytes.

    `body` holds the bytes of a picture that can be decoded here, else None. `too_large` marks a
    picture above the limit: its bytes were dropped, so it can only be compared exactly.
    """

    sha256: bytes
    sha1: bytes
    md5: bytes
    size: int
    media_type: str
    body: bytes | None = field(default=None, repr=False)
    too_large: bool = False
    too_busy: bool = False

    def exact_signals(self, fault: str = "") -> Signals:
        """The signals that need no decoding."""
        return Signals(self.sha256, self.sha1, self.md5, self.size, self.media_type, fault=fault)


class Receiver:
    """Takes one body chunk by chunk. `expected` is its length where the sender said it, else None.

    Use as an async context manager, from one task on the event loop; bytes are hashed by `worker`.
    """

    def __init__(self, limits: Limits, bodies: Budget, worker: Executor, expected: int | None = None) -> None:
        self._limits = limits
        self._worker = worker
        self._hold = bodies.open(expected)
        self._hashes = (hashlib.sha256(), hashlib.sha1(), hashlib.md5())
        self._head = b""
        self._body: BytesIO | None = BytesIO()
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._hashing: asyncio.Future[None] | None = None
        self._size = 0
        self._too_large = False
        self._too_busy = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._hashed()
        finally:
            self._drop()

    async def feed(self, chunk: bytes) -> None:
        """Takes the next bytes, of any length; `bytes` only, for they are kept until hashed.

        Raises TooLarge above `Limits.upload_bytes`. Where pictures hold all the memory they are given
        for longer than `Limits.patience`, the bytes of this one are dropped and only hashed.
        """
        self._size += len(chunk)
        if self._size > self._limits.upload_bytes:
            raise TooLarge(f"Larger than the {self._limits.upload_bytes >> 20} MB taken here.")
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
        await self._keep_or_drop()
        self._pending.append(chunk)
        self._pending_size += len(chunk)
        if self._pending_size >= _BATCH:
            await self._hand_over()

    async def make_room(self, nbytes: int) -> None:
        """Holds the memory for the bytes that are fed next, so that they are kept.

        Raises NotChecked where it does not come free in time; nothing was dropped then.
        """
        await self._hold.grow(max(0, self._size + nbytes - self._hold.nbytes))

    async def let_go(self) -> bytes:
        """Hands out what came so far and keeps nothing of it, nor of the rest: that is only hashed."""
        await self._hashed()
        so_far = b"" if self._body is None else self._body.getvalue() + b"".join(self._pending)
        self._too_busy = True
        self._drop()
        return so_far

    async def finish(self) -> Content:
        """What arrived, all of it. Nothing can be fed afterwards."""
        if self._pending_size > _INLINE:
            await self._hand_over()
        await self._hashed()
        self._take_in(self._pending)
        sha256, sha1, md5 = (each.digest() for each in self._hashes)
        kind = media_type(self._head)
        # getvalue() hands out the very buffer: a copy would hold the body twice.
        body = self._body.getvalue() if self._body is not None and kind in PICTURES else None
        return Content(sha256, sha1, md5, self._size, kind, body, self._too_large, self._too_busy)

    async def _keep_or_drop(self) -> None:
        if self._body is None:
            return
        if len(self._head) == HEAD and media_type(self._head) not in PICTURES:
            self._drop()
        elif self._size > self._limits.picture_bytes:
            self._too_large = True
            self._drop()
        elif (more := self._size - self._hold.nbytes) > 0:
            try:
                await self._hold.grow(more)
            except NotChecked:
                self._too_busy = True
                self._drop()

    def _drop(self) -> None:
        self._body = None
        self._hold.release()

    async def _hand_over(self) -> None:
        """Lets a batch be hashed while the next one arrives; waits for the one before it."""
        await self._hashed()
        batch, self._pending, self._pending_size = self._pending, [], 0
        loop = asyncio.get_running_loop()
        self._hashing = loop.run_in_executor(self._worker, self._take_in, batch)

    async def _hashed(self) -> None:
        """Once nothing is being hashed any more."""
        if self._hashing is not None:
            hashing, self._hashing = self._hashing, None
            await hashing

    def _take_in(self, batch: list[bytes]) -> None:
        body = self._body  # which may be dropped meanwhile
        for chunk in batch:
            for each in self._hashes:
                each.update(chunk)
            if body is not None:
                body.write(chunk)


def content_of(body: bytes) -> Content:
    """The content of bytes that are in memory already, outside any budget: small files, tests."""
    kind = media_type(body[:HEAD])
    sha256, sha1, md5 = (hashlib.new(name, body).digest() for name in ("sha256", "sha1", "md5"))
    return Content(sha256, sha1, md5, len(body), kind, body if kind in PICTURES else None)
