from __future__ import annotations

import pytest

from tests.deciding.deciding import Deciding
from tests.houses import House


@pytest.fixture
def deciding(house: House) -> Deciding:
    return Deciding(house)
