"""The operator's PDS over HTTP: its blobs, its list of accounts, what they hold.

Nothing but this one host is ever asked. Its answers were written by strangers as far as they hold
records and blobs, so every one is bounded and checked for its shape.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from bridge.errors import BlobMissing, PdsRefused, SettingsError, Unreachable
from bridge.tls import trusted

LARGEST_ANSWER = 4 << 20
PAGE = 500
RESERVE = 300
"""Requests of the PDS's limit (3000 in five minutes, as it is installed) that are left for takedowns."""
LONGEST_SPARE_SECONDS = 330.0
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=8)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, and the cursor of the next page, empty at the end."""

    names: tuple[str, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the PDS gives it: its CID, and itself as JSON."""

    cid: str
    json: str


class Pds:
    """A client; `close` ends it."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Raises SettingsError where `url` is no address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise SettingsError(f"pds.url takes an http or https address, not {url[:80]!r}.")
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.url,
            verify=trusted(),
            timeout=_TIMEOUT,
            limits=_LIMITS,
            transport=transport,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [self._note_limit]},
        )
        self._left, self._resets_at = RESERVE, 0.0
        self.clock_off_ms: int | None = None
        """By how much our clock is ahead of the PDS's, to a second; None until it told."""

    async def spare(self) -> None:
        """Waits until a request can be spared: the PDS limits all we ask, and takedowns come first."""
        wait = min(self._resets_at - time.time(), LONGEST_SPARE_SECONDS)
        if self._left < RESERVE and wait > 0:
            await asyncio.sleep(wait)
            self._left = RESERVE

    async def _note_limit(self, answer: httpx.Response) -> None:
        with suppress(TypeError, ValueError):
            theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
            self.clock_off_ms = int((time.time() - theirs) * 1000)
        left, resets = (answer.headers.get(f"ratelimit-{name}", "") for name in ("remaining", "reset"))
        if left.isdecimal() and resets.isdecimal():
            self._left, self._resets_at = int(left), float(resets)

    async def close(self) -> None:
        await self._http.aclose()

    @property
    def stream_url(self) -> str:
        """Where its firehose is, without a cursor."""
        scheme, _, rest = self.url.partition("://")
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/xrpc/com.atproto.sync.subscribeRepos"

    @asynccontextmanager
    async def blob(self, did: str, cid: str) -> AsyncIterator[httpx.Response]:
        """The answer to `getBlob`, its body still to be read.

        Raises BlobMissing, PdsRefused, Unreachable; the latter also from within the block.
        """
        query = {"did": did, "cid": cid}
        try:
            async with self._http.stream("GET", "/xrpc/com.atproto.sync.getBlob", params=query) as answer:
                if answer.status_code != 200:
                    refused = await _refusal(answer)
                    if refused.status in (400, 404):
                        raise BlobMissing(refused.message, refused.name, refused.status)
                    raise refused
                yield answer
        except httpx.HTTPError as error:
            raise _unreachable(error) from None

    async def accounts(self, cursor: str = "") -> Page:
        """`listRepos`: the DIDs of active accounts."""
        body = await self.query("com.atproto.sync.listRepos", {"cursor": cursor, "limit": str(PAGE)})
        repos = [each for each in _list(body, "repos") if isinstance(each, dict)]
        dids = (each.get("did") for each in repos if each.get("active", True))
        return Page(tuple(did for did in dids if isinstance(did, str)), _cursor(body, cursor, bool(repos)))

    async def blobs(self, did: str, cursor: str = "") -> Page:
        """`listBlobs`: the CIDs of the blobs that an account's records refer to."""
        query = {"did": did, "cursor": cursor, "limit": str(PAGE)}
        body = await self.query("com.atproto.sync.listBlobs", query)
        cids = [each for each in _list(body, "cids") if isinstance(each, str)]
        return Page(tuple(cids), _cursor(body, cursor, bool(cids)))

    async def record(self, uri: str) -> Record | None:
        """The record at `uri`, None where it is gone. Raises Unreachable."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        try:
            query = {"repo": did, "collection": collection, "rkey": rkey}
            body = await self.query("com.atproto.repo.getRecord", query)
        except PdsRefused:
            return None
        return Record(str(body.get("cid", "")), json.dumps(body.get("value")))

    async def did_of(self, handle: str) -> str:
        """Raises PdsRefused where the PDS does not know it, Unreachable."""
        return str((await self.query("com.atproto.identity.resolveHandle", {"handle": handle}))["did"])

    async def handle_of(self, did: str) -> str:
        """Raises PdsRefused where the PDS does not tell it, Unreachable."""
        handle = (await self.query("com.atproto.repo.describeRepo", {"repo": did})).get("handle")
        return handle if isinstance(handle, str) else ""

    async def service_did(self) -> str:
        """The DID of the PDS itself. Raises PdsRefused, Unreachable."""
        did = (await self.query("com.atproto.server.describeServer", {})).get("did")
        if not isinstance(did, str) or not did.startswith("did:"):
            raise Unreachable("What answers at pds.url is no PDS.")
        return did

    async def hosts(self, did: str) -> bool:
        """Whether it is an account of this PDS, open or closed. Raises Unreachable."""
        try:
            return (await self.query("com.atproto.sync.getRepoStatus", {"did": did})).get("did") == did
        except PdsRefused:
            return False

    async def query(
        self, method: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """The JSON object that a query answers; empty parameters are left out.

        Raises PdsRefused, Unreachable.
        """
        given = {name: value for name, value in params.items() if value}
        return await self._ask(
            self._http.build_request("GET", f"/xrpc/{method}", params=given, headers=headers)
        )

    async def procedure(
        self, method: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """The JSON object that a procedure answers. Raises PdsRefused, Unreachable."""
        return await self._ask(
            self._http.build_request("POST", f"/xrpc/{method}", json=body, headers=headers)
        )

    async def _ask(self, request: httpx.Request) -> Mapping[str, Any]:
        try:
            async with aclosing(await self._http.send(request, stream=True)) as answer:
                if answer.status_code != 200:
                    raise await _refusal(answer)
                return _object(await bounded(answer.aiter_bytes()))
        except httpx.HTTPError as error:
            raise _unreachable(error) from None


async def _refusal(answer: httpx.Response) -> PdsRefused:
    """Raises Unreachable where the PDS itself is in trouble or asks us to wait."""
    try:
        body: Mapping[str, Any] = _object(await bounded(answer.aiter_bytes()))
    except Unreachable:
        body = {}
    name, message = str(body.get("error", ""))[:80], str(body.get("message", ""))[:200]
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unreachable(f"The PDS answers {answer.status_code}{f': {message}' if message else ''}.")
    said = message or name or f"status {answer.status_code}"
    return PdsRefused(f"The PDS refused: {said.rstrip('.')}.", name, answer.status_code)


async def bounded(chunks: AsyncIterator[bytes]) -> bytes:
    """An answer of the PDS, whole. Raises Unreachable where it is larger than any should be."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise Unreachable("The PDS answers with more than is read of it.")
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Unreachable("What answers at pds.url is no PDS.")
    return value


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list):
        raise Unreachable("What answers at pds.url is no PDS.")
    return value


def _cursor(body: Mapping[str, Any], asked: str, is_more: bool) -> str:
    """The reference PDS gives a cursor on its last page too: an empty page ends the list.

    So does the cursor that was asked with: else the same page would come for ever.
    """
    cursor = body.get("cursor")
    return cursor if is_more and isinstance(cursor, str) and cursor != asked else ""


def _unreachable(error: httpx.HTTPError) -> Unreachable:
    in_time = " in time" if isinstance(error, httpx.TimeoutException) else ""
    return Unreachable(f"The PDS does not answer{in_time}.", "See that it runs, and pds.url.")
