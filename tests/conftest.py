"""A real bridge on real sockets, and clients for both of its doors.

Every JSON answer that these clients get is held against the OpenAPI document. They speak plain
HTTP, so `verify=False` only spares each of them reading the system's certificates; whoever leaves it
out shares what was read once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

import httpx
import pytest

from bridge.runtime import Bridge, running_bridge
from bridge.settings import BridgeSettings, Settings
from tests.api.asking import AppClients
from tests.api.contract import keeps_to_the_contract
from tests.houses import House
from tests.stores import open_store

HOOKS = {"response": [keeps_to_the_contract]}


@pytest.fixture(autouse=True, scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Heads of compliance logs are copied outside the data directory: not into the tester's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        patch.setattr(httpx._transports.default, "create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Defaults on a free port; the data directory's path is short, since a socket's address must be."""
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="hma-", dir="/tmp"))
    yield Settings(folder, bridge=BridgeSettings(port=0))
    shutil.rmtree(folder)


@pytest.fixture
async def bridge(settings: Settings) -> AsyncIterator[Bridge]:
    async with running_bridge(settings) as running:
        yield running
        assert not running.failed.done(), "a task of the bridge ended by itself"


@pytest.fixture
async def operator(bridge: Bridge, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Over the Unix socket, as the console and the commands come."""
    transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bridge", event_hooks=HOOKS, verify=False
    ) as client:
        yield client


@pytest.fixture
async def app_client(bridge: Bridge, operator: httpx.AsyncClient) -> AsyncIterator[AppClients]:
    async with AsyncExitStack() as clients:
        made = 0

        async def make(*scopes: str) -> httpx.AsyncClient:
            nonlocal made
            made += 1
            answer = await operator.post(
                "/api/v1/apikeys", json={"name": f"app-{made}", "scopes": scopes or ["all"]}
            )
            assert answer.status_code == 201, answer.text
            headers = {"X-API-Key": answer.json()["key"]}
            client = httpx.AsyncClient(base_url=bridge.url, headers=headers, event_hooks=HOOKS, verify=False)
            return await clients.enter_async_context(client)

        yield make


@pytest.fixture
async def app(app_client: AppClients) -> httpx.AsyncClient:
    """Over TCP with a key of all scopes."""
    return await app_client()


@pytest.fixture
async def stranger(bridge: Bridge) -> AsyncIterator[httpx.AsyncClient]:
    """Over TCP without a key."""
    async with httpx.AsyncClient(base_url=bridge.url, event_hooks=HOOKS, verify=False) as client:
        yield client


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = await open_store(tmp_path / "store.db")
    opened = House(store, tmp_path / "index")
    await opened.matcher.start()
    yield opened
    await opened.matcher.close()
    opened.hasher.close()
    await store.close()
