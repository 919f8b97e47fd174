"""A labeler's stream: frames in the shapes that Ozone's were recorded in, after a cursor or from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from websockets.asyncio.server import ServerConnection, serve

from tests.atproto.dag_cbor import encode, frame

DID = "did:plc:mtplxkar2ch6jxkccmfgcp2a"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SUBSCRIBE = "/xrpc/com.atproto.label.subscribeLabels"


def label(key: ec.EllipticCurvePrivateKey, uri: str, value: str, **more: object) -> Mapping[str, object]:
    """A signed label."""
    said = {"ver": 1, "src": DID, "uri": uri, "val": value, "cts": "2026-11-21T21:16:49.713Z", **more}
    r, s = decode_dss_signature(key.sign(encode(said), ec.ECDSA(SHA256())))
    return {**said, "sig": r.to_bytes(32) + min(s, ORDER - s).to_bytes(32)}


@dataclass(slots=True)
class FakeLabeler:
    """`frames` are those so far, their numbers from 1 on; `cursors` what subscribers asked for."""

    url: str = ""
    frames: list[bytes] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    _streams: set[ServerConnection] = field(default_factory=set)
    _here: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, *labels: Mapping[str, object]) -> None:
        """One frame of labels, to all who listen."""
        self.frames.append(frame("#labels", seq=len(self.frames) + 1, labels=list(labels)))
        for stream in self._streams:
            await stream.send(self.frames[-1])

    async def heard(self, times: int = 1) -> None:
        """Until somebody subscribed for the n-th time."""
        async with self._here:
            await asyncio.wait_for(self._here.wait_for(lambda: len(self.cursors) >= times), 20)

    async def _stream(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        parts = urlsplit(connection.request.path)
        assert parts.path == SUBSCRIBE
        cursor = parse_qs(parts.query).get("cursor", [None])[0]
        after = len(self.frames) if cursor is None else int(cursor)
        if after > len(self.frames):
            await connection.send(
                encode({"op": -1}) + encode({"error": "FutureCursor", "message": "Cursor in the future."})
            )
            await self._note(cursor)
            await connection.close(1008)
            return
        for each in self.frames[after:]:
            await connection.send(each)
        self._streams.add(connection)
        await self._note(cursor)
        await connection.wait_closed()
        self._streams.discard(connection)

    async def _note(self, cursor: str | None) -> None:
        async with self._here:
            self.cursors.append(cursor)
            self._here.notify_all()


@asynccontextmanager
async def fake_labeler() -> AsyncIterator[FakeLabeler]:
    """On 127.0.0.1, at a free port."""
    labeler = FakeLabeler()
    async with serve(labeler._stream, "127.0.0.1", 0, close_timeout=0.1) as server:
        labeler.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield labeler
