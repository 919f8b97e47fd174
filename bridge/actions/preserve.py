"""Preservation: the record, the account and the address of what matched, and bytes that were not kept yet.

It comes before any takedown of the same upload (`store/outbox.py`). What the PDS does not give is
written down as missing; it never keeps a takedown from happening.
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
from bridge.errors import KeysError, KeysLocked, NotFound, PdsRefused, Unreachable, VaultError
from bridge.events import Event
from bridge.evidence import NEVER, Evidence, kept_event
from bridge.records import EvidenceRecord
from bridge.store import evidence as stored
from bridge.store.outbox import Action
from bridge.store.store import Store
from bridge.store.uploads import upload_records
from bridge.vault import Kept

LARGEST_RECORD = 1 << 20


class Preservation:
    def __init__(self, store: Store, evidence: Evidence, pds: Pds, admin: PdsAdmin) -> None:
        self._store = store
        self._evidence = evidence
        self._pds = pds
        self._admin = admin

    async def carry_out(self, action: Action) -> None:
        """Raises NotYet where the PDS does not answer, Blocked while the keys are locked."""
        kept = await self._store.read(lambda c: stored.evidence_of(c, upload_id=action.upload_id))
        if not kept or all(each.destroyed_at for each in kept):
            return
        sha256 = sha256_of(action.cid)
        file, why = None, None
        if any(each.sha256 is None and each.why != NEVER for each in kept):
            file, why = await self._fetch(action, sha256)
        try:
            sealed = self._evidence.seal_context(await self._context(action))
        except KeysLocked as error:
            raise Blocked(error.message, error.hint) from None
        except KeysError:
            return  # without keys nothing is sealed, and the evidence says so already
        await self._store.write(
            lambda c: self._write(c, action, kept, sha256, file, sealed, why),
            [kept_event(action.upload_id, each.case_id, "context") for each in kept],
        )

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        return ()

    def _write(
        self,
        connection: Connection,
        action: Action,
        kept: Sequence[EvidenceRecord],
        sha256: bytes,
        file: Kept | None,
        sealed: bytes,
        why: str | None,
    ) -> None:
        if file is not None:
            stored.put_file(connection, sha256, file)
            for each in kept:
                if each.why != NEVER:
                    stored.put_evidence(connection, each.case_id, action.upload_id, sha256, "")
        stored.add_context(connection, action.upload_id, sealed, why)

    async def _fetch(self, action: Action, sha256: bytes) -> tuple[Kept | None, str | None]:
        """The file, from the PDS where the vault has none; or why there is none."""
        try:
            found = await self._evidence.find(sha256)
            return (found or await self._from_pds(action, sha256)), None
        except Unreachable as error:
            raise NotYet(error.message, error.hint) from None
        except PdsRefused:
            return None, "the PDS did not give it any more"
        except (VaultError, KeysError) as error:
            self._evidence.fault = error.message
            return None, error.message

    async def _from_pds(self, action: Action, sha256: bytes) -> Kept:
        writing = await self._evidence.begin()
        digest = hashlib.sha256()
        try:
            async with self._pds.blob(action.did, action.cid) as answer:
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
            "record": await self._record(upload.uri),
            "account": await self._account(upload.did),
            "address_sealed": sealed.hex() if sealed else None,
        }

    async def _record(self, uri: str) -> object:
        """None where it is not known, gone, or larger than is kept."""
        try:
            record = await self._pds.record(uri) if uri else None
        except Unreachable as error:
            raise NotYet(error.message, error.hint) from None
        return json.loads(record.json) if record and len(record.json) <= LARGEST_RECORD else None

    async def _account(self, did: str) -> object:
        """None where the PDS says nothing of it, or no password is set to ask by."""
        try:
            return dict(await self._admin.account(did))
        except Unreachable as error:
            raise NotYet(error.message, error.hint) from None
        except KeysLocked as error:
            raise Blocked(error.message, error.hint) from None
        except (PdsRefused, NotFound, KeysError):
            return None
