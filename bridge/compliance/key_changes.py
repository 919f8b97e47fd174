"""What happens to the log's keys, and the entries that say so: made, unlocked, rotated, lost, revoked."""

from __future__ import annotations

import asyncio
import logging

from bridge.compliance.log import ComplianceLog, NextKey
from bridge.compliance.notes import VerifierKey
from bridge.compliance.reading import LogKey, reading
from bridge.errors import Conflict, KeysError, NotFound, StoreError
from bridge.events import Event, EventType
from bridge.keys.keychain import Keychain
from bridge.keys.ssh import fingerprint, ssh_line
from bridge.store.store import Store

log = logging.getLogger(__name__)


class KeyChanges:
    """Every change of the keys goes through here; one at a time."""

    def __init__(self, store: Store, compliance: ComplianceLog, keychain: Keychain) -> None:
        self._store = store
        self._compliance = compliance
        self._keychain = keychain
        self._turn = asyncio.Lock()

    async def open_at_start(self, *, may_create: bool) -> None:
        """Opens the keys by whatever source there is, makes them on a first start that has one, signs.

        Without a source they stay locked, or are not made: said on every screen, failed by none.
        """
        async with self._turn:
            await self._finish_rotation()
            try:
                if self._keychain.exists:
                    await asyncio.to_thread(self._keychain.open)
                elif may_create and self._keychain.has_source:
                    await asyncio.to_thread(self._keychain.create)
                await self._say_unsaid()
            except (KeysError, StoreError) as error:
                log.warning("The log is not signed: %s %s", error.message, error.hint)
                return
            await self.sign()

    async def sign(self) -> None:
        """Signs what was written while the keys were locked."""
        state = self._compliance.state
        if self._keychain.exists and self._keychain.can_sign and state.signed < state.size:
            try:
                await self._store.sign()
            except StoreError as error:
                log.warning("The log could not be signed: %s", error.message)

    async def create(self, passphrase: bytes | None, actor: str, *, into_keyring: bool = False) -> None:
        """Raises Conflict where there are keys, KeysError."""
        async with self._turn:
            await asyncio.to_thread(self._keychain.create, passphrase, into_keyring=into_keyring)
            await self._say_created(actor)

    async def unlock(self, passphrase: bytes | None, actor: str) -> None:
        """With the passphrase, else by the sources. Raises KeysMissing, WrongPassphrase, KeysLocked."""
        async with self._turn:
            await asyncio.to_thread(self._keychain.open, passphrase)
            by = self._keychain.opened_by
            assert by is not None, "it was just opened"
            await self._say(Event(EventType.KEY_UNLOCKED, "log", actor, {"by": by.value}))

    async def rotate(self, passphrase: bytes | None, actor: str) -> None:
        """A new signing key; the head that says so is signed by both. Raises KeysError, StoreError."""
        async with self._turn:
            old = self._keychain.fingerprint
            following = await asyncio.to_thread(self._keychain.next_key, passphrase)
            self._compliance.next_key = NextKey(following.public, following.sign)
            try:
                await self._say(self._new_key(EventType.KEY_ROTATED, following.public, old, actor))
            except BaseException:
                await asyncio.to_thread(self._keychain.drop_next)
                raise
            finally:
                self._compliance.next_key = None
            await asyncio.to_thread(self._keychain.install_next, following)

    async def lose(self, passphrase: bytes | None, actor: str) -> None:
        """The old key cannot be used any more: a new one, for which the old one does not vouch."""
        async with self._turn:
            old = self._keychain.fingerprint
            await asyncio.to_thread(self._keychain.replace_lost, passphrase)
            await self._say(self._new_key(EventType.KEY_LOST, self._keychain.public, old, actor))

    async def revoke(self, which: str, actor: str) -> None:
        """Says that signatures of an earlier key must not be believed. Raises NotFound, Conflict."""
        async with self._turn:
            keys = await asyncio.to_thread(self._history)
            if which not in [fingerprint(key.public) for key in keys]:
                raise NotFound(f"This log was never signed by {which[:60]!r}.", "`key show` names its keys.")
            if self._keychain.exists and which == self._keychain.fingerprint:
                raise Conflict("This is the key in use.", "Rotate it first: `hma-console key rotate`.")
            await self._say(Event(EventType.KEY_REVOKED, "log", actor, {"fingerprint": which}))

    def _history(self) -> list[LogKey]:
        with reading(self._store.path) as reader:
            return reader.history()

    async def _finish_rotation(self) -> None:
        """A crash between the entry and the change of files: the log says whether the key changed."""
        pending = await asyncio.to_thread(lambda: self._keychain.pending_next)
        if pending is None:
            return
        keys = await asyncio.to_thread(self._history)
        current = keys[-1].public if keys else b""
        await asyncio.to_thread(
            self._keychain.install_next if pending == current else self._keychain.drop_next
        )

    async def _say_unsaid(self) -> None:
        """Keys that were made just before a crash, or while the log could not be written, are logged now."""
        if self._keychain.exists and not await asyncio.to_thread(self._history):
            await self._say_created("bridge")

    async def _say_created(self, actor: str) -> None:
        facts = {
            "vkey": str(VerifierKey(self._compliance.state.origin, self._keychain.public)),
            "ssh": ssh_line(self._keychain.public),
        }
        await self._say(Event(EventType.KEY_CREATED, "log", actor, facts))

    def _new_key(self, type_: EventType, public: bytes, old: str, actor: str) -> Event:
        facts = {
            "vkey": str(VerifierKey(self._compliance.state.origin, public)),
            "ssh": ssh_line(public),
            "old": old,
        }
        return Event(type_, "log", actor, facts)

    async def _say(self, event: Event) -> None:
        await self._store.write(lambda _: None, [event])
