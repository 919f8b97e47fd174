"""What lies on this machine: the data directory, its disk, the store, the keys. Read only."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from pathlib import Path

from bridge.errors import NotFound, StoreError
from bridge.settings import Settings
from hma_console.doctor.finding import Finding, Findings, bad, look, ok
from hma_console.words import size

DATA, DISK, STORE, KEYS = "data", "disk", "store", "keys"
ENOUGH, TOO_LITTLE = 5 << 30, 1 << 30
"""Bytes free. Below the second a long import, or evidence, may find the disk full."""


async def data_directory(settings: Settings) -> Findings:
    """Nobody else may read what lies in it."""
    folder = settings.data_dir
    if not folder.is_dir():
        words = f"{folder} is not there: nothing was begun yet"
        return [look(DATA, words, "Start `hma-console`, or name the right --data-dir.")]
    found = [*_too_open(folder, 0o007), *_too_open(settings.keys_dir, 0o077)]
    found += [*_too_open(settings.vault_dir, 0o077), *_too_open(settings.store_path, 0o077)]
    return found or [ok(DATA, f"{folder} is closed to others")]


def _too_open(path: Path, bits: int) -> Findings:
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return []
    except OSError as error:
        return [bad(DATA, f"{path} cannot be looked at: {error.strerror}", "Run as the owner of the data.")]
    if not mode & bits:
        return []
    return [bad(DATA, f"{path} is open to others ({mode:04o})", f"chmod {mode & ~bits:o} {path}")]


async def disk(settings: Settings) -> Findings:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    words, remedy = f"{size(free)} free", "Make room, or move the data directory."
    if free < TOO_LITTLE:
        return [bad(DISK, words, remedy)]
    return [look(DISK, words, remedy) if free < ENOUGH else ok(DISK, words)]


async def store(settings: Settings) -> Findings:
    from bridge.offline import check_store

    try:
        broken = await asyncio.to_thread(check_store, settings)
    except NotFound:
        return []  # what `data` says already
    except StoreError as error:
        return [bad(STORE, error.message.rstrip("."), error.hint)]
    remedy = "Stop the bridge, copy the data directory, and restore a backup."
    return [bad(STORE, words, remedy) for words in broken] or [ok(STORE, "the store is whole")]


async def keys(settings: Settings) -> Findings:
    from bridge.offline import keys_state

    if keys_state(settings) == "missing":
        return [look(KEYS, "there are none: the log is not signed", "Run `hma-console key create`.")]
    return [ok(KEYS, "the log has its keys")]


def unreadable(name: str, why: str) -> Finding:
    """A secret that is needed and cannot be opened here."""
    remedy = "Give --passphrase-command, as the bridge has it."
    return look(KEYS, f"{name} could not be read: {why.rstrip('.').lower()}", remedy)
