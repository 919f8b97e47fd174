"""One request to the bridge and its answer as JSON; what goes wrong comes as a named error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx

from bridge.errors import BridgeError, Unreachable
from hma_console.answers import BadAnswer

API = "/api/v1"
PATIENT = httpx.Timeout(10.0, read=None, write=None)
"""For what may take as long as it takes: reading a list in, hashing a large file."""


class Refused(BridgeError):
    """An error answer of the bridge, in its own words. `body` is its JSON, `status` its HTTP status."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("message", "")), str(body.get("hint", "")))
        self.status = status
        self.body = body

    @property
    def code(self) -> str:
        return str(self.body.get("error", ""))


class Wire:
    """Speaks to one bridge through `http`, whose transport decides where it is."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes | AsyncIterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | None = None,  # noqa: ASYNC109  # httpx's own, for each step
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises Refused, BadAnswer, Unreachable."""
        with named_faults():
            answer = await self._http.request(
                method,
                API + path,
                params=params,
                json=body,
                content=content,
                headers=headers,
                timeout=timeout or httpx.Timeout(10.0),
            )
        if answer.is_error:
            raise refusal(answer)
        return json_object(answer.content)

    async def fetch(self, method: str, path: str, body: object) -> httpx.Response:
        """An answer that is no JSON, whole. Raises Refused, Unreachable."""
        with named_faults():
            answer = await self._http.request(method, API + path, json=body, timeout=httpx.Timeout(10.0))
        if answer.is_error:
            raise refusal(answer)
        return answer

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | None = None,  # noqa: ASYNC109
    ) -> AsyncIterator[httpx.Response]:
        """A GET whose answer is read piece by piece. Raises as `ask` does."""
        with named_faults():
            async with self._http.stream(
                "GET", API + path, params=params, headers=headers, timeout=timeout or httpx.Timeout(10.0)
            ) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise refusal(answer)
                yield answer


@contextmanager
def named_faults() -> Iterator[None]:
    """Turns what httpx raises into Unreachable, in one sentence."""
    try:
        yield
    except httpx.TimeoutException as fault:
        raise Unreachable("The bridge did not answer in time.") from fault
    except httpx.TransportError as fault:
        raise Unreachable("The bridge does not answer.", "See whether it runs.") from fault


def refusal(answer: httpx.Response) -> BridgeError:
    try:
        return Refused(answer.status_code, json_object(answer.content))
    except BadAnswer as fault:
        return fault


def json_object(content: bytes | str) -> dict[str, Any]:
    """Raises BadAnswer."""
    try:
        value = json.loads(content)
    except ValueError as fault:
        raise BadAnswer("The bridge answered something that is no JSON.") from fault
    if not isinstance(value, dict):
        raise BadAnswer("The bridge answered something that is no JSON object.")
    return value
