"""The composition root: builds every part of the bridge, starts and stops them in order.

Sockets are bound before anything else, so that a taken port is a plain error and not a fault of
the server's. Every task that runs by itself has its owner here, who sees when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bridge.api.app import make_app
from bridge.api.parts import Parts
from bridge.api.peer import PeerProtocol
from bridge.banks.banks import Banks
from bridge.compliance.erasure import Erasures
from bridge.compliance.jobs import LogJobs
from bridge.compliance.key_changes import KeyChanges
from bridge.compliance.log import ComplianceLog
from bridge.compliance.outside import OutsideCopy
from bridge.compliance.stamps import Stamps
from bridge.compliance.watch import LogWatch
from bridge.errors import DataDirectoryBusy, SettingsError, StoreError
from bridge.hashing import Hasher
from bridge.keys.keychain import Keychain
from bridge.keys.passphrases import PassphraseSources
from bridge.matching.embedded import EmbeddedMatcher
from bridge.memory import give_memory_back
from bridge.pipeline import Pipeline
from bridge.rechecks import Rechecks
from bridge.settings import Settings
from bridge.store.store import Store

SHUTDOWN_SECONDS = 3
BACKLOG = 512
MOST_CONNECTIONS = 250
KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep an idle connection: whoever closes first must not be the one who is asked."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bridge:
    """A running bridge. `url` is where apps reach it, empty where it has no ports.

    `failed` is done when a part that should run for ever has ended; its exception says why.
    """

    parts: Parts
    app: Starlette
    url: str
    failed: asyncio.Future[None]


@asynccontextmanager
async def running_bridge(
    settings: Settings, sources: PassphraseSources | None = None, *, listens: bool = True
) -> AsyncIterator[Bridge]:
    """A bridge on this data directory, in this event loop, until the block is left.

    `sources` open the log's keys. Without `listens` it opens no ports and no socket: for one
    command. Raises DataDirectoryBusy where another works on the directory, SettingsError where an
    address cannot be used.
    """
    give_memory_back()
    _make_data_dir(settings.data_dir)
    async with AsyncExitStack() as stack:
        stack.enter_context(_lock(settings.lock_path))
        sockets = [stack.enter_context(bound) for bound in _bind(settings)] if listens else []
        if listens:
            stack.callback(settings.socket_path.unlink, missing_ok=True)
        keychain = Keychain(settings.keys_dir, sources or PassphraseSources())
        compliance = ComplianceLog(keychain, OutsideCopy(settings.head_copy_dir))
        stack.push_async_callback(asyncio.to_thread, compliance.outside.flush)
        store = await Store.open(settings.store_path, compliance)
        stack.push_async_callback(store.close)
        keys = KeyChanges(store, compliance, keychain)
        hasher = Hasher(settings.limits)
        stack.callback(hasher.close)
        matcher = EmbeddedMatcher(store, settings.index_dir)
        await matcher.start()
        stack.push_async_callback(matcher.close)
        pipeline, banks = Pipeline(store, hasher, matcher), Banks(store)
        jobs, erasures = LogJobs(store, compliance, keychain), Erasures(store)
        stamps = Stamps(store, compliance, keychain, settings.log.timestamp_url)
        stack.push_async_callback(jobs.close)
        parts = Parts(
            settings, store, pipeline, matcher, banks, compliance, keychain, keys, jobs, stamps, erasures
        )
        app = make_app(parts)
        watch = _Watch()
        stack.push_async_callback(watch.stop)
        watch.over(store.owner)
        watch.start("index", matcher.keep_up())
        if listens:
            log_watch = LogWatch(store, compliance)
            stack.push_async_callback(log_watch.stopped)
            watch.finish("keys", keys.open_at_start(may_create=True))
            watch.start("log", log_watch.run())
            watch.start("outside copy of the log", compliance.outside.keep())
            watch.start("time stamps", stamps.run())
            watch.start("erasures", erasures.run())
            watch.start("rechecks", Rechecks(store, matcher, pipeline).run())
            watch.start("purge", banks.purge())
            await stack.enter_async_context(_serving(app, sockets, watch))
        else:
            stack.push_async_callback(_sign_what_a_command_wrote, compliance, keys)
        stack.push_async_callback(store.let_go_of_readers)
        yield Bridge(parts, app, _url(settings, sockets), watch.failed)


async def _sign_what_a_command_wrote(compliance: ComplianceLog, keys: KeyChanges) -> None:
    """Opening a key takes most of a second: only where there is something to sign."""
    if compliance.state.signed < compliance.state.size:
        await keys.open_at_start(may_create=False)


class _Watch:
    """Owns the tasks that run by themselves: an end that was not asked for fails the bridge."""

    def __init__(self) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Runs `work` until `stop`."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        self.over(task)

    def finish(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Runs `work`, which ends by itself; only its failure is one of the bridge."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._finished)

    def over(self, task: asyncio.Task[None]) -> None:
        """Watches a task that another owns."""
        task.add_done_callback(self._ended)

    def expect_ends(self) -> None:
        self._stopping = True

    async def stop(self) -> None:
        self.expect_ends()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.failed.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._ended(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._stopping or self.failed.done():
            return
        log.error("The task %s ended", task.get_name(), exc_info=error)
        self.failed.set_exception(error or StoreError(f"The task {task.get_name()} ended."))
        self.failed.exception()  # seen here; whoever waits for `failed` gets it again


def _make_data_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise SettingsError(f"The data directory {folder} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"The data directory {folder} is not ours to write.", "Run as its owner.")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One bridge a data directory: the kernel lets go of the lock however the process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataDirectoryBusy(f"Another hma-console works on {path.parent}.") from None
    finally:
        os.close(descriptor)


def _bind(settings: Settings) -> Iterator[socket.socket]:
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
        yield socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"Port {port} on {host} cannot be used: {error.strerror}.",
            "Stop what uses it, or choose another: --set bridge.port=3002.",
        ) from None


def _listens(path: Path) -> bool:
    """A socket in $RUNTIME_DIRECTORY may belong to a bridge on another data directory."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0


def _url(settings: Settings, sockets: list[socket.socket]) -> str:
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
async def _serving(app: Starlette, sockets: list[socket.socket], watch: _Watch) -> AsyncIterator[None]:
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
    watch.over(serving)
    await asyncio.wait((serving, asyncio.ensure_future(server.ready.wait())), return_when="FIRST_COMPLETED")
    try:
        yield
    finally:
        watch.expect_ends()
        server.should_exit = True
        server.ending.set()
        await serving
