"""The handles of accounts, for people to read: asked of the PDS when a case is read, kept in memory only."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict

from bridge.atproto.pds import Pds
from bridge.errors import BridgeError

WAIT_SECONDS = 0.5
"""A case is read at once: a handle that takes longer is there the next time."""
ASK_SECONDS = 10
FRESH_SECONDS, UNKNOWN_SECONDS = 600, 30
MOST_KEPT, MOST_ASKED = 1_000, 8

log = logging.getLogger(__name__)


class Handles:
    """What an account is called changes; nothing is decided by it."""

    def __init__(self, pds: Pds) -> None:
        self._pds = pds
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def of(self, did: str) -> str:
        """Empty where it is not known, or not soon enough."""
        handle, until = self._known.get(did, ("", 0.0))
        if time.monotonic() < until:
            return handle
        if did not in self._asking and len(self._asking) < MOST_ASKED:
            task = self._asking[did] = asyncio.create_task(self._ask(did), name="handle")
            task.add_done_callback(lambda _: self._asking.pop(did))
        if did in self._asking:
            await asyncio.wait({self._asking[did]}, timeout=WAIT_SECONDS)
        return self._known.get(did, ("", 0.0))[0]

    async def _ask(self, did: str) -> None:
        """A handle once known stays where the PDS does not tell it any more: it hides what it took down."""
        handle, seconds = self._known.get(did, ("", 0.0))[0], UNKNOWN_SECONDS
        try:
            async with asyncio.timeout(ASK_SECONDS):
                handle, seconds = await self._pds.handle_of(did), FRESH_SECONDS
        except (BridgeError, TimeoutError) as error:
            log.debug("The handle of %s is not known: %s", did, error)
        self._known[did] = (handle, time.monotonic() + seconds)
        self._known.move_to_end(did)
        while len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    async def close(self) -> None:
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
