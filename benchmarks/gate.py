"""What the gate adds to an upload of 1 MB: the PDS alone, the gate before it, and Caddy before both, in turn.

In the mode hold a picture is looked at while it is sent on, in the mode block before.

PDS, bridge, Caddy and the uploader share the machine's cores. Every way gets pictures of its own, so
that neither the PDS nor the gate has seen the bytes; then each gets one picture again and again.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import httpx
import numpy as np

from benchmarks.photographs import of_about
from benchmarks.watching import prepared, watching
from hma_console.gate_setup.rule import WhenDead
from tests.network.network import PATH, Account, Network, network
from tests.network.proxies import caddy, free_port

UPLOAD, WIDTH, HEIGHT = 1_000_000, 1_600, 1_200
ROUNDS, WARM_UP = 200, 20
ALONE, HOLD, BLOCK, CADDY = "PDS alone", "gate, mode hold", "gate, mode block", "Caddy, gate hold"

_numbers = count(1)


async def figures() -> None:
    """Prints a line for each way."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hma-")))
        port = free_port()
        net = await stack.enter_async_context(network("--public-port", str(port)))
        somebody = await stack.enter_async_context(net.account())
        ways = await stack.enter_async_context(_ways(folder, net, somebody, port))
        pictures = of_about(UPLOAD, WIDTH, HEIGHT)
        sizes = f"{min(map(len, pictures)) / 1e6:.2f} to {max(map(len, pictures)) / 1e6:.2f} MB"
        print(f"gate, one upload at a time, JPEG of {WIDTH} × {HEIGHT}, {sizes}:")
        print(f"{'':44}{'p50':>10}{'p99':>10}{'p50 more':>12}{'p99 more':>12}")
        await _measured(ways, _new(pictures), WARM_UP)
        _print("a new picture each time", await _measured(ways, _new(pictures), ROUNDS))
        again = _new(pictures)
        _print("the same again", await _measured(ways, iter([next(again)] * len(ways) * ROUNDS), ROUNDS))
        if CADDY not in ways:
            print("Caddy is missing (apt-get install caddy): not measured.")


@asynccontextmanager
async def _ways(
    folder: Path, net: Network, account: Account, port: int
) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A client of an account for each way to the PDS, each with a connection that it keeps."""
    async with AsyncExitStack() as stack:
        urls = {ALONE: net.url}
        for way, mode in ((HOLD, "hold"), (BLOCK, "block")):
            urls[way] = await stack.enter_async_context(_gate(net, mode))
        if shutil.which("caddy"):
            gate, pds = (urls[way].removeprefix("http://") for way in (HOLD, ALONE))
            urls[CADDY] = await stack.enter_async_context(caddy(folder, port, WhenDead.PASS, gate, pds))
        headers = {"Authorization": account.http.headers["Authorization"], "Content-Type": "image/jpeg"}
        yield {
            way: await stack.enter_async_context(httpx.AsyncClient(base_url=url, headers=headers, timeout=60))
            for way, url in urls.items()
        }


@asynccontextmanager
async def _gate(net: Network, mode: str) -> AsyncIterator[str]:
    """A bridge of its own; where it listens."""
    async with prepared() as folder:
        with watching(folder, net.url, "--set", f"gate.mode={mode}") as served:
            yield served.url


def _new(pictures: list[bytes]) -> Iterator[bytes]:
    """Bytes that nobody saw before: the photographs in turn, each with a number behind it."""
    for number in _numbers:
        yield pictures[number % len(pictures)] + number.to_bytes(8)


async def _measured(
    ways: Mapping[str, httpx.AsyncClient], bodies: Iterator[bytes], rounds: int
) -> dict[str, list[float]]:
    """Seconds that each upload took, by way; the ways take turns, and who is first changes each round."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    names = list(ways)
    for number in range(rounds):
        for at in range(len(names)):
            way = names[(number + at) % len(names)]
            body = next(bodies)
            begin = time.perf_counter()
            answer = await ways[way].post(PATH, content=body)
            taken[way].append(time.perf_counter() - begin)
            assert answer.status_code == 200, answer.text
    return taken


def _print(what: str, taken: Mapping[str, list[float]]) -> None:
    alone = np.percentile(taken[ALONE], (50, 99)) * 1e3
    for way, times in taken.items():
        p50, p99 = np.percentile(times, (50, 99)) * 1e3
        line = f"{what if way == ALONE else '':24}  {way:18}{p50:7.1f} ms{p99:7.1f} ms"
        if way != ALONE:
            line += f"{p50 - alone[0]:9.1f} ms{p99 - alone[1]:9.1f} ms"
            line += "   goal: p50 under 20 ms more" if way == HOLD else ""
        print(line)
