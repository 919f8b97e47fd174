"""Where a picture's bytes come from when somebody wants to see it: the vault, else the PDS, else nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bridge.errors import NoCopyKept, NotShownHere, PdsRefused
from bridge.evidence import Evidence
from bridge.keys.keychain import Keychain
from bridge.pipeline import Pipeline
from bridge.receiving import Content
from bridge.store.reveals import Sought
from bridge.vault import Kept

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.pds import Pds


class Sources:
    """`pds` is None where none is watched."""

    def __init__(self, pipeline: Pipeline, evidence: Evidence, keychain: Keychain, pds: Pds | None) -> None:
        self._pipeline = pipeline
        self._evidence = evidence
        self._keychain = keychain
        self._pds = pds

    @asynccontextmanager
    async def content(self, sought: Sought) -> AsyncIterator[Content]:
        """The bytes, held within the budget of all pictures' until the block is left; kept nowhere.

        Raises NoCopyKept, NotShownHere, KeysLocked and KeysError, VaultError, Unreachable, StoreError.
        """
        if sought.media_type.startswith("video/"):
            raise NotShownHere("A video: not shown here.")
        if file := await self._evidence.find(sought.sha256):
            async with self._from_vault(file) as content:
                yield content
        elif self._pds is not None and sought.did and sought.cid:
            async with self._from_pds(self._pds, sought) as content:
                yield content
        else:
            raise NoCopyKept("No copy kept.")

    @asynccontextmanager
    async def _from_vault(self, file: Kept) -> AsyncIterator[Content]:
        if file.size > self._pipeline.limits.picture_bytes:
            raise NotShownHere("It is too large to be shown here.")
        pieces = self._evidence.vault.read(file, self._keychain)
        async with self._pipeline.receive(file.size) as receiver:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                await receiver.feed(piece)
            yield await receiver.finish()

    @asynccontextmanager
    async def _from_pds(self, pds: Pds, sought: Sought) -> AsyncIterator[Content]:
        """What was taken down the PDS gives to nobody."""
        from bridge.atproto.fetching import Mismatch, fetched

        try:
            async with fetched(pds, self._pipeline, sought.did, sought.cid) as content:
                yield content
        except (PdsRefused, Mismatch):
            raise NoCopyKept("No copy kept, and the PDS does not give it.") from None
