"""The keys of one data directory: missing, locked, signing only (by an agent), or open.

`log.key` signs, `seal.key` opens what was sealed; one passphrase opens both. Locked is a state and
no failure: what needs no secret goes on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.errors import Conflict, KeysError, KeysLocked, KeysMissing, UnsafeKeyFile, WrongPassphrase
from bridge.keys import trusted_keyring
from bridge.keys.agent import Agent
from bridge.keys.files import make_folder, read_private, sync_folder, write_private
from bridge.keys.key_pair import (
    KeyPair,
    check_new_passphrase,
    decrypt_both,
    decrypt_unsealing,
    encrypt_signing,
    encrypt_unsealing,
    new_pair_of_keys,
    public_of_signing,
    public_of_unsealing,
)
from bridge.keys.passphrases import Opener, PassphraseSources, Tried
from bridge.keys.sealing import unseal
from bridge.keys.ssh import fingerprint, ssh_blob, ssh_line

SIGNING, UNSEALING, NEXT = "log.key", "seal.key", "log.key.next"


class KeysState(StrEnum):
    MISSING = "missing"
    LOCKED = "locked"
    SIGNING = "signing"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class NextKey:
    """The key that a rotation changes to, on disk already and not in use yet."""

    public: bytes
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    def __repr__(self) -> str:
        return "NextKey(…)"


class Keychain:
    """Blocking: deriving a key takes most of a second, so callers use a thread."""

    def __init__(self, folder: Path, sources: PassphraseSources) -> None:
        self.folder = folder
        self.opened_by: Opener | None = None
        self._sources = sources
        self._pair: KeyPair | None = None
        self._agent: Agent | None = None
        self._public: tuple[bytes, bytes] | None = None

    @property
    def state(self) -> KeysState:
        if not self.exists:
            return KeysState.MISSING
        if self._pair is not None:
            return KeysState.OPEN
        return KeysState.SIGNING if self._agent is not None else KeysState.LOCKED

    @property
    def exists(self) -> bool:
        return self._public is not None or os.path.lexists(self.folder / SIGNING)

    @property
    def can_sign(self) -> bool:
        return self._pair is not None or self._agent is not None

    @property
    def can_unseal(self) -> bool:
        return self._pair is not None

    @property
    def public(self) -> bytes:
        """The signing key's public half, 32 raw bytes. Raises KeysMissing, KeysError."""
        return self._publics()[0]

    @property
    def seal_public(self) -> bytes:
        """The public half that seals, 32 raw bytes. Raises KeysMissing, KeysError."""
        return self._publics()[1]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)

    @property
    def ssh_line(self) -> str:
        return ssh_line(self.public)

    @property
    def tried(self) -> tuple[Tried, ...]:
        """The sources that did not open the keys, and why."""
        return tuple(self._sources.tried)

    @property
    def has_source(self) -> bool:
        """Whether this start was given a passphrase source, so that a first start may make the keys."""
        return self._sources.is_given

    def sign(self, message: bytes) -> bytes:
        """64 bytes. Raises KeysLocked."""
        if self._pair is not None:
            return self._pair.signing.sign(message)
        if self._agent is None:
            raise KeysLocked("The log's key is locked.")
        try:
            return self._agent.sign(ssh_blob(self.public), message)
        except KeysLocked:
            self._agent = None
            raise

    def unseal(self, box: bytes, context: bytes) -> bytes:
        """Raises KeysLocked, KeysError where the box does not fit."""
        if self._pair is None:
            raise KeysLocked("The keys are locked: what was sealed stays closed.")
        return unseal(self._pair.unsealing.private_bytes_raw(), box, context)

    def open(self, passphrase: bytes | None = None) -> None:
        """Opens both keys by the passphrase, else by each source in order, else signs by ssh-agent.

        Raises KeysMissing, WrongPassphrase, UnsafeKeyFile, KeysLocked where no source opened them.
        """
        if not self.exists:
            raise KeysMissing("The log has no key yet.")
        if passphrase is not None:
            self._open(passphrase, Opener.TYPED)
            return
        for source, found in self._sources.each(self._name):
            try:
                self._open(found, source)
            except WrongPassphrase as error:
                self._sources.tried.append(Tried(source, error.message))
            else:
                return
        agent = Agent.of_environment()
        if agent is not None and agent.holds(ssh_blob(self.public)):
            self._agent, self.opened_by = agent, Opener.AGENT
            return
        raise KeysLocked("The log's key is locked: no source of the passphrase opened it.")

    def create(self, passphrase: bytes | None = None, *, into_keyring: bool = False) -> None:
        """Makes both keys, or none: by the passphrase, else one made for the keyring, else a source's.

        Raises Conflict where there are keys, KeysError where the passphrase is too short or none is given.
        """
        if self.exists:
            raise Conflict("The keys exist already.", "`hma-console key rotate` changes the signing key.")
        self._put_in_place(*self._new_passphrase(passphrase, into_keyring=into_keyring))

    def replace_lost(self, passphrase: bytes | None = None) -> None:
        """New keys in the place of those that no passphrase opens; the old files are kept aside."""
        if not self.exists:
            raise KeysMissing("The log has no key yet.")
        self._put_in_place(*self._new_passphrase(passphrase, into_keyring=False))

    def lock(self) -> None:
        self._pair = self._agent = self.opened_by = None

    @property
    def pending_next(self) -> bytes | None:
        """The public half of a key that a rotation had made when it was cut off."""
        path = self.folder / NEXT
        return public_of_signing(read_private(path)) if path.exists() else None

    def next_key(self, passphrase: bytes | None = None) -> NextKey:
        """First step of a rotation: the new key, on disk beside the old.

        Raises WrongPassphrase, KeysLocked.
        """
        unsealing = read_private(self.folder / UNSEALING)
        found = [passphrase] if passphrase else [each for _, each in self._sources.each(self._name)]
        for each in found:
            try:
                decrypt_unsealing(unsealing, each)
            except WrongPassphrase:
                continue
            new = new_pair_of_keys().signing
            write_private(self.folder / NEXT, encrypt_signing(new, each))
            return NextKey(new.public_key().public_bytes_raw(), new)
        if found:
            raise WrongPassphrase("The passphrase does not open the keys that it would protect.")
        raise KeysLocked("The passphrase is needed for the new key's file.", "Type it, or name its source.")

    def install_next(self, following: NextKey | None = None) -> None:
        """Second step: the new key takes the old one's place."""
        (self.folder / NEXT).replace(self.folder / SIGNING)
        sync_folder(self.folder)
        self._public = self._agent = None
        if self._pair is not None and following is not None:
            self._pair = KeyPair(following.key, self._pair.unsealing)
        else:
            self._pair = None

    def drop_next(self) -> None:
        (self.folder / NEXT).unlink(missing_ok=True)

    @property
    def _name(self) -> str:
        """What the keyring knows the passphrase by: nothing secret, another for each data directory."""
        return hashlib.sha256(str(self.folder.absolute()).encode()).hexdigest()[:16]

    def _publics(self) -> tuple[bytes, bytes]:
        if self._public is None:
            signing = public_of_signing(read_private(self.folder / SIGNING))
            self._public = signing, public_of_unsealing(read_private(self.folder / UNSEALING))
        return self._public

    def _open(self, passphrase: bytes, source: Opener) -> None:
        signing, unsealing = (read_private(self.folder / name) for name in (SIGNING, UNSEALING))
        pair = decrypt_both(signing, unsealing, passphrase)
        shown = public_of_signing(signing), public_of_unsealing(unsealing)
        if shown != _publics_of(pair):
            raise UnsafeKeyFile("A key file shows another public half than it holds: it was changed.")
        self._pair, self._public, self.opened_by = pair, shown, source

    def _new_passphrase(self, passphrase: bytes | None, *, into_keyring: bool) -> tuple[bytes, Opener]:
        if passphrase is not None:
            check_new_passphrase(passphrase)
            return passphrase, Opener.TYPED
        if into_keyring:
            return trusted_keyring.keep(self._name), Opener.KEYRING
        for source, found in self._sources.each(self._name, with_keyring=False):
            check_new_passphrase(found)
            return found, source
        raise KeysError(
            "Keys need a passphrase, and no source gave one.",
            "Type one, or name --passphrase-command, --passphrase-fd or --keyring.",
        )

    def _put_in_place(self, passphrase: bytes, source: Opener) -> None:
        """Both files in a folder of their own, which then takes the name: a crash leaves all or nothing."""
        half = self.folder.with_name(f".{self.folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        make_folder(half)
        pair = new_pair_of_keys()
        write_private(half / SIGNING, encrypt_signing(pair.signing, passphrase))
        write_private(half / UNSEALING, encrypt_unsealing(pair.unsealing, passphrase))
        try:
            if self.exists:
                self.folder.rename(self.folder.with_name(f"{self.folder.name}-lost-{self.public.hex()[:8]}"))
            half.rename(self.folder)
            sync_folder(self.folder.parent)
        except OSError as error:
            raise KeysError(f"The keys cannot be put into {self.folder}: {error.strerror}.") from None
        self._pair, self._public, self.opened_by, self._agent = pair, _publics_of(pair), source, None


def _publics_of(pair: KeyPair) -> tuple[bytes, bytes]:
    signing = pair.signing.public_key().public_bytes_raw()
    return signing, pair.unsealing.public_key().public_bytes_raw()
