"""Blobs of the PDS on their way into the pipeline: wanted, fetched, checked against their CID.

The queue is in the store. A blob that does not come is an upload that was not checked: shown, and
fetched again until it comes, or until the PDS has it no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

from bridge.atproto.cids import sha256_of
from bridge.atproto.fetching import fetched
from bridge.atproto.pds import Pds, Record
from bridge.bell import Bell
from bridge.errors import BlobMissing, BridgeError, NotChecked, StoreError, TooLarge, Unreachable
from bridge.pipeline import Pipeline
from bridge.store.store import Store
from bridge.store.wanted import (
    WantedBlob,
    due_blobs,
    end_wanting,
    hurry_blobs,
    put_off,
    was_taken_down,
)
from bridge.uploads import Upload
from bridge.verdicts import Reason

AT_ONCE = 4
"""Blobs fetched at one time: the PDS shares the machine."""
BATCH = 16
"""Few, so that what comes meanwhile has its turn soon."""
LOOK_SECONDS = 1.0
DOWN_SECONDS = 5.0
TRIES_UNSEEN = 4
"""After so many tries, about half a minute, a blob that is not there is shown as not checked."""
RETRY_AFTER = 60

SENDER = "pds"
_CLOSED = ("RepoTakendown", "RepoDeactivated", "RepoSuspended", "RepoNotFound", "AccountNotFound")

log = logging.getLogger(__name__)


class Blobs:
    """Fetches what is wanted. `fault` says why the PDS gives nothing now, empty where it does."""

    def __init__(self, store: Store, pipeline: Pipeline, pds: Pds) -> None:
        self._store = store
        self._pipeline = pipeline
        self._pds = pds
        self._news = Bell()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._records = _Records(pds)
        self.fault = ""

    def hurry(self) -> None:
        """Something was queued just now."""
        self._news.ring()

    async def run(self) -> None:
        """Owner task: ends when cancelled."""
        while True:
            try:
                whole = await self._fetch_some()
            except StoreError as error:
                log.warning("Blobs wait: %s", error.message)
                whole = True
            if self.fault:
                await asyncio.sleep(DOWN_SECONDS)
            elif whole:
                await self._news.wait(LOOK_SECONDS)

    async def refetch(self, upload: Upload) -> None:
        """Once more for an upload that is recorded as not checked."""
        try:
            async with self._slots:
                await self._fetch(upload, again=True)
        except StoreError:
            raise
        except BridgeError as error:
            why = await self._why(upload, error)
            await self._pipeline.record_unfetched(upload, sha256_of(upload.cid), why, again=True)

    async def _fetch_some(self) -> bool:
        """Fetches some of what is due; whether that was all of it. One blob only while the PDS is down."""
        was_down = bool(self.fault)
        limit = 1 if was_down else BATCH
        due = await self._store.read(lambda connection: due_blobs(connection, limit))
        self.fault = ""
        await asyncio.gather(*(self._fetch_wanted(blob) for blob in due))
        if was_down and due and not self.fault:
            await self._store.write(hurry_blobs, ())
            return False
        return len(due) < limit

    async def _fetch_wanted(self, blob: WantedBlob) -> None:
        upload = Upload(blob.source, SENDER, did=blob.did, cid=blob.cid, uri=blob.uri)
        async with self._slots:
            await self._pds.spare()
            if self.fault:
                return  # the PDS went down meanwhile: nothing is known of this blob
            try:
                await self._fetch(upload, again=False)
            except StoreError:
                raise
            except Unreachable as error:
                self.fault = error.message
                await self._store.write(lambda connection: put_off(connection, blob), ())
            except BridgeError as error:
                if isinstance(error, BlobMissing) and await self._stands_taken_down(blob):
                    await self._store.write(lambda c: end_wanting(c, upload, is_gone=True), ())
                    return
                why = await self._why(upload, error)
                if why.reason == Reason.NOT_FETCHED and blob.attempts + 1 < TRIES_UNSEEN:
                    await self._store.write(lambda connection: put_off(connection, blob), ())
                else:
                    await self._pipeline.record_unfetched(upload, sha256_of(upload.cid), why)

    async def _fetch(self, upload: Upload, *, again: bool) -> None:
        """Raises as `fetched`, StoreError."""
        async with fetched(self._pds, self._pipeline, upload.did, upload.cid) as content:
            await self._pipeline.process(upload, content, again=again)

    async def _stands_taken_down(self, blob: WantedBlob) -> bool:
        """Whether we took it down: then that the PDS gives it to nobody is as it should be."""
        return await self._store.read(lambda connection: was_taken_down(connection, blob.did, blob.cid))

    async def _why(self, upload: Upload, error: BridgeError) -> NotChecked:
        """Why it could not be checked, and whether a later try can help."""
        if isinstance(error, TooLarge):
            return NotChecked(Reason.TOO_LARGE, error.message, None)
        if isinstance(error, BlobMissing) and await self._is_gone(upload, error):
            return NotChecked(Reason.GONE, "It was gone from the PDS before it was fetched.", None)
        return NotChecked(Reason.NOT_FETCHED, error.message, RETRY_AFTER)

    async def _is_gone(self, upload: Upload, missing: BlobMissing) -> bool:
        """Whether the PDS serves it to nobody any more: its account is closed, or its record is gone."""
        if missing.name in _CLOSED:
            return True
        if not upload.uri:
            return False
        try:
            record = await self._records.get(upload.uri)
        except Unreachable:
            return False
        return record is None or upload.cid not in record.json


class _Records:
    """Records as they were just now: one that names a thousand blobs is asked for once."""

    SIZE, SECONDS = 32, 10.0
    LONGEST = 1 << 20
    """Characters of a record that is kept: a PDS takes none of that size from its users."""

    def __init__(self, pds: Pds) -> None:
        self._pds = pds
        self._known: OrderedDict[str, tuple[float, asyncio.Task[Record | None]]] = OrderedDict()

    async def get(self, uri: str) -> Record | None:
        """None where it is gone. Raises Unreachable."""
        now = asyncio.get_running_loop().time()
        asked_at, asking = self._known.get(uri, (-self.SECONDS, None))
        if asking is None or asked_at + self.SECONDS <= now:
            asking = asyncio.create_task(self._pds.record(uri), name="record")
            self._known[uri] = (now, asking)
            self._known.move_to_end(uri)
            while len(self._known) > self.SIZE:
                self._known.popitem(last=False)
        record = await asyncio.shield(asking)
        if record is not None and len(record.json) > self.LONGEST:
            self._known.pop(uri, None)
        return record
