"""What a command may use of the bridge when none runs: its API in the command's own process, and the checks.

The checks need no bridge and take no lock: they read, and write nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from bridge.api.log_shapes import Json, checked
from bridge.api.peer import as_this_user
from bridge.compliance import verify
from bridge.compliance.check import check_whole
from bridge.compliance.outside import OutsideCopy
from bridge.errors import NotFound, StoreError
from bridge.keys.keychain import Keychain, KeysState
from bridge.keys.passphrases import PassphraseSources
from bridge.keys.secrets import SecretName, open_secret
from bridge.runtime import Bridge
from bridge.settings import Settings
from bridge.store.database import migrations


def in_process(bridge: Bridge) -> ASGIApp:
    """The API as its operator calls it, without a socket between."""
    return as_this_user(bridge.app)


def check_log(settings: Settings, progress: Callable[[int, int], None]) -> Json:
    """The whole log checked, as `POST /log/check` would tell it. Raises NotFound, LogError, StoreError."""
    if not settings.store_path.exists():
        raise NotFound(f"There is no log in {settings.data_dir}.", "Name the right --data-dir.")
    try:
        return checked(check_whole(settings.store_path, OutsideCopy(settings.head_copy_dir), progress))
    except sqlite3.Error as error:
        raise StoreError(f"The store cannot be read: {error}.", "Look at the disk.") from error


def verify_bundle(path: Path, fingerprint: str | None, head: bytes | None) -> verify.Verdict:
    """By our own copy of the verifier, never by the one that a bundle brings."""
    return verify.verify(str(path), fingerprint, head)


def check_store(settings: Settings) -> tuple[str, ...]:
    """What SQLite finds broken in the store, a sentence each. Raises NotFound, StoreError."""
    with _store(settings) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations()):
            return ("it was written by a later version of hma-console",)
        found = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
        return tuple(found) if found != ["ok"] else ()


def keys_state(settings: Settings) -> KeysState:
    """Missing, or locked: nothing is opened."""
    return Keychain(settings.keys_dir, PassphraseSources()).state


def secret(settings: Settings, sources: PassphraseSources, name: SecretName) -> str:
    """Empty where it was never set. Raises KeysError where no source opens the keys, StoreError.

    Deriving a key takes most of a second.
    """
    try:
        with _store(settings) as connection:
            row = connection.execute("SELECT sealed FROM secrets WHERE name = ?", (name.value,)).fetchone()
    except NotFound:
        return ""
    if row is None:
        return ""
    keychain = Keychain(settings.keys_dir, sources)
    keychain.open()
    return open_secret(keychain, name, row[0])


@contextmanager
def _store(settings: Settings) -> Iterator[sqlite3.Connection]:
    """Read only, beside a bridge that goes on writing or without one."""
    if not settings.store_path.exists():
        raise NotFound(f"There is no store in {settings.data_dir}.", "Name the right --data-dir.")
    try:
        with closing(sqlite3.connect(f"{settings.store_path.as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"The store cannot be read: {error}.", "Look at the disk.") from error
