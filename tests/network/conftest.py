"""The real network for tests; where it is not installed they are skipped, and say so.

Each test runs against the newest PDS; in the trials against the older one too, and in `make test` where it is
marked `older`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.settings import OperatorSettings, PdsSettings, Settings
from tests.network.network import NEWEST, NODE, OLDER, Account, Network, network


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if NODE.exists():
        return
    reason = "THE REAL PDS IS NOT INSTALLED: run `make network` (npm, 640 MB); nothing of a PDS was tried"
    assert not os.environ.get("CI"), reason
    for item in items:
        if item.path.is_relative_to(NODE.parents[3]):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pds" in metafunc.fixturenames:
        marks = () if metafunc.definition.get_closest_marker("older") else (pytest.mark.trial,)
        packages = [NEWEST, pytest.param(OLDER, marks=marks)]
        metafunc.parametrize("pds", packages, ids=("newest", "older"))


@pytest.fixture
async def net(pds: str) -> AsyncIterator[Network]:
    async with network(pds=pds) as running:
        yield running


@pytest.fixture
async def ana(net: Network) -> AsyncIterator[Account]:
    async with net.account() as account:
        yield account


@pytest.fixture
async def bob(net: Network) -> AsyncIterator[Account]:
    async with net.account() as account:
        yield account


@pytest.fixture
def guarded(settings: Settings, net: Network) -> Settings:
    """The bridge's settings, with this PDS watched."""
    return replace(settings, pds=PdsSettings(net.url, "firehose"))


@pytest.fixture
def keeping(guarded: Settings) -> Settings:
    """The same in a country where evidence is kept."""
    return replace(guarded, operator=OperatorSettings("US"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a password, a key or the PDS tries again soon."""
    monkeypatch.setattr("bridge.store.outbox.BLOCKED_MS", 200)
    monkeypatch.setattr("bridge.store.outbox.FIRST_RETRY_MS", 200)
