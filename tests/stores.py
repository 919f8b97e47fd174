"""Stores for tests: real ones, with a real compliance log, with or without keys."""

from __future__ import annotations

from pathlib import Path

from bridge.compliance.log import ComplianceLog
from bridge.compliance.outside import OutsideCopy
from bridge.keys.keychain import Keychain
from bridge.keys.passphrases import PassphraseSources
from bridge.store.store import Store

PASSPHRASE = b"five plain words for tests"


def new_keychain(folder: Path) -> Keychain:
    """The keychain of a store in `folder`; no keys are made yet."""
    return Keychain(folder / "keys", PassphraseSources())


def new_log(folder: Path, keychain: Keychain | None = None) -> ComplianceLog:
    """The log of a store in `folder`, its outside copy in `heads`."""
    return ComplianceLog(keychain or new_keychain(folder), OutsideCopy(folder / "heads"))


async def open_store(path: Path) -> Store:
    return await Store.open(path, new_log(path.parent))
