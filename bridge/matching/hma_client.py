"""HMA (Hasher-Matcher-Actioner) over HTTP: what it can be asked, and what it can be told.

The contract is that of version 1.1.7 as it was measured. Nothing is retried here: a 500 may be the fault
of what was sent. No picture leaves by any of these but `add_picture`, and no redirect is followed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from bridge.errors import NotFound, SettingsError
from bridge.matching import hma_values as values
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
from bridge.matching.hma_values import BuiltIndex, Hit, HmaBank, HmaContent, LoadedIndex

LARGEST_ANSWER = 4 << 20
MOST_CONNECTIONS = 8
ALIVE = b"I-AM-ALIVE"
SEED = "hma-console"
"""With the same seed the same lookup has the same answer, also where a bank takes part by chance."""
LONGEST_WORDS = 200
_HASH = re.compile(r"[0-9A-Fa-f]{32,}")

Token = Callable[[], Awaitable[str]]
"""The bearer token. Raises NotFound where there is none, KeysLocked, KeysError."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, which carry hashes


class HmaClient:
    """`seconds` is the longest that any one answer may take, all of it. `close` ends the connections.

    All methods raise the kinds of HmaError, and KeysLocked where the token cannot be read.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        headers: Mapping[str, str] | None = None,
        seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises SettingsError where `url` is no address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or "@" in parts.netloc:
            raise SettingsError(f"matcher.hma_url takes an http or https address, not {url[:80]!r}.")
        self.url = url.rstrip("/")
        self._token = token
        self._known_token: str | None = None
        self._seconds = seconds
        self._http = httpx.AsyncClient(
            base_url=self.url,
            timeout=seconds,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            headers={"Accept-Encoding": "identity", **(headers or {})},
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def has_token(self) -> bool:
        return bool(await self._read_token())

    def forget_token(self) -> None:
        """It is read anew for the next request."""
        self._known_token = None

    # What it says of itself
    async def require_ready(self) -> None:
        """Raises HmaNotReady where it lives, but has no index to match with, or an old one."""
        _, body, _ = await self._ask("GET", "/status")
        if body.strip() != ALIVE:
            raise HmaGarbled("Something answers, but not as an HMA does.")

    async def is_guarded(self) -> bool:
        """Whether it refuses whoever has no token: HMA itself takes everybody."""
        try:
            await self._ask("GET", "/c/banks", bare=True)
        except HmaUnauthorized:
            return True
        return False

    async def signal_types(self) -> frozenset[str]:
        """The names of those that are on: `pdq`, `video_md5`."""
        return values.signal_types_of(await self._get("/c/signal_type"))

    async def loaded_indices(self) -> dict[str, LoadedIndex]:
        """By signal type: what the worker that answers has in memory."""
        return values.loaded_of(await self._get("/m/index/status"))

    async def built_indices(self) -> dict[str, BuiltIndex]:
        """By signal type: what is stored, and what was built of it."""
        return values.built_of(await self._get("/c/signal_type/index"))

    async def addresses(self) -> tuple[str, ...]:
        """The paths it has: those under `/dev` are of the development configuration."""
        told = await self._get("/site-map")
        return tuple(str(each) for each in told) if isinstance(told, list) else ()

    async def exchanges(self) -> tuple[str, ...]:
        told = await self._get("/c/exchanges")
        return tuple(str(each) for each in told) if isinstance(told, list) else ()

    # Matching
    async def raw_lookup(self, type_: str, value: bytes, banks: Sequence[str] = ()) -> tuple[Hit, ...]:
        """All that the index has near it, whether on or off; deleted content too, until the next build.

        Chance plays no part. `type_` is HMA's name; `banks` narrows it.
        """
        query = {"signal_type": type_, "signal": value.hex(), "include_distance": "true"}
        if banks:
            query["banks"] = ",".join(banks)
        return values.raw_hits_of(await self._get("/m/raw_lookup", query))

    async def lookup(self, type_: str, value: bytes) -> dict[str, tuple[Hit, ...]]:
        """What is on and near it, by bank. A bank that is on by a part is there or not, by chance of SEED."""
        query = {"signal_type": type_, "signal": value.hex(), "seed": SEED}
        return values.hits_by_bank_of(await self._get("/m/lookup", query))

    # Banks
    async def banks(self) -> tuple[HmaBank, ...]:
        return values.banks_of(await self._get("/c/banks"))

    async def create_bank(self, name: str) -> HmaBank:
        """Raises HmaRefused where the name is taken, or not UPPER_WITH_UNDERSCORE."""
        return values.bank_of(await self._send("POST", "/c/banks", {"name": name}))

    async def set_bank(self, name: str, *, ratio: float | None = None, rename: str = "") -> HmaBank:
        """Another share of lookups, or another name."""
        changes: dict[str, object] = {} if ratio is None else {"enabled_ratio": ratio}
        if rename:
            changes["name"] = rename
        return values.bank_of(await self._send("PUT", _bank(name), changes))

    async def delete_bank(self, name: str) -> None:
        """With all that is in it. That there was none is no error there."""
        await self._send("DELETE", _bank(name))

    async def add_signals(self, bank: str, signals: Mapping[str, bytes], note: str = "") -> int:
        """One content with these signals, by HMA's names; its id.

        It matches after the next build of the index. The same signal again is another content.
        Child-safety values go to no HMA that is not guarded: who calls this asks `is_guarded` first.
        """
        body = {name: value.hex() for name, value in signals.items()}
        if note:
            body["note"] = note
        return values.added_of(await self._send("POST", f"{_bank(bank)}/signal", body))

    async def add_picture(
        self, bank: str, picture: bytes, note: str = "", metadata: Mapping[str, object] | None = None
    ) -> int:
        """Sends the picture itself, which HMA hashes in its own way; the content's id."""
        fields = {"note": note} if note else {}
        if metadata:
            fields["metadata"] = json.dumps(metadata)
        path = f"{_bank(bank)}/content"
        _, body, _ = await self._ask("POST", path, files={"photo": ("photo", picture)}, data=fields)
        return values.added_of(_parsed(body))

    async def content(self, bank: str, content_id: int, *, signals: bool = False) -> HmaContent:
        """Raises HmaRefused, status 404, where there is none. That the bank is its own HMA does not check."""
        query = {"include_signals": "true"} if signals else {}
        return values.content_of(await self._get(f"{_bank(bank)}/content/{content_id}", query))

    async def disable_content(self, bank: str, content_id: int, until: int = 0) -> None:
        """Until that time in seconds since 1970; 0 is for good, 1 puts it on. In force at once."""
        await self._send("PUT", f"{_bank(bank)}/content/{content_id}", {"disable_until_ts": until})

    async def delete_content(self, bank: str, content_id: int) -> bool:
        """Whether there was one."""
        return values.deleted_of(await self._send("DELETE", f"{_bank(bank)}/content/{content_id}")) > 0

    # How it is asked
    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        _, body, _ = await self._ask("GET", path, params=query)
        return _parsed(body)

    async def _send(self, method: str, path: str, body: object = None) -> Any:
        _, answer, _ = await self._ask(method, path, json=body)
        return _parsed(answer)

    async def _read_token(self) -> str:
        if self._known_token is None:
            try:
                self._known_token = await self._token()
            except NotFound:
                self._known_token = ""
        return self._known_token

    async def _ask(
        self, method: str, path: str, *, bare: bool = False, **sent: Any
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """The answer of a request that was understood; `bare` sends no token."""
        token = "" if bare else await self._read_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with asyncio.timeout(self._seconds):
                status, body, told = await self._exchange(method, path, headers, sent)
        except (TimeoutError, httpx.TimeoutException):
            raise HmaSlow(f"HMA did not answer within {self._seconds:g} s.") from None
        except httpx.HTTPError:
            raise HmaDown("HMA does not answer.") from None
        if status in (200, 201):
            return status, body, told
        if status == 401:
            self.forget_token()
        raise _refusal(status, body, told.get("retry-after", ""))

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], sent: Mapping[str, Any]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        body = bytearray()
        async with self._http.stream(method, path, headers=headers, **sent) as answer:
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise HmaGarbled("The answer is longer than any of an HMA's.")
        return answer.status_code, bytes(body), answer.headers


def _bank(name: str) -> str:
    return f"/c/bank/{quote(name, safe='')}"


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HmaGarbled("The answer is not JSON.") from None


def _refusal(status: int, body: bytes, retry_after: str = "") -> Exception:
    """The error that an answer other than 200 and 201 stands for."""
    said = _said(body)
    if status == 429:
        return HmaBusy("HMA takes no more just now.", int(retry_after) if retry_after.isdecimal() else 0)
    if status == 503 and "index" in said.casefold():
        return HmaNotReady(f"HMA cannot match yet: {said}.")
    if status >= 500:
        return HmaFault(f"HMA failed, with status {status}.")
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
