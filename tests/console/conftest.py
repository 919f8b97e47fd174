from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.console.driving import Stage
from tests.fakes.bridge_api import lived_in


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown as they are where the console runs; here that is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def stage() -> Stage:
    """A console on a bridge after a normal day."""
    return Stage(lived_in())
