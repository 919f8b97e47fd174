"""Key files: ours alone to read, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bridge.errors import KeysError, KeysMissing, UnsafeKeyFile

LARGEST = 64 << 10
"""Bytes; no key file is near it."""


def read_private(path: Path) -> bytes:
    """Raises KeysMissing, UnsafeKeyFile where others could read or have replaced it, KeysError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeysMissing(f"The key file {path.name} does not exist.") from None
    except OSError as error:
        if path.is_symlink():
            raise UnsafeKeyFile(
                f"{path} is a symbolic link, so that anyone who can change it could put another key there.",
                "Put the key file itself there.",
            ) from None
        raise KeysError(f"The key file {path} cannot be read: {error.strerror}.") from None
    try:
        _check(os.fstat(descriptor), path)
        return os.read(descriptor, LARGEST)
    finally:
        os.close(descriptor)


def _check(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeKeyFile(f"{path} is no file.", "Put the key file there.")
    if status.st_uid != os.geteuid():
        raise UnsafeKeyFile(f"{path} belongs to another user.", f"Run as its owner, or: chown {path}")
    if status.st_mode & 0o077:
        raise UnsafeKeyFile(f"{path} can be read by others.", f"Run: chmod 600 {path}")


def make_folder(folder: Path) -> None:
    """Raises UnsafeKeyFile where it is open to others, KeysError where it cannot be made."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise KeysError(f"The folder {folder} cannot be made: {error.strerror}.") from None
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeKeyFile(f"{folder} is no folder.", "Move it away.")
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise UnsafeKeyFile(f"The folder {folder} is open to others.", f"Run: chmod 700 {folder}")


def write_private(path: Path, data: bytes) -> None:
    """Written beside it, synced, then renamed over. Raises KeysError."""
    half = path.with_name(f".{path.name}.half")
    try:
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        half.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeysError(f"The key file {path} cannot be written: {error.strerror}.") from None


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
