"""`hma-console serve` in a process of its own: for tests of memory, of kills, of load."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx

from hma_console.cli.main import main


class ServeProcess:
    """What tests need of a process, by the names that `subprocess` has for it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def start(self) -> None:
        self._process.start()

    def send_signal(self, number: int) -> None:
        if self.is_alive:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def wait(self, timeout: float = 60) -> int:
        """Its exit code; negative is the signal that ended it. Fails where it does not end in time."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"it still runs after {timeout:g} s"
        return self._process.exitcode


@dataclass(frozen=True, slots=True)
class Served:
    """A running `serve`: where apps and the operator reach it."""

    process: ServeProcess
    url: str
    socket: Path
    log: Path

    def operator(self) -> httpx.AsyncClient:
        """A client on the Unix socket."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket), verify=False)
        return httpx.AsyncClient(transport=transport, base_url="http://bridge", timeout=60)

    def app(self, key: str) -> httpx.AsyncClient:
        """A client over TCP."""
        return httpx.AsyncClient(base_url=self.url, headers={"X-API-Key": key}, verify=False, timeout=60)

    def memory(self, what: str) -> int:
        """Bytes the kernel counts for the process: `VmRSS` now, `VmHWM` at most so far, `RssAnon` its own."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))

    def kill(self) -> None:
        """As the kernel does it when memory runs out, or the plug when it is pulled."""
        assert self.process.is_alive, f"it ended by itself: {self.log.read_text()}"
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Served]:
    """On a free port, until the block is left; its log goes to the file `serve.log` beside the data.

    `options` stand before the command.
    """
    arguments = ["--data-dir", str(data_dir), *options, "serve", "--json", "--port", "0"]
    reader, writer = _NURSERY.Pipe(duplex=False)
    log = data_dir / "serve.log"
    process = ServeProcess(
        _NURSERY.Process(target=_run, args=(arguments, dict(os.environ), writer, str(log)))
    )
    with reader:
        process.start()
        writer.close()
        try:
            with open(os.dup(reader.fileno())) as out:
                ready = json.loads(out.readline() or "{}")
            assert ready.get("ready"), log.read_text()
            yield Served(process, ready["url"], Path(ready["socket"]), log)
        finally:
            process.terminate()
            process.wait()


_NURSERY = multiprocessing.get_context("forkserver")
"""Has imported the program once; every start is a fork of it, which is most of two seconds quicker.

`tests/cli/test_serve.py` starts it as a user does, too.
"""
_NURSERY.set_forkserver_preload(
    ["bridge.runtime", "bridge.atproto.guard", "bridge.atproto.gate", "hma_console.cli.main"]
)


def _run(arguments: list[str], environment: dict[str, str], out: Connection, log: str) -> None:
    """In the new process: its own environment, standard output to the pipe, errors to the log."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(out.fileno(), 1)
    with open(log, "a") as file:
        os.dup2(file.fileno(), 2)
    sys.exit(main(arguments))
