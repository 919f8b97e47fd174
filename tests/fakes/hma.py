"""An HMA (Hasher-Matcher-Actioner) that answers as version 1.1.7 was recorded to, over HTTP on a port.

Its faults are kept: distances are texts, errors have four shapes, an upper-case hash is refused, a bank
that is on by half matches by chance, and an index of one hash never matches. `Trouble` makes it worse.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum

import numpy as np
import uvicorn
from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bridge.pdq import ArrayRaster, digest
from bridge.signals import MINIMUM_QUALITY
from tests.fakes.hma_answers import Answered, fault, html, message
from tests.fakes.hma_banks import BankRoutes
from tests.fakes.hma_matching import MatchRoutes
from tests.fakes.hma_routes import Pictures, call, method_not_allowed, route_of
from tests.fakes.hma_state import State


class Trouble(StrEnum):
    """What can be wrong with all answers at once."""

    SLOW = "slow"
    HTML = "html"
    HALF_JSON = "half JSON"
    FAULT = "500 to everything"
    FULL = "429"


class FakeHma:
    """The ASGI app. `asked` are the requests so far, `METHOD path?query`, `got` their bodies; `token` is one
    that it insists on.

    While `is_loaded` is not, lookups are refused; `is_stale` is what it says of itself. While `trouble` is
    SLOW, nothing is answered.
    """

    def __init__(self, token: str = "") -> None:
        self.state = State()
        self.token = token
        self.trouble: Trouble | None = None
        self.is_loaded = True
        self.is_stale = False
        self.asked: list[str] = []
        self.got: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.photo: Callable[[bytes], str] = hash_of_photo
        self.video: Callable[[bytes], str] = lambda body: hashlib.md5(body, usedforsecurity=False).hexdigest()
        self.others: dict[str, Callable[[bytes], str]] = {}
        self.web: dict[str, bytes] = {}
        """What it can fetch, by address."""
        self._port = 0
        self._server: tuple[uvicorn.Server, asyncio.Task[None]] | None = None
        here = (lambda body: self.photo(body)), (lambda body: self.video(body))
        pictures = Pictures(*here, self.web, self.others)
        self._routes = {
            **BankRoutes(self.state, pictures).table,
            **MatchRoutes(self.state, pictures, lambda: self.is_loaded).table,
            r"/status": {"GET": self._status},
            r"/status/live": {"GET": lambda _: _alive()},
        }

    def load(self, bank: str, *hashes: str, ratio: float = 1.0) -> list[int]:
        """A bank of these PDQ hashes in an index that has them; their content ids."""
        found = self.state.bank(bank) or self.state.add_bank(bank, ratio)
        ids = [self.state.add(found, {"pdq": one}).id for one in hashes]
        self.state.build_index()
        return ids

    def extend(self, name: str, hash_of: Callable[[bytes], str]) -> None:
        """A signal type for photos that only an extension of it knows."""
        self.state.know(name)
        self.others[name] = hash_of

    async def up(self) -> None:
        """Listens, at the same port as before where it was up once."""
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        server = _Server(
            uvicorn.Config(
                self,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                headers=[("Server", "gunicorn")],
                timeout_graceful_shutdown=1,
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listening]))
        self._server = server, task
        while not server.started:
            await asyncio.sleep(0)

    async def down(self) -> None:
        """Nobody listens any more."""
        if self._server is not None:
            server, task = self._server
            server.should_exit = server.force_exit = True
            await task
            self._server = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.got.append(await request.body())
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}".rstrip("?"))
        self.headers.append(dict(request.headers))
        answer = await self._answer(request)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        match self.trouble:
            case Trouble.SLOW:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
                return fault()
            case Trouble.HTML:
                return html(200, "Welcome", "This is the page of a proxy.")
            case Trouble.HALF_JSON:
                return Response('{"pdq":{"TEST_BANK":[{"bank_con', media_type="application/json")
            case Trouble.FAULT:
                return fault()
            case Trouble.FULL:
                return Response("Too many requests", 429, {"Retry-After": "7"}, "text/plain")
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return message(401, "Unauthorized")
        if request.url.path == "/":
            return _to_status()
        found = route_of(self._routes, request.url.path)
        if found is None:
            return html(
                404,
                "Not Found",
                "The requested URL was not found on the server. If you entered the URL manually please check"
                " your spelling and try again.",
            )
        handlers, names = found
        if request.method == "OPTIONS":
            return Response(status_code=200, headers={"Allow": _allowed(handlers)}, media_type="text/html")
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            return method_not_allowed(_allowed(handlers))
        return await call(handler, request, names)

    def _status(self, _: Answered) -> Response:
        if self.is_loaded and not self.is_stale:
            return _alive()
        word = "INDEX-STALE" if self.is_loaded else "INDEX-NOT-LOADED"
        return PlainTextResponse(word, 503, media_type="text/html")


def _allowed(handlers: object) -> str:
    assert isinstance(handlers, dict)
    names = [*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"]
    return ", ".join(names)


def _alive() -> Response:
    return PlainTextResponse("I-AM-ALIVE", media_type="text/html")


def _to_status() -> Response:
    words = (
        "You should be redirected automatically to the target URL:"
        ' <a href="/status">/status</a>. If not, click the link.'
    )
    answer = html(302, "Redirecting...", words)
    answer.headers["Location"] = "/status"
    return answer


def hash_of_photo(body: bytes) -> str:
    """As HMA hashes it: numbers of a palette and three channels of CMYK pass for colours; "" where flat."""
    with Image.open(io.BytesIO(body)) as picture:
        pixels = np.asarray(picture)
    colours = np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels[..., :3]
    found = digest(ArrayRaster(np.ascontiguousarray(colours, dtype=np.uint8)))
    return found.bits.hex() if found.quality >= MINIMUM_QUALITY else ""


class _Server(uvicorn.Server):
    """Signals belong to the test."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def fake_hma(token: str = "") -> AsyncIterator[FakeHma]:
    """On 127.0.0.1, at a free port."""
    hma = FakeHma(token)
    await hma.up()
    try:
        yield hma
    finally:
        await hma.down()
