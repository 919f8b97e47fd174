"""What the firehose never shows: every account's blobs, listed and compared with what was checked.

Imported repos and blobs filled in later appear in no frame. So all accounts are looked through once
at the beginning, whenever the firehose says that it left something out, and once a day; single ones
when they are replaced or come back. What was listed stands in the store, so a restart goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from sqlalchemy import Connection

from bridge.atproto.blobs import Blobs
from bridge.atproto.cids import BadCid, cid_of, sha256_of
from bridge.atproto.pds import Page, Pds
from bridge.bell import Bell
from bridge.errors import PdsRefused, StoreError, Unreachable
from bridge.store.backfill import ACCOUNTS, Run, begin_run, count_listed, join_run, last_run
from bridge.store.store import Store
from bridge.store.wanted import (
    WantedBlob,
    end_repo,
    look_through_repos,
    next_repo,
    position,
    put_off_repo,
    repo_read_to,
    set_position,
    want_blobs,
)
from bridge.uploads import DAY_MS, Source, now_ms

LOOK_SECONDS = 30.0
BREATH_SECONDS = 0.1
"""Between two requests: ten a second, which is the rate limit of a PDS as it is installed."""
DOWN_SECONDS = 30.0

log = logging.getLogger(__name__)


class Listing:
    """`run` is the owner task. `fault` says why the PDS lists nothing now."""

    def __init__(self, store: Store, pds: Pds, blobs: Blobs) -> None:
        self._store = store
        self._pds = pds
        self._blobs = blobs
        self._news = Bell()
        self.fault = ""

    def hurry(self) -> None:
        """An account was queued just now; while the PDS lists nothing that is no reason to ask sooner."""
        if not self.fault:
            self._news.ring()

    def try_now(self) -> None:
        """Somebody asked for it."""
        self._news.ring()

    async def look_through_all(self) -> None:
        """All accounts, from the first one on. Raises StoreError."""
        await self._store.write(begin_run, ())
        self.hurry()

    async def join(self) -> Run:
        """The run under way, else one that begins now. Raises StoreError."""
        run = await self._store.write(join_run, ())
        self.try_now()
        return run

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            wait = BREATH_SECONDS
            try:
                if not await self._one_step():
                    wait = LOOK_SECONDS
                self.fault = ""
            except (Unreachable, PdsRefused) as error:
                self.fault, wait = error.message, DOWN_SECONDS
            except StoreError as error:
                log.warning("Accounts are listed later: %s", error.message)
                wait = DOWN_SECONDS
            if wait == BREATH_SECONDS:
                await asyncio.sleep(wait)
                continue
            await self._news.wait(wait)

    async def _one_step(self) -> bool:
        """Asks the PDS one thing; False where there is nothing to ask.

        The list of accounts comes first, so that it is known how many there are; not while it fails.
        """
        page = await self._store.read(lambda connection: position(connection, ACCOUNTS))
        repo = await self._store.read(next_repo)
        if page is not None and (repo is None or not self.fault):
            await self._pds.spare()
            await self._list_accounts(page)
        elif repo is not None:
            await self._pds.spare()
            await self._list_blobs(*repo)
        elif await self._is_due():
            await self._store.write(begin_run, ())
        else:
            return False
        return True

    async def _is_due(self) -> bool:
        run = await self._store.read(last_run)
        return run is None or run.begun_at + DAY_MS <= now_ms()

    async def _list_accounts(self, cursor: str) -> None:
        page = await self._pds.accounts(cursor)

        def keep(connection: Connection) -> None:
            look_through_repos(connection, page.names)
            set_position(connection, ACCOUNTS, page.cursor or None)
            count_listed(connection, accounts=0, blobs=0)

        await self._store.write(keep, ())

    async def _list_blobs(self, did: str, cursor: str) -> None:
        try:
            page = await self._pds.blobs(did, cursor)
        except PdsRefused as refused:  # closed, taken down or gone: it comes back by the firehose
            log.info("The blobs of %s are not listed: %s", did, refused.message)
            page = Page((), "")
        except Unreachable:
            await self._store.write(lambda connection: put_off_repo(connection, did, DOWN_SECONDS), ())
            raise
        wanted = [WantedBlob(did, cid, "", Source.BACKFILL) for cid in _blobs_only(page.names)]

        def keep(connection: Connection) -> None:
            want_blobs(connection, wanted)
            if page.cursor:
                repo_read_to(connection, did, page.cursor)
            else:
                end_repo(connection, did)
            count_listed(connection, accounts=not page.cursor, blobs=len(wanted))

        await self._store.write(keep, ())
        if wanted:
            self._blobs.hurry()


def _blobs_only(cids: tuple[str, ...]) -> list[str]:
    found = []
    for cid in cids:
        with contextlib.suppress(BadCid):
            found.append(cid_of(sha256_of(cid)))
    return found
