"""One question to a list's owner over HTTP, and its answer as JSON: bounded, whole, or an ExchangeError.

Nothing of what an owner answers is repeated in an error: it may hold values of the list, or the secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bridge.errors import ExchangeError

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no list of a programme
    import httpx

LARGEST = 64 << 20
LONGEST_WAIT = 24 * 3600
"""Seconds: nobody is believed who says to come back later than that."""

_XML = {"Content-Type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `form` is posted as a form, `body` as JSON, `xml` is put; without them it is a GET."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: object = field(default=None, repr=False)
    xml: bytes | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        if self.xml is not None:
            return "PUT"
        return "GET" if self.form is None and self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """`retry_after` is in seconds, None where the owner named no time. `data` is None where it is no JSON."""

    status: int
    data: object = field(default=None, repr=False)
    retry_after: int | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def table(self, owner: str) -> Mapping[str, object]:
        """The JSON object that it is. Raises ExchangeError."""
        if not isinstance(self.data, dict):
            raise ExchangeError(f"{owner} answers with something else than JSON, or only with a part of it.")
        return self.data


async def ask(client: httpx.AsyncClient, question: Question, owner: str) -> Answer:
    """Raises ExchangeError where no whole answer came; any status is an answer."""
    import httpx

    try:
        async with client.stream(
            question.method,
            question.url,
            params=dict(question.query) or None,
            headers={**question.headers, **({} if question.xml is None else _XML)},
            content=question.xml,
            data=question.form,
            json=question.body,
        ) as got:
            body = bytearray()
            async for piece in got.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise ExchangeError(f"{owner} answers with more than {LARGEST >> 20} MB at once.")
    except httpx.TimeoutException:
        raise ExchangeError(f"{owner} did not answer in time.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ExchangeError(f"{owner} does not answer: {type(error).__name__}.") from None
    wait = seconds_of(got.headers.get("retry-after", ""))
    return Answer(got.status_code, _json(bytes(body)), wait, bytes(body))


def refused(answer: Answer, owner: str, hint: str) -> ExchangeError:
    """What an answer without success means; `hint` says what helps where it does not take the secret."""
    status = answer.status
    if status in (401, 403):
        return ExchangeError(f"{owner} does not take the credentials (status {status}).", hint)
    if status == 429:
        return ExchangeError(f"{owner} was asked too often.", "It is asked again later.", answer.retry_after)
    if 300 <= status < 400:
        return ExchangeError(f"{owner} redirects, which is not followed.", "Set the address it leads to.")
    if status >= 500:
        return ExchangeError(f"{owner} fails with status {status}.", "", answer.retry_after)
    return ExchangeError(f"{owner} refuses the question with status {status}.", "", answer.retry_after)


def seconds_of(header: str) -> int | None:
    """What Retry-After says: a number of seconds or a date, at most a day."""
    if header.strip().isdecimal():
        return min(int(header.strip()[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(int((at - datetime.now(UTC)).total_seconds()), 0), LONGEST_WAIT)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
