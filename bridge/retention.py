"""Retention: what may not be kept any longer goes, and what is destroyed leaves a tombstone in the log."""

from __future__ import annotations

import asyncio
import logging
import time

from bridge.errors import StoreError
from bridge.evidence import Evidence, destroyed_events
from bridge.jurisdiction import KEEP_ADDRESS_DAYS
from bridge.store import evidence as stored
from bridge.store.store import Store

SECONDS = 600.0
STRAY_SECONDS = 3600.0
"""A file that nothing refers to for so long was cut off while it was kept."""

log = logging.getLogger(__name__)


class Retention:
    """`run` is the owner task."""

    def __init__(self, store: Store, evidence: Evidence) -> None:
        self._store = store
        self._evidence = evidence

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            try:
                await self.look_once()
            except (StoreError, OSError) as error:
                log.warning("What should go stays longer: %s", error)
            await asyncio.sleep(SECONDS)

    async def look_once(self) -> None:
        """Raises StoreError."""
        await self._store.write(lambda c: stored.forget_addresses(c, KEEP_ADDRESS_DAYS), ())
        for case_id in await self._store.read(stored.cases_to_destroy):
            await self._destroy(case_id)
        await self._evidence.tidy(time.time() - STRAY_SECONDS)

    async def _destroy(self, case_id: str) -> None:
        destroyed = await self._store.write(
            lambda c: stored.destroy_evidence(c, case_id, only_due=True),
            lambda uploads: list(destroyed_events(case_id, uploads, "retention", "bridge")),
        )
        if destroyed:
            await self._store.empty_write_ahead_log()
