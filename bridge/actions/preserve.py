"""Preservation: the record, the account and the address of what matched, and bytes that were not kept yet.

It comes before any takedown of the same upload (`store/outbox.py`). What the PDS does not give, or not
within some tries, is written down as missing: a takedown does not wait for it for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from bridge.actions.effect import Blocked, NotYet
from bridge.atproto.admin import PdsAdmin
from bridge.atproto.cids import sha256_of
from bridge.atproto.pds import Pds
from bridge.errors import (
    AdminRefused,
    BridgeError,
    KeysError,
    KeysLocked,
    KeysMissing,
    NotFound,
    PdsRefused,
    Unreachable,
    VaultError,
)
from bridge.events import Event
from bridge.evidence import NEVER, Evidence, kept_event
from bridge.records import EvidenceRecord
from bridge.store import evidence as stored
from bridge.store.outbox import Action
from bridge.store.store import Store
from bridge.store.uploads import upload_records
from bridge.vault import Kept

LARGEST_RECORD = 1 << 20
TRIES = 3
"""After so many the takedown goes on without what could not be had: the picture is public meanwhile."""
FETCH_SECONDS = 120.0


class Preservation:
    seconds = 2 * FETCH_SECONDS

    def __init__(self, store: Store, evidence: Evidence, pds: Pds, admin: PdsAdmin) -> None:
        self._store = store
        self._evidence = evidence
        self._pds = pds
        self._admin = admin

    async def carry_out(self, action: Action) -> None:
        """Raises NotYet where the PDS does not answer, Blocked without keys or the means to ask."""
        kept = await self._store.read(lambda c: stored.evidence_of(c, upload_id=action.upload_id))
        kept = [each for each in kept if not each.destroyed_at]
        if not kept:
            return
        if any(each.sha256 is None and each.why != NEVER for each in kept):
            await self._keep_bytes(action, kept)
        context = await self._context(action)
        try:
            sealed = self._evidence.seal_context(context)
        except (KeysLocked, KeysMissing) as error:
            raise Blocked(error.message, error.hint) from None
        await self._store.write(
            lambda c: stored.add_context(c, action.upload_id, sealed),
            [kept_event(action.upload_id, each.case_id, "context") for each in kept],
        )

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        return ()

    async def _keep_bytes(self, action: Action, kept: Sequence[EvidenceRecord]) -> None:
        """Written down at once, so that nothing is fetched twice."""
        sha256 = sha256_of(action.cid)
        try:
            file = await self._evidence.find(sha256) or await self._from_pds(action, sha256)
        except KeysMissing as error:
            raise Blocked(error.message, error.hint) from None
        except PdsRefused:
            await self._store.write(
                lambda c: _say_why(c, kept, "the PDS did not give it any more"), _said(kept)
            )
            return
        except (Unreachable, VaultError, TimeoutError) as error:
            why = error.message if isinstance(error, BridgeError) else "It took too long."
            if isinstance(error, VaultError):
                self._evidence.fault = why
            if action.attempts + 1 < TRIES:
                raise NotYet(why) from None
            await self._store.write(lambda c: _say_why(c, kept, why), _said(kept))
            return
        await self._store.write(
            lambda c: _put_bytes(c, kept, sha256, file),
            lambda cases: [kept_event(action.upload_id, case_id, "bytes") for case_id in cases],
        )

    async def _from_pds(self, action: Action, sha256: bytes) -> Kept:
        writing = await self._evidence.begin()
        digest = hashlib.sha256()
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._pds.blob(action.did, action.cid) as answer:
                async for chunk in answer.aiter_bytes():
                    digest.update(chunk)
                    await asyncio.to_thread(writing.write, chunk)
            if digest.digest() != sha256:
                raise PdsRefused("The PDS gave other bytes than the CID says.")
            return await asyncio.to_thread(writing.finish)
        except BaseException:
            writing.discard()
            raise

    async def _context(self, action: Action) -> Mapping[str, object]:
        """What the PDS says of the record and the account now, and what we know of the upload."""
        [upload] = await self._store.read(lambda c: upload_records(c, ids=[action.upload_id]))
        sealed = await self._store.read(lambda c: stored.address_of(c, action.upload_id))
        return {
            "upload": upload.id,
            "received_at": upload.received_at,
            "source": upload.source.value,
            "did": upload.did,
            "cid": upload.cid,
            "uri": upload.uri,
            "record": await self._record(action, upload.uri),
            "account": await self._account(action, upload.did),
            "address_sealed": sealed.hex() if sealed else None,
        }

    async def _record(self, action: Action, uri: str) -> object:
        """None where it is not known, gone, or larger or deeper than is read."""
        try:
            record = await self._pds.record(uri) if uri else None
        except Unreachable as error:
            _wait_or_go_on(action, error)
            return None
        return json.loads(record.json) if record and len(record.json) <= LARGEST_RECORD else None

    async def _account(self, action: Action, did: str) -> object:
        """None where the PDS says nothing of it."""
        try:
            return dict(await self._admin.account(did))
        except Unreachable as error:
            _wait_or_go_on(action, error)
            return None
        except (AdminRefused, NotFound, KeysError) as error:  # the takedown waits for the same
            raise Blocked(error.message, error.hint) from None
        except PdsRefused:
            return None


def _wait_or_go_on(action: Action, error: Unreachable) -> None:
    if action.attempts + 1 < TRIES:
        raise NotYet(error.message, error.hint) from None


def _put_bytes(
    connection: Connection, kept: Sequence[EvidenceRecord], sha256: bytes, file: Kept
) -> list[str]:
    """The cases that have the bytes now."""
    if not stored.put_file(connection, sha256, file):
        return []
    wanting = [each for each in kept if each.sha256 is None and each.why != NEVER]
    return [
        each.case_id
        for each in wanting
        if stored.put_evidence(connection, each.case_id, each.upload_id, sha256, "")
    ]


def _say_why(connection: Connection, kept: Sequence[EvidenceRecord], why: str) -> None:
    for each in kept:
        if each.sha256 is None and each.why != NEVER:
            stored.set_why(connection, each.case_id, each.upload_id, why)


def _said(kept: Sequence[EvidenceRecord]) -> list[Event]:
    return [
        kept_event(each.upload_id, each.case_id, "nothing")
        for each in kept
        if each.sha256 is None and each.why != NEVER
    ]
