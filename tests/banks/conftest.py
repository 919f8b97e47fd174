"""Syncs over a real store, for tests of lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.store import Store
from tests.banks.syncing import Office
from tests.stores import open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
async def office(store: Store) -> AsyncIterator[Office]:
    made = Office(store)
    yield made
    await made.syncs.close()
