"""HTTP with an HMA: a request that is bounded in time, size and number; its errors by their names."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from bridge.errors import HmaError, KeysError, NotFound, SettingsError
from bridge.matching.hma_errors import (
    HmaBusy,
    HmaDown,
    HmaFault,
    HmaGarbled,
    HmaNotReady,
    HmaRefused,
    HmaSlow,
    HmaUnauthorized,
)
from bridge.tls import is_here, trusted

LARGEST_ANSWER = 4 << 20
MOST_AT_ONCE = 8
LONGEST_WORDS = 200
_HASH = re.compile(r"[0-9A-Fa-f]{32,}")

Token = Callable[[], Awaitable[str]]
"""The bearer token. Raises NotFound where there is none, KeysLocked, KeysError."""
Answer = tuple[int, bytes, Mapping[str, str]]
"""Status, body, headers."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, which carry hashes


class HmaHttp:
    """`seconds` is the longest that any one answer may take, all of it. `close` ends the connections."""

    def __init__(
        self,
        url: str,
        token: Token,
        headers: Mapping[str, str] | None = None,
        seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises SettingsError where `url` is no address."""
        if not _is_address(url):
            raise SettingsError(f"matcher.hma_url takes an http or https address, not {url[:80]!r}.")
        self.url = url.rstrip("/")
        self._token = token
        self._known_token: str | None = None
        self.seconds = seconds
        self._client = httpx.AsyncClient(
            base_url=self.url,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=MOST_AT_ONCE),
            headers={"Accept-Encoding": "identity", **(headers or {})},
            transport=transport,
            trust_env=not is_here(url),  # no proxy stands between two programs of one machine
            verify=trusted() if url.startswith("https:") else False,
        )
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._running: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for exchange in self._running:
            exchange.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()

    def forget_token(self) -> None:
        """It is read anew for the next request."""
        self._known_token = None

    async def read_token(self) -> str:
        if self._known_token is None:
            try:
                self._known_token = await self._token()
            except NotFound:
                self._known_token = ""
            except KeysError as error:
                raise HmaUnauthorized(f"HMA's token cannot be read. {error.message}", error.hint) from None
        return self._known_token

    async def ask(
        self,
        method: str,
        path: str,
        *,
        bare: bool = False,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> Answer:
        """The answer of a request that was understood; `bare` sends no token."""
        token = "" if bare else await self.read_token()
        headers = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            async with asyncio.timeout(self.seconds):
                await self._free.acquire()
                exchange = asyncio.create_task(self._exchange(method, path, headers, sent))
                self._running.add(exchange)
                exchange.add_done_callback(self._ended)
                status, body, told = await asyncio.shield(exchange)
        except (TimeoutError, httpx.TimeoutException):
            raise HmaSlow(f"HMA did not answer within {self.seconds:g} s.") from None
        except httpx.HTTPError:
            raise HmaDown("HMA does not answer.") from None
        if status in (200, 201):
            return status, body, told
        if status == 401:
            self.forget_token()
        raise _refusal(status, body, told.get("retry-after", ""))

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], sent: Mapping[str, Any]
    ) -> Answer:
        """Runs to its end though whoever asked goes away: httpx's pool loses a connection at each request
        that is cancelled early, until it has none.
        """
        body, until = bytearray(), time.monotonic() + self.seconds
        async with self._client.stream(method, path, headers=headers, timeout=self.seconds, **sent) as answer:
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise HmaGarbled("The answer is longer than any of an HMA's.")
                if time.monotonic() > until:
                    raise TimeoutError
        return answer.status_code, bytes(body), answer.headers

    def _ended(self, exchange: asyncio.Task[Any]) -> None:
        self._running.discard(exchange)
        self._free.release()
        if not exchange.cancelled():
            exchange.exception()  # seen: whoever asked may be gone


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_one and url.isascii() and not parts.query and "@" not in parts.netloc


def parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HmaGarbled("The answer is not JSON.") from None


def _refusal(status: int, body: bytes, retry_after: str = "") -> HmaError:
    """The error that an answer other than 200 and 201 stands for."""
    said = _said(body)
    if status == 429:
        return HmaBusy("HMA takes no more just now.", int(retry_after[:6]) if retry_after.isdecimal() else 0)
    if status == 503 and "index" in said.casefold():
        return HmaNotReady(f"HMA cannot match yet: {said}.")
    if status >= 500:
        return HmaFault(f"HMA failed, with status {status}.", status)
    if status == 413:  # also of a proxy before it, which says so in HTML
        return HmaRefused("HMA takes nothing so large.", status)
    if status == 401 or (status == 403 and "exists" not in said):
        return HmaUnauthorized("HMA does not take our token.")
    if status >= 400 and said:
        return HmaRefused(f"HMA says no: {said}", status)
    return HmaGarbled(f"Something answers with status {status}, but not as an HMA does.")


def _said(body: bytes) -> str:
    """HMA's own words, of any of its four shapes; empty for a page of HTML. Hashes are left out."""
    text = body.decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else _plain(text)
    if isinstance(told, dict):
        return _plain(str(told.get("message", "")))
    first = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
    where = ".".join(str(each) for each in first.get("loc", ()))
    return _plain(f"{where}: {first.get('msg', '')}".strip(": "))


def _plain(text: str) -> str:
    return _HASH.sub("…", "".join(each for each in text if each.isprintable()))[:LONGEST_WORDS].rstrip(".")
