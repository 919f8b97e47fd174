"""HMA (Hasher-Matcher-Actioner) over HTTP: what it can be asked, and what it can be told.

The contract is that of version 1.1.7 as it was measured. Nothing is retried here: a 500 may be the fault
of what was sent. No picture leaves by any of these but `add_picture` and `hash_picture`, and no redirect is
followed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from bridge.errors import SettingsError
from bridge.matcher_settings import MatcherSettings
from bridge.matching import hma_values as values
from bridge.matching.hma_errors import HmaGarbled, HmaUnauthorized
from bridge.matching.hma_http import HmaHttp, Token, parsed
from bridge.matching.hma_values import BuiltIndex, Hit, HmaBank, HmaContent, LoadedIndex

ALIVE = b"I-AM-ALIVE"
SEED = "hma-console"
"""With the same seed the same lookup has the same answer, also where a bank takes part by chance."""


class HmaClient:
    """`seconds` is the longest that any one answer may take, all of it. `close` ends the connections.

    All methods raise the kinds of HmaError.
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
        self.http = HmaHttp(url, token, headers, seconds, transport)

    @classmethod
    def of(cls, settings: MatcherSettings, token: Token) -> HmaClient:
        """As it is set. Raises SettingsError."""
        headers = dict(map(_header, settings.hma_headers))
        return cls(settings.hma_url, token, headers, settings.hma_seconds)

    @property
    def url(self) -> str:
        return self.http.url

    @property
    def seconds(self) -> float:
        return self.http.seconds

    async def close(self) -> None:
        await self.http.close()

    async def has_token(self) -> bool:
        return bool(await self.http.read_token())

    def forget_token(self) -> None:
        """It is read anew for the next request."""
        self.http.forget_token()

    # What it says of itself
    async def require_ready(self) -> None:
        """Raises HmaNotReady where it lives, but has no index to match with, or an old one."""
        _, body, _ = await self.http.ask("GET", "/status")
        if body.strip() != ALIVE:
            raise HmaGarbled("Something answers, but not as an HMA does.")

    async def is_guarded(self) -> bool:
        """Whether it refuses whoever has no token: HMA itself takes everybody."""
        try:
            await self.http.ask("GET", "/c/banks", bare=True)
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
    async def raw_lookup(self, type_: str, value: bytes | str, banks: Sequence[str] = ()) -> tuple[Hit, ...]:
        """All that the index has near it, whether on or off; deleted content too, until the next build.

        Chance plays no part. `type_` is HMA's name, a text as `value` HMA's own; `banks` narrows it.
        """
        query = {"signal_type": type_, "signal": _text(value), "include_distance": "true"}
        if banks:
            query["banks"] = ",".join(banks)
        return values.raw_hits_of(await self._get("/m/raw_lookup", query), type_)

    async def lookup(self, type_: str, value: bytes | str) -> dict[str, tuple[Hit, ...]]:
        """What is on and near it, by bank. A bank that is on by a part is there or not, by chance of SEED."""
        query = {"signal_type": type_, "signal": _text(value), "seed": SEED}
        return values.hits_by_bank_of(await self._get("/m/lookup", query), type_)

    async def hash_picture(self, headers: Mapping[str, str], form: AsyncIterator[bytes]) -> dict[str, str]:
        """HMA's own hashes, by its names of their types, of the one file in a form with these `headers`.

        Empty where its picture has too little in it; a picture that HMA cannot read is HmaFault, status 500.
        """
        _, body, _ = await self.http.ask("POST", "/h/hash", headers=headers, content=form)
        return values.hashes_of(parsed(body))

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
        _, body, _ = await self.http.ask("POST", path, files={"photo": ("photo", picture)}, data=fields)
        return values.added_of(parsed(body))

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
        _, body, _ = await self.http.ask("GET", path, params=query)
        return parsed(body)

    async def _send(self, method: str, path: str, body: object = None) -> Any:
        _, answer, _ = await self.http.ask(method, path, json=body)
        return parsed(answer)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.hex()


def _bank(name: str) -> str:
    return f"/c/bank/{quote(name, safe='')}"


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    is_one = name.replace("-", "").isalnum() and line.isascii() and line.isprintable()
    if not (colon and value and is_one) or name.lower() == "authorization":
        raise SettingsError(
            f"matcher.hma_headers takes lines like `X-Tenant: photos`, not {line[:40]!r}.",
            "A token is no setting: `hma-console secret set hma_token`.",
        )
    return name, value
