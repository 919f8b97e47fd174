"""A store with a log and keys for tests; keys are made once, deriving them takes a second."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bridge.compliance.check import Checked, check_whole
from bridge.compliance.key_changes import KeyChanges
from bridge.compliance.leaf import Leaf
from bridge.compliance.log import ComplianceLog
from bridge.compliance.reading import reading
from bridge.events import Event, EventType
from bridge.keys.keychain import Keychain
from bridge.store.store import Store
from tests.stores import PASSPHRASE, new_keychain, new_log


@cache
def _keys() -> Path:
    """A folder with a pair of key files, made once a process."""
    folder = Path(mkdtemp(prefix="hma-keys-"))
    new_keychain(folder).create(PASSPHRASE)
    return folder / "keys"


@cache
def _opened() -> Keychain:
    keychain = new_keychain(_keys().parent)
    keychain.open(PASSPHRASE)
    return keychain


def open_keychain(folder: Path) -> Keychain:
    """An open keychain on a copy of the tests' keys in `folder`, or on those that are there."""
    keychain = new_keychain(folder)
    if not keychain.exists:
        shutil.copytree(_keys(), folder / "keys")
    if _keys.cache_info().currsize and keychain.public == _opened().public:
        keychain._pair, keychain.opened_by = _opened()._pair, _opened().opened_by
    else:
        keychain.open(PASSPHRASE)
    return keychain


@dataclass(frozen=True, slots=True)
class LoggedStore:
    folder: Path
    store: Store
    log: ComplianceLog
    keychain: Keychain

    async def say(self, *events: Event) -> None:
        await self.store.write(lambda _: None, events)

    async def beat(self, count: int = 1) -> None:
        """`count` entries, each in a commit of its own."""
        for _ in range(count):
            await self.say(Event(EventType.HEARTBEAT, "bridge", facts={"entries": self.log.state.size}))

    def leaves(self) -> list[Leaf]:
        return [Leaf.of_bytes(leaf) for leaf in self.raw_leaves()]

    def raw_leaves(self) -> list[bytes]:
        with reading(self.store.path) as reader:
            return [leaf for _, leaf in reader.leaves(0, reader.head.size)]

    def check(self) -> Checked:
        return check_whole(self.store.path, self.log.outside)


@asynccontextmanager
async def logged_store(folder: Path, *, with_keys: bool = True) -> AsyncIterator[LoggedStore]:
    """A store in `folder` whose log is signed; closed, with its head copied outside, at the end."""
    keychain = open_keychain(folder) if with_keys else new_keychain(folder)
    log = new_log(folder, keychain)
    is_new = not (folder / "store.db").exists()
    store = await Store.open(folder / "store.db", log)
    try:
        if with_keys and is_new:
            await KeyChanges(store, log, keychain)._say_created("bridge")
        yield LoggedStore(folder, store, log, keychain)
    finally:
        await store.close()
        log.outside.flush()
