"""The data directory: made where it is missing, and one bridge's alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import DataDirectoryBusy, SettingsError


def make(folder: Path) -> None:
    """Raises SettingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise SettingsError(f"The data directory {folder} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"The data directory {folder} is not ours to write.", "Run as its owner.")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One bridge a data directory: the kernel lets go of the lock however the process ends.

    Raises DataDirectoryBusy.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataDirectoryBusy(f"Another hma-console works on {path.parent}.") from None
    finally:
        os.close(descriptor)
