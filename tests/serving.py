"""`hma-console serve` in a process of its own: for tests of memory, of kills, of load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True, slots=True)
class Served:
    """A running `serve`: where apps and the operator reach it."""

    process: subprocess.Popen[str]
    url: str
    socket: Path

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
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Served]:
    """On a free port, until the block is left; its log goes to the file `serve.log` beside the data.

    `options` stand before the command.
    """
    command = [
        sys.executable,
        "-m",
        "hma_console",
        "--data-dir",
        str(data_dir),
        *options,
        "serve",
        "--json",
        "--port",
        "0",
    ]
    with (
        (data_dir / "serve.log").open("a") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline() or "{}")
            assert ready.get("ready"), (data_dir / "serve.log").read_text()
            yield Served(process, ready["url"], Path(ready["socket"]))
        finally:
            process.terminate()
