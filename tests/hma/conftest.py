from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hma.houses import HmaHouse, hma_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    """With an HMA that wants its token."""
    async with hma_house(tmp_path) as house:
        yield house


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    """With an HMA that takes everybody."""
    async with hma_house(tmp_path, token="") as house:
        yield house
