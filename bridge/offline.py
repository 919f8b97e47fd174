"""What a command may use of the bridge when none runs: its API in the command's own process, and the checks.

The checks need no bridge and take no lock: they read, and write nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from bridge.api.log_shapes import Json, checked
from bridge.api.peer import as_this_user
from bridge.compliance import verify
from bridge.compliance.check import check_whole
from bridge.compliance.outside import OutsideCopy
from bridge.errors import NotFound, StoreError
from bridge.runtime import Bridge
from bridge.settings import Settings


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
