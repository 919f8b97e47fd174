"""How `doctor` asks a server: a GET, bounded in bytes and seconds. It never sends anything else."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from bridge.errors import Unreachable
from bridge.tls import is_here, is_private

LARGEST_ANSWER = 1 << 20
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """`skew` is how many seconds the server's clock is ahead of ours, None where it tells none."""

    status: int
    text: str
    skew: float | None

    @property
    def json(self) -> Any:
        """None where it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Server:
    """One server at one address; made by `asked`."""

    def __init__(self, url: str, http: httpx.AsyncClient, token: str | None) -> None:
        """`token` is empty where none was set, None where it cannot be read."""
        self.url = url
        self._http = http
        self._token = token

    @property
    def has_token(self) -> bool:
        return bool(self._token)

    @property
    def is_locked(self) -> bool:
        """Whether there is a token that cannot be read."""
        return self._token is None

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, by its address."""
        return is_here(self.url)

    @property
    def is_secret(self) -> bool:
        """Whether nobody on the way reads what is sent."""
        return is_private(self.url)

    async def get(self, path: str, *, with_token: bool = True) -> Answer:
        """Raises Unreachable, in the words of what went wrong."""
        headers = {"Authorization": f"Bearer {self._token}"} if with_token and self._token else {}
        try:
            async with self._http.stream("GET", self.url + path, headers=headers) as answer:
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > LARGEST_ANSWER:
                        raise Unreachable(f"its answer to {path} has no end")
        except httpx.TimeoutException:
            raise Unreachable("it does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(str(error).rstrip(".").lower() or "the connection broke") from None
        return Answer(answer.status_code, body.decode(errors="replace"), _skew(answer.headers.get("date")))


@asynccontextmanager
async def asked(url: str, token: str | None = "", headers: Sequence[str] = ()) -> AsyncIterator[Server]:
    """The server at `url` while the block lasts. Redirects are not followed: the token goes to it alone.

    `headers`, each `Name: value`, go with every request.
    """
    lines = (line.partition(":") for line in headers)
    sent = {name.strip(): value.strip() for name, _, value in lines}
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, headers=sent) as http:
        yield Server(url.rstrip("/"), http, token)


def _skew(date: str | None) -> float | None:
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
