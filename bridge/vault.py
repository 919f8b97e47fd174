"""The vault: sealed files that a locked service can write and only an unlocked one can read.

Each file has a key of its own, sealed to the operator's public key and kept by the caller, not in the
file: deleting the key destroys the file wherever a copy of it is. Pieces are sealed by ChaCha20-Poly1305
under the number of the piece and a mark for the last one, so none can be dropped or moved (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bridge.errors import KeysError, VaultError
from bridge.keys.files import make_folder, sync_folder
from bridge.keys.sealing import seal
from bridge.uploads import new_id

PIECE = 256 << 10
_TAG = 16
_CONTEXT = b"hma-console/vault/v1"


class Unsealer(Protocol):
    def unseal(self, box: bytes, context: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the vault: its name, its key, sealed, and the number of bytes in it.

    `is_new` where it was written just now and stands in no row yet.
    """

    name: str
    key: bytes
    size: int
    is_new: bool = False


class Vault:
    """`public` gives the public key to seal to. Raises KeysMissing where there are no keys."""

    def __init__(self, folder: Path, public: Callable[[], bytes]) -> None:
        self.folder = folder
        self._public = public

    async def keep(self, body: bytes, room: int) -> Kept:
        """On disk when it returns. Raises VaultError, also where it is larger than `room`; KeysError."""
        return await asyncio.to_thread(self._keep, body, room)

    async def begin(self, room: int) -> Writing:
        """A file that is written as its bytes come. Raises as `keep`."""
        return await asyncio.to_thread(self._begin, room)

    def read(self, kept: Kept, unsealer: Unsealer) -> Iterator[bytes]:
        """Its bytes, piece by piece; blocking.

        Raises KeysLocked, KeysError where it was changed, VaultError where it is not there.
        """
        cipher = ChaCha20Poly1305(unsealer.unseal(kept.key, _CONTEXT))
        try:
            with (self.folder / kept.name).open("rb") as file:
                piece, number = file.read(PIECE + _TAG), 0
                while True:
                    following = file.read(PIECE + _TAG)
                    yield cipher.decrypt(_nonce(number, last=not following), piece, _CONTEXT)
                    if not following:
                        return
                    piece, number = following, number + 1
        except InvalidTag:
            raise KeysError("A file of the vault was changed.") from None
        except OSError as error:
            raise VaultError(f"A file of the vault cannot be read: {error.strerror}.") from None

    def has(self, kept: Kept) -> bool:
        """Whether the file is there; blocking."""
        return (self.folder / kept.name).is_file()

    def remove(self, names: Iterable[str]) -> None:
        """Unlinks files whose keys are gone already; blocking."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def strays(self, known: frozenset[str], before: float) -> list[str]:
        """Files that nothing refers to, last written before that time (seconds since 1970); blocking."""
        found = []
        with suppress(FileNotFoundError):
            for file in self.folder.iterdir():
                if file.name not in known and file.stat().st_mtime < before:
                    found.append(file.name)
        return found

    def _keep(self, body: bytes, room: int) -> Kept:
        writing = self._begin(room)
        try:
            for at in range(0, len(body), PIECE):
                writing.write(body[at : at + PIECE])
            return writing.finish()
        except BaseException:
            writing.discard()
            raise

    def _begin(self, room: int) -> Writing:
        key = secrets.token_bytes(32)
        sealed = seal(self._public(), key, _CONTEXT)
        try:
            make_folder(self.folder)
            return Writing(self.folder / new_id(), key, sealed, room)
        except OSError as error:
            raise VaultError(f"The vault cannot be written: {error.strerror}.") from None


class Writing:
    """One file on its way into the vault; its methods block. Either `finish` or `discard` ends it."""

    def __init__(self, path: Path, key: bytes, sealed: bytes, room: int) -> None:
        self._path = path
        self._room = room
        self._cipher = ChaCha20Poly1305(key)
        self._sealed = sealed
        self._pending = bytearray()
        self._number = self._size = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Raises VaultError."""
        self._size += len(data)
        if self._size > self._room:
            raise VaultError("The vault is full.", "Decide the oldest cases, or set vault.max_bytes higher.")
        self._pending += data
        while len(self._pending) > PIECE:  # the last piece is only known at the end
            self._put(last=False)

    def finish(self) -> Kept:
        """Raises VaultError."""
        self._put(last=True)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._path.parent)
        except OSError as error:
            raise VaultError(f"The vault cannot be written: {error.strerror}.") from None
        return Kept(self._path.name, self._sealed, self._size, is_new=True)

    def discard(self) -> None:
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _put(self, *, last: bool) -> None:
        piece = bytes(self._pending[:PIECE])
        del self._pending[:PIECE]
        try:
            self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, _CONTEXT))
        except OSError as error:
            raise VaultError(f"The vault cannot be written: {error.strerror}.") from None
        self._number += 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
