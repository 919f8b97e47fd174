"""Files as large as a PDS takes them: they pass the gate and are fetched within a small server's memory."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from bridge.settings import Settings
from tests.api.asking import add_hash, make_bank
from tests.network.network import PATH, Account, link, network
from tests.network.test_kills import rows
from tests.pictures import encoded, noise_photograph
from tests.serving import Served, serving

log = logging.getLogger(__name__)

MIB = 1 << 20
LARGEST = 300_000_000
VIDEO, PICTURE = b"\0\0\0\x18ftypmp42", encoded(noise_photograph(1, 64, 64))
"""How they begin; the older PDS takes no PNG that it cannot read."""


@dataclass(frozen=True, slots=True)
class Large:
    """A file of `size` bytes that begins with `head`; each `number` makes another one."""

    head: bytes
    number: int
    size: int

    async def pieces(self) -> AsyncIterator[bytes]:
        left, piece = self.size, self.head.ljust(MIB, bytes([self.number]))
        while left:
            yield piece[:left]
            left -= min(left, len(piece))
            piece = bytes([self.number]) * MIB

    async def sha256(self) -> str:
        digest = hashlib.sha256()
        async for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    async def sent(self, url: str, account: Account) -> httpx.Response:
        headers = {
            "Authorization": account.http.headers["Authorization"],
            "Content-Type": "video/mp4" if self.head == VIDEO else "image/png",
            "Content-Length": str(self.size),
        }
        async with httpx.AsyncClient(base_url=url, timeout=120) as http:
            return await http.post(PATH, content=self.pieces(), headers=headers)


SIZES = [34, pytest.param(100, marks=[pytest.mark.trial, pytest.mark.timeout(600)])]
"""Above what a picture may have to be looked at; and what the PDS's installer lets everybody upload."""


@asynccontextmanager
async def gated(settings: Settings, pds_url: str, fail: str, *listed: Large) -> AsyncIterator[Served]:
    """A bridge in a process of its own, with a gate; `listed` are in its bank, by their sha256."""
    keys = {"pds.url": pds_url, "pds.mode": "firehose", "gate.mode": "block", "gate.fail": fail}
    options = [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]
    with serving(settings.data_dir, *options) as served:
        async with served.operator() as operator:
            await make_bank(operator)
            await add_hash(operator, "own", sha256="0" * 64)
            for file in listed:
                await add_hash(operator, "own", sha256=await file.sha256())
        yield served


async def verdicts(settings: Settings, count: int) -> dict[str, tuple[str, str, str]]:
    """Source, verdict and reason of each CID, once there are so many."""
    query = "SELECT cid, source, verdict, reason FROM uploads"
    async with asyncio.timeout(60):
        while len(found := rows(settings.store_path, query)) < count:
            await asyncio.sleep(0.1)
    return {str(cid): (str(source), str(verdict), str(reason)) for cid, source, verdict, reason in found}


@pytest.mark.parametrize("mib", SIZES)
async def test_files_as_large_as_the_pds_takes_pass_within_a_small_server_s_memory(
    settings: Settings, pds: str, mib: int
) -> None:
    videos = [Large(VIDEO, number, mib * MIB) for number in range(3)]
    pictures = [Large(PICTURE, number, mib * MIB) for number in range(3)]
    too_large = "A picture of more than the 32 MB looked at here."
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(network("--blob-limit", str(100 * MIB), pds=pds))
        ana = await stack.enter_async_context(net.account())
        async with gated(settings, net.url, "open", videos[2], pictures[2]) as served:
            cids = []
            for file in (*videos, *pictures):
                by_the_gate = file.number != 1
                answer = await file.sent(served.url if by_the_gate else net.url, ana)
                assert answer.status_code == 200, answer.text
                blob = answer.json()["blob"]
                assert blob["size"] == mib * MIB
                cids.append(link(blob))
                await ana.write("app.x.y", {"file": blob})
            assert await verdicts(settings, 6) == {
                cids[0]: ("gate", "no_match", ""),
                cids[1]: ("firehose", "no_match", ""),
                cids[2]: ("gate", "matched", ""),
                cids[3]: ("gate", "not_checked", too_large),
                cids[4]: ("firehose", "not_checked", too_large),
                cids[5]: ("gate", "matched", ""),
            }
            most = served.memory("VmHWM")
            log.info("files of %d MiB: %.0f MB at most", mib, most / 1e6)
            assert most < LARGEST, f"{most / 1e6:.0f} MB"


async def test_a_picture_too_large_to_look_at_is_refused_before_it_is_sent_where_the_gate_fails_closed(
    settings: Settings, pds: str
) -> None:
    async with network("--blob-limit", str(100 * MIB), pds=pds) as net, net.account() as ana:
        async with gated(settings, net.url, "closed") as served:
            answer = await Large(PICTURE, 0, 40 * MIB).sent(served.url, ana)
            assert (answer.status_code, answer.json()["error"]) == (413, "PayloadTooLarge")
            assert served.memory("VmHWM") < LARGEST
        assert net.blob_files() == []
