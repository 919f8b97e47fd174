"""Time stamps of the log's head by a third party: on demand, and once a day where a service is named.

That a stamp is asked for is logged first; the head that covers this entry is what gets stamped. The
answer is kept byte for byte, and logged too: so tomorrow's stamp covers today's, and a chain of
stamps outlives any one service's certificate.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import Connection, text

from bridge.compliance.log import ComplianceLog
from bridge.compliance.reading import KeptCheckpoint, reading
from bridge.errors import BridgeError, Conflict, KeysLocked, KeysMissing, SettingsError
from bridge.events import Event, EventType
from bridge.keys.keychain import Keychain
from bridge.store.store import Store
from bridge.uploads import DAY_MS, now_ms

LOOK_SECONDS = 60.0
RETRY_MS = 3600 * 1000
RFC3161 = "rfc3161"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A head of `size` entries existed at `attested_at`, says the service."""

    size: int
    attested_at: datetime


class Stamps:
    """`run` is the owner task of the daily stamp; `fault` says why the newest try got none."""

    def __init__(self, store: Store, compliance: ComplianceLog, keychain: Keychain, url: str) -> None:
        """Raises SettingsError where `url` is neither empty nor an address."""
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise SettingsError(f"log.timestamp_url takes an http or https address, not {url[:80]!r}.")
        self._store = store
        self._compliance = compliance
        self._keychain = keychain
        self._turn = asyncio.Lock()
        self.url = url
        self.fault = ""
        self._not_before = 0

    async def run(self) -> None:
        """A stamp a day; where it fails, the same head is tried again each hour."""
        while True:
            await self.look_once()
            await asyncio.sleep(LOOK_SECONDS)

    async def look_once(self) -> None:
        """Gets the day's stamp where it is due and the keys are open."""
        if not self.url or self._compliance.trouble or not self._keychain.can_sign:
            return
        if now_ms() < self._not_before:
            return
        try:
            await self._stamp_the_day()
        except BridgeError as error:
            log.warning("The log got no time stamp: %s", error.message)
            self._not_before = now_ms() + RETRY_MS

    async def stamp(self, actor: str) -> Stamp:
        """Has the newest head stamped now.

        Raises Conflict where no service is named, KeysMissing, KeysLocked, StoreError, Unreachable,
        StampRefused.
        """
        if not self.url:
            raise Conflict(
                "No time-stamping service is named.",
                "Name one in config.toml, `[log] timestamp_url`, and start again; it gets one hash.",
            )
        if not self._keychain.exists:
            raise KeysMissing("The log has no key yet: an unsigned head is not worth a stamp.")
        if not self._keychain.can_sign:
            raise KeysLocked("The log's key is locked: the stamp waits until it is open.")
        async with self._turn:
            before = self._compliance.state.size
            asked = Event(EventType.LOG_STAMP_ASKED, "log", actor, {"kind": RFC3161})
            await self._store.write(lambda _: None, [asked])
            head = await asyncio.to_thread(self._newest_kept)
            if head is None or head.size <= before:
                raise KeysLocked("The log's key did not sign: the stamp waits until it does.")
            return await self._fetch(head, actor)

    async def _stamp_the_day(self) -> None:
        """One stamp for each day, by this machine's clock; of a head that waits for one, or a new one."""
        today = now_ms() // DAY_MS
        waiting, stamped_at = await asyncio.to_thread(self._standing, today)
        if stamped_at is not None and stamped_at // DAY_MS == today:
            self.fault = ""
            return
        if waiting is None:
            await self.stamp("bridge")
            return
        async with self._turn:
            await self._fetch(waiting, "bridge")

    async def _fetch(self, head: KeptCheckpoint, actor: str) -> Stamp:
        # asn1crypto and httpx take a quarter of a second to import, and most hosts have nothing stamped.
        from bridge.compliance import rfc3161

        request = rfc3161.StampRequest(rfc3161.digest_of(head.note), secrets.randbits(63))
        try:
            answer = await rfc3161.ask(self.url, request)
            attested_at = rfc3161.read_answer(answer, request)
        except BridgeError as error:
            self.fault = error.message
            raise
        self.fault = ""

        at = now_ms()

        def keep(connection: Connection) -> None:
            connection.execute(
                text(  # the trigger that lets the table only grow sees no id that SQLite would give
                    "INSERT INTO log_anchors (id, size, at, kind, receipt)"
                    " SELECT coalesce(max(id), 0) + 1, :size, :at, :kind, :receipt FROM log_anchors"
                ),
                {"size": head.size, "at": at, "kind": RFC3161, "receipt": answer},
            )

        receipt = b64encode(sha256(answer).digest()).decode()
        facts: dict[str, str | int] = {"kind": RFC3161, "size": head.size, "receipt": receipt, "at": at}
        await self._store.write(keep, [Event(EventType.LOG_ANCHORED, "log", actor, facts)])
        return Stamp(head.size, attested_at)

    def _newest_kept(self) -> KeptCheckpoint | None:
        with reading(self._store.path) as reader:
            kept = reader.kept_checkpoints()
        return kept[-1] if kept else None

    def _standing(self, day: int) -> tuple[KeptCheckpoint | None, int | None]:
        """The newest head of this day that waits for a stamp, and when the newest stamp came."""
        with reading(self._store.path) as reader:
            anchors = reader.anchors()
            last = anchors[-1].size if anchors else 0
            waiting = [
                kept
                for kept in reader.kept_checkpoints()
                if kept.why == "anchored"
                and kept.size > last
                and reader.time_of(kept.size - 1) // DAY_MS == day
            ]
        return (waiting[-1] if waiting else None), (anchors[-1].at if anchors else None)
