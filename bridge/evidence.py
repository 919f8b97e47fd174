"""Evidence: what a matched upload was, kept before any takedown makes the PDS give it to nobody.

Bytes go into the vault before the transaction that records the match; the record, the account and the
address follow (`actions/preserve.py`). Without a profile of the operator's country nothing is kept beyond
metadata and hashes. NCII's bytes are never kept.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.catalogue import Category
from bridge.errors import KeysError, StoreError, VaultError
from bridge.events import Event, EventType
from bridge.jurisdiction import Profile
from bridge.keys.keychain import Keychain
from bridge.keys.sealing import seal
from bridge.store import evidence as stored
from bridge.store.store import Store
from bridge.uploads import Source, Upload
from bridge.vault import Kept, Vault, Writing

NEVER = "never kept in this category"
NOT_HERE = "not here when it matched"
_CONTEXT, _ADDRESS = b"hma-console/evidence/v1", b"hma-console/address/v1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of an upload: `is_wanted` where its cases keep evidence; its file of the vault, or the
    `fault` that there is none; its address, sealed.
    """

    is_wanted: bool = False
    file: Kept | None = None
    fault: str = ""
    address: bytes | None = None


class Evidence:
    """`fault` says why nothing can be kept now, empty where it can."""

    def __init__(
        self, store: Store, vault: Vault, keychain: Keychain, profile: Profile | None, max_bytes: int
    ) -> None:
        self.vault = vault
        self.profile = profile
        self.fault = ""
        self._store = store
        self._keychain = keychain
        self._max_bytes = max_bytes

    async def keep(
        self, upload: Upload, opens: Sequence[Category], sha256: bytes, body: bytes | None
    ) -> Keeping:
        """Puts the bytes of what opens cases under these categories into the vault; seals the address.

        Where that fails `Keeping.fault` says why, and nothing waits for it.
        """
        address = self._seal_address(upload)
        if not opens or not self._is_kept(upload):
            return Keeping(address=address)
        if not _may_keep(opens):
            return Keeping(is_wanted=True, address=address)
        try:
            file = await self.find(sha256)
            if file is None and body is not None:
                file = await self.vault.keep(body, await self._room())
        except (VaultError, KeysError, StoreError) as error:
            self.fault = error.message
            log.warning("Evidence was not kept: %s", error.message)
            return Keeping(is_wanted=True, fault=error.message, address=address)
        self.fault = ""
        return Keeping(is_wanted=True, file=file, address=address)

    async def find(self, sha256: bytes) -> Kept | None:
        """The file of these bytes, where the vault has one. Raises StoreError."""
        found = await self._store.read(lambda connection: stored.find_file(connection, sha256))
        if found is not None and await asyncio.to_thread(self.vault.has, found):
            return found
        return None

    async def begin(self) -> Writing:
        """A file that is written as its bytes come. Raises VaultError, KeysError."""
        return await self.vault.begin(await self._room())

    async def _room(self) -> int:
        """How many bytes more the vault may hold."""
        _, size = await self._store.read(stored.vault_totals)
        return self._max_bytes - size

    def open_address(self, sealed: bytes) -> str:
        """Raises KeysLocked, KeysError."""
        return self._keychain.unseal(sealed, _ADDRESS).decode()

    def seal_context(self, context: Mapping[str, object]) -> bytes:
        """Raises KeysMissing, KeysError."""
        return seal(self._keychain.seal_public, json.dumps(context).encode(), _CONTEXT)

    def open_context(self, sealed: bytes) -> Mapping[str, object]:
        """Raises KeysLocked, KeysError."""
        context: Mapping[str, object] = json.loads(self._keychain.unseal(sealed, _CONTEXT))
        return context

    async def tidy(self, before: float) -> None:
        """Removes files that nothing refers to, written before that time: cut off, or destroyed."""
        known = await self._store.read(stored.vault_names)
        strays = await asyncio.to_thread(self.vault.strays, known, before)
        await asyncio.to_thread(self.vault.remove, strays)

    def _is_kept(self, upload: Upload) -> bool:
        """Not of the operator's own files."""
        return self.profile is not None and upload.source is not Source.SCAN

    def _seal_address(self, upload: Upload) -> bytes | None:
        """None where there is no address, or no key to seal to."""
        if not upload.address:
            return None
        with suppress(KeysError):
            return seal(self._keychain.seal_public, upload.address.encode(), _ADDRESS)
        return None


def keep_evidence(
    connection: Connection, upload_id: str, sha256: bytes, cases: Mapping[Category, str], keeping: Keeping
) -> list[Event]:
    """Writes down what each case keeps of an upload, in the transaction that opens or joins it."""
    may = _may_keep(cases)
    file = keeping.file if may else None
    has_file = file is not None and stored.put_file(connection, sha256, file)
    events = []
    for category, case_id in cases.items():
        never = not may or category is Category.NCII
        has = has_file and not never
        why = "" if has else NEVER if never else keeping.fault or NOT_HERE
        if stored.put_evidence(connection, case_id, upload_id, sha256 if has else None, why):
            events.append(kept_event(upload_id, case_id, "bytes" if has else "nothing"))
    return events


def _may_keep(opens: Container[Category]) -> bool:
    """NCII's bytes are not kept under another name either, but for a child-safety case's sake."""
    return Category.NCII not in opens or Category.CHILD_SAFETY in opens


def kept_event(upload_id: str, case_id: str, what: str) -> Event:
    """`what` is bytes, context or nothing."""
    facts = {"upload": upload_id, "what": what}
    return Event(EventType.EVIDENCE_KEPT, case_id, facts=facts, case_id=case_id)


def destroyed_events(case_id: str, uploads: int, basis: str, actor: str) -> Iterable[Event]:
    """The tombstone, where there was anything."""
    if uploads:
        facts: dict[str, str | int] = {"uploads": uploads, "basis": basis}
        yield Event(EventType.EVIDENCE_DESTROYED, case_id, actor, facts, case_id=case_id)
