"""Nothing that was not checked is forgotten: it is compared again until it was."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bridge.errors import StoreError
from bridge.matching.matcher import Matcher
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.store.retries import DueRetry, due_retries, retry_all
from bridge.store.store import Store
from bridge.uploads import Upload

Refetch = Callable[[Upload], Awaitable[None]]
"""Fetches the bytes of an upload from the PDS again and checks them."""

AT_ONCE = 16
SECONDS = 1.0

log = logging.getLogger(__name__)


class Rechecks:
    """`run` is the owner task: it looks every second at what is due, and at all when matching is back.

    What is due during a pause waits for its end.
    """

    def __init__(
        self,
        store: Store,
        matcher: Matcher,
        pipeline: Pipeline,
        pause: Pause,
        refetch: Refetch | None = None,
    ) -> None:
        self._store = store
        self._matcher = matcher
        self._pipeline = pipeline
        self._pause = pause
        self._refetch = refetch
        self._could_match = False

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            try:
                whole = await self._look_once()
            except StoreError as error:
                log.warning("Uploads that were not checked wait longer: %s", error.message)
                whole = True
            if whole:
                await asyncio.sleep(SECONDS)

    async def _look_once(self) -> bool:
        """Checks some of what is due again, together in few commits; whether that was all of it."""
        if self._pause.is_on:
            return True
        await self._notice_recovery()
        can_fetch = self._refetch is not None
        due = await self._store.read(lambda c: due_retries(c, AT_ONCE, can_fetch=can_fetch))
        await asyncio.gather(*(self._check(each) for each in due))
        return len(due) < AT_ONCE

    async def _check(self, due: DueRetry) -> None:
        if due.refetch and self._refetch is not None:
            await self._refetch(due.upload)
        else:
            await self._pipeline.process_again(due.upload, due.sha256)

    async def _notice_recovery(self) -> None:
        """What waits with a growing delay need not sit it out once a list or the index is there."""
        can_match = self._matcher.is_whole and await self._pipeline.unable() is None
        if can_match and not self._could_match:
            await self._store.write(retry_all, ())
        self._could_match = can_match
