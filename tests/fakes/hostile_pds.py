"""A PDS that answers slowly, wrongly or never: what the real one does not do on request.

Its shapes are those of the real one's recorded answers; what a test sets is wrong with them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from bridge.atproto.cids import cid_of
from bridge.receiving import content_of

Answer = tuple[int, bytes]


@dataclass(slots=True)
class HostilePds:
    """`answers` replaces what a method answers, a list one answer after the other; None never answers."""

    url: str = ""
    frames: list[bytes] = field(default_factory=list)
    records: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Answer | list[Answer] | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    location: str = ""
    """Where an answer of a redirection leads."""
    short: int = 0
    """Bytes by which each answer ends before what it promised."""
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, body: bytes) -> str:
        """Puts a blob in; its CID."""
        cid = cid_of(content_of(body).sha256)
        self.blobs[cid] = body
        return cid

    async def _request(self, _connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        method = parts.path.removeprefix("/xrpc/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(method)
        if method == "com.atproto.sync.subscribeRepos" and method not in self.answers:
            self.cursors.append(query.get("cursor", ""))
            return None
        answer = self.answers.get(method, self._usual(method, query))
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else self._usual(method, query)
        if answer is None:
            await self._end.wait()
            return Response(500, "Ended", Headers({"Content-Length": "0", "Connection": "close"}))
        status, body = answer
        headers = Headers({"Content-Length": str(len(body) + self.short), "Connection": "close"})
        if self.location:
            headers["Location"] = self.location
        return Response(status, HTTPStatus(status).phrase, headers, body)

    def _usual(self, method: str, query: dict[str, str]) -> Answer:
        match method:
            case "com.atproto.sync.getBlob" if query["cid"] in self.blobs:
                return 200, self.blobs[query["cid"]]
            case "com.atproto.sync.getBlob":
                return 400, b'{"error":"InvalidRequest","message":"Blob not found"}'
            case "com.atproto.sync.listRepos":
                return 200, b'{"repos":[]}'
            case "com.atproto.sync.listBlobs":
                return 200, json.dumps({"cids": list(self.blobs)}).encode()
            case "com.atproto.repo.getRecord" if query["rkey"] in self.records:
                return 200, self.records[query["rkey"]]
            case "com.atproto.repo.getRecord":
                return 400, b'{"error":"RecordNotFound","message":"Could not locate record"}'
        return 501, b'{"error":"MethodNotImplemented","message":"Method Not Implemented"}'

    async def _stream(self, connection: ServerConnection) -> None:
        for frame in self.frames:
            await connection.send(frame)
        await connection.wait_closed()


@asynccontextmanager
async def hostile_pds(frames: Sequence[bytes] = ()) -> AsyncIterator[HostilePds]:
    """On 127.0.0.1, at a free port; `frames` are sent to whoever subscribes."""
    pds = HostilePds(frames=list(frames))
    async with serve(
        pds._stream, "127.0.0.1", 0, process_request=pds._request, open_timeout=None, close_timeout=0.1
    ) as server:
        pds.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield pds
        pds._end.set()
