"""Labels that others put on this PDS's accounts: each severe one opens or joins a case, and does no more.

A labeler is the only host beside the PDS that is asked anything, and only where its address is set.
It is read from now on: its past may be a hundred million labels.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence

from sqlalchemy import Connection

from bridge.atproto.frames import BadFrame, Fault, Info, Unknown
from bridge.atproto.labels import SEVERE, Label, Labeler, LabelFrame, Labels, read_labels
from bridge.atproto.pds import Pds
from bridge.atproto.reports import Report, file_report
from bridge.atproto.streams import State, Stream, gathered
from bridge.events import Event
from bridge.store.store import Store
from bridge.store.wanted import position, set_position

KEEP_SECONDS = 3600.0
"""How long an account is believed to be none of ours."""
MOST_STRANGERS = 10_000

log = logging.getLogger(__name__)


class LabelWatch:
    """`run` is the owner task; `stream` says how it is."""

    def __init__(self, store: Store, pds: Pds, labeler: Labeler) -> None:
        self._store = store
        self._pds = pds
        self._labeler = labeler
        self._cursor = f"labels {labeler.url}"
        self._strangers: OrderedDict[str, float] = OrderedDict()
        self.stream = Stream(f"The labeler at {labeler.url.partition('://')[2].partition('/')[0]}")

    @property
    def url(self) -> str:
        return self._labeler.url

    async def run(self) -> None:
        """Ends when cancelled."""
        await self.stream.keep_up(self._listen)

    async def _listen(self) -> None:
        cursor = await self._store.read(lambda connection: position(connection, self._cursor))
        async with self.stream.connected(f"{self.url}?cursor={cursor}" if cursor else self.url) as connection:
            while True:
                frames = [frame for data in await gathered(connection) if (frame := _read(data))]
                await self._take(frames)
                if any(isinstance(frame, Fault) for frame in frames):
                    self.stream.now(State.CONNECTING, "")
                    return

    async def _take(self, frames: Sequence[LabelFrame]) -> None:
        """Writes down what is of ours, with the cursor behind it. Raises Unreachable: then both wait."""
        for frame in frames:
            if isinstance(frame, (Info, Fault)):
                await self._hear(frame)
        numbered = [frame for frame in frames if isinstance(frame, (Labels, Unknown))]
        if not numbered:
            return
        given = [label for frame in numbered if isinstance(frame, Labels) for label in frame.labels]
        ours = [label for label in given if self._is_believed(label) and await self._is_ours(label.did)]

        def keep(connection: Connection) -> list[Event]:
            set_position(connection, self._cursor, str(numbered[-1].seq))
            filed = [file_report(connection, label.source, _report(label)) for label in ours]
            return [event for each in filed for event in each.events]

        await self._store.write(keep, lambda events: events)

    async def _hear(self, frame: Info | Fault) -> None:
        name = frame.name if isinstance(frame, Info) else frame.error
        log.warning("The labeler at %s says %s: labels may be missing.", self.url, name[:80])
        if name == "FutureCursor":  # it was set up anew, and counts from the beginning
            await self._store.write(lambda connection: set_position(connection, self._cursor, None), ())

    def _is_believed(self, label: Label) -> bool:
        key = self._labeler.key
        if key is None or label.is_signed_by(key):
            return True
        log.warning("A label of %s is not signed by its key: it is passed over.", self.url)
        return False

    async def _is_ours(self, did: str) -> bool:
        """Asks the PDS, and remembers whose it is not."""
        now = time.monotonic()
        if not did or now - self._strangers.get(did, -KEEP_SECONDS) < KEEP_SECONDS:
            return False
        if await self._pds.hosts(did):
            return True
        self._strangers[did] = now
        self._strangers.move_to_end(did)
        if len(self._strangers) > MOST_STRANGERS:
            self._strangers.popitem(last=False)
        return False


def _read(data: bytes) -> LabelFrame | None:
    """None for what cannot be read."""
    try:
        return read_labels(data)
    except BadFrame as bad:
        log.warning("%s", bad.message)
        return None


def _report(label: Label) -> Report:
    """A label as what its labeler reports."""
    if label.uri == label.did:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": label.did}
    else:
        subject = {"$type": "com.atproto.repo.strongRef", "uri": label.uri, "cid": label.cid}
    return Report(label.did, subject, f"label {label.value}", "", SEVERE[label.value])
