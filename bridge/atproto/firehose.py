"""The firehose of the PDS: every blob that a record refers to is queued, and the cursor with it.

What it found and how far it read are one transaction, so a restart goes on where it was. What the
stream itself says it left out (an old cursor, a PDS restored from a backup, a frame that cannot be
read) is logged, and all accounts are looked through again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection

from bridge.atproto.blobs import Blobs
from bridge.atproto.frames import AccountNews, BadFrame, Commit, Fault, Frame, Info, Unknown, read_frame
from bridge.atproto.listing import Listing
from bridge.atproto.pds import Pds
from bridge.atproto.streams import State, Stream, gathered
from bridge.events import Event, EventType
from bridge.store.store import Store
from bridge.store.wanted import WantedBlob, look_through_repos, position, set_position, want_blobs
from bridge.uploads import Source, now_ms

DECODED_INLINE = 64 << 10
"""Bytes of a frame that is read sooner than it is handed to a thread."""
CURSOR = "firehose"

log = logging.getLogger(__name__)


class Gap(StrEnum):
    """Why the stream may have left something out."""

    OUTDATED = "outdated"
    FUTURE = "future"
    UNREADABLE = "unreadable"


class Firehose:
    """`run` is the owner task. `stream`, `seq` and `frame_at` say how it is."""

    def __init__(self, store: Store, pds: Pds, blobs: Blobs, listing: Listing) -> None:
        self._store = store
        self._pds = pds
        self._blobs = blobs
        self._listing = listing
        self.stream = Stream("The firehose")
        self.seq: int | None = None
        self.frame_at: int | None = None
        self._outdated: int | None = -1

    async def run(self) -> None:
        """Ends when cancelled."""
        await self.stream.keep_up(self._listen)

    async def _listen(self) -> None:
        cursor = await self._store.read(lambda connection: position(connection, CURSOR))
        if cursor is None:
            await self._listing.look_through_all()
        self.seq = int(cursor) if cursor else None
        url = f"{self._pds.stream_url}?cursor={cursor or 0}"
        async with self.stream.connected(url) as connection:
            while True:
                frames = [await self._read(data) for data in await gathered(connection)]
                await self._take(frames)
                if any(isinstance(frame, Fault) for frame in frames):
                    self.stream.now(State.CONNECTING, "")
                    return

    async def _read(self, data: bytes) -> Frame | None:
        """None for what cannot be read."""
        try:
            if len(data) <= DECODED_INLINE:
                return read_frame(data)
            return await asyncio.to_thread(read_frame, data)
        except BadFrame as bad:
            log.warning("%s", bad.message)
            return None

    async def _take(self, frames: Sequence[Frame | None]) -> None:
        """Writes down what the frames bring, with the cursor behind the last of them."""
        self.frame_at = now_ms()
        for frame in frames:
            if isinstance(frame, Fault):
                log.warning("The PDS ended its firehose: %s %s", frame.error, frame.message)
                if frame.error == "FutureCursor":
                    await self._note_gap(Gap.FUTURE, forget_cursor=True)
            elif isinstance(frame, Info) and frame.name == "OutdatedCursor":
                if self.seq != self._outdated:  # while nothing new comes, each connection says so
                    await self._note_gap(Gap.OUTDATED)
                self._outdated = self.seq
        if None in frames:  # one entry for all that came together: who sends thousands fills no log
            await self._note_gap(Gap.UNREADABLE)
        numbered = [each for each in frames if isinstance(each, (Commit, AccountNews, Unknown))]
        if not numbered:
            return
        wanted = [
            WantedBlob(commit.did, blob.cid, blob.uri, Source.FIREHOSE)
            for commit in numbered
            if isinstance(commit, Commit)
            for blob in commit.blobs
        ]
        repos = {each.did for each in numbered if not isinstance(each, Unknown) and _is_to_be_listed(each)}

        def keep(connection: Connection) -> None:
            want_blobs(connection, wanted)
            look_through_repos(connection, repos)
            set_position(connection, CURSOR, str(numbered[-1].seq))

        await self._store.write(keep, ())
        self.seq = numbered[-1].seq
        if wanted:
            self._blobs.hurry()
        if repos:
            self._listing.hurry()

    async def _note_gap(self, gap: Gap, *, forget_cursor: bool = False) -> None:
        def note(connection: Connection) -> None:
            if forget_cursor:
                set_position(connection, CURSOR, "0")

        event = Event(EventType.FIREHOSE_GAP, "firehose", facts={"gap": gap.value})
        await self._store.write(note, [event])
        await self._listing.look_through_all()


def _is_to_be_listed(frame: Commit | AccountNews) -> bool:
    """Whether blobs may be there that no record on the stream named: imports, restored accounts."""
    if isinstance(frame, Commit):
        return not frame.is_whole
    return frame.kind in ("sync", "account") and frame.is_active
