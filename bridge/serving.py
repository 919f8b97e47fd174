"""The bridge's two doors: a TCP port for apps, a Unix socket for the console; and the server behind them.

Sockets are bound before anything else, so that a taken port is a plain error and not a fault of
the server's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bridge.api.peer import PeerProtocol
from bridge.errors import DataDirectoryBusy, SettingsError
from bridge.settings import Settings
from bridge.tasks import Tasks

SHUTDOWN_SECONDS = 3
BACKLOG = 512
MOST_CONNECTIONS = 250
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep an idle connection: whoever closes first must not be the one who is asked."""


def bind(settings: Settings) -> Iterator[socket.socket]:
    """The Unix socket for the console and the TCP port for apps, both bound by ourselves.

    uvicorn would make the Unix socket open to everyone, and end the process on a taken port.
    """
    host, port = settings.bridge.host, settings.bridge.port
    if not 0 <= port < 1 << 16:
        raise SettingsError(f"There is no port {port}.", "Choose one from 1 to 65535, or 0 for any.")
    path = settings.socket_path
    if _listens(path):
        raise DataDirectoryBusy(f"Another hma-console listens at {path}.")
    path.unlink(missing_ok=True)
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        local.bind(str(path))
    except OSError as error:
        local.close()
        raise SettingsError(f"The socket {path} cannot be made: {error.strerror}.") from None
    finally:
        os.umask(before)
    yield local
    try:
        server = socket.create_server((host, port), backlog=BACKLOG)
        # asyncio sets it only on sockets that say they are TCP, which those taken from this one do not.
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield server
    except OSError as error:
        raise SettingsError(
            f"Port {port} on {host} cannot be used: {error.strerror}.",
            "Stop what uses it, or choose another: --set bridge.port=3002.",
        ) from None


def _listens(path: Path) -> bool:
    """A socket in $RUNTIME_DIRECTORY may belong to a bridge on another data directory."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0


def url_of(settings: Settings, sockets: list[socket.socket]) -> str:
    """Where apps reach it, empty where it has no ports."""
    if not sockets:
        return ""
    return f"http://{settings.bridge.host}:{sockets[1].getsockname()[1]}"


class _Server(uvicorn.Server):
    """Says when it listens; signals belong to the program that hosts the bridge."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wakes once a second for the Date header, not ten times, and ends as soon as it is told."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Starlette, sockets: list[socket.socket], tasks: Tasks) -> AsyncIterator[None]:
    """Answers on these sockets until the block is left."""
    config = uvicorn.Config(
        app,
        http=PeerProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=sockets), name="server")
    tasks.over(serving)
    await asyncio.wait((serving, asyncio.ensure_future(server.ready.wait())), return_when="FIRST_COMPLETED")
    try:
        yield
    finally:
        tasks.expect_ends()
        server.should_exit = True
        server.ending.set()
        await serving
