"""Stores for tests: real ones, with a real compliance log, with or without keys."""

from __future__ import annotations

from pathlib import Path

from bridge.compliance.log import ComplianceLog
from bridge.compliance.outside import OutsideCopy
from bridge.keys.keychain import Keychain
from bridge.keys.passphrases import PassphraseSources
from bridge.store.store import Store

PASSPHRASE = b"five plain words for tests"


def new_log(folder: Path) -> ComplianceLog:
    """The log of a store in `folder`, its keys in `keys`, its outside copy in `heads`."""
    return ComplianceLog(Keychain(folder / "keys", PassphraseSources()), OutsideCopy(folder / "heads"))


async def open_store(path: Path) -> Store:
    return await Store.open(path, new_log(path.parent))
