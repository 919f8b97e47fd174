"""Arachnid Shield of the Canadian Centre for Child Protection, asked by PDQ hash: the picture never leaves.

It has no list to read in; each upload's hashes are sent to it, of good views only, and it answers what they
are near to. It says no distance, so that the largest stands for it, and nothing is done by itself on it. What
it names is told apart by a number made of that; its hashes are kept nowhere.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from bridge.catalogue import FROM_ARACHNID, LARGEST_THRESHOLD, Bank, Category
from bridge.errors import BridgeError, NotChecked
from bridge.matching.matcher import Query
from bridge.signals import MINIMUM_QUALITY, SignalType, View, ViewKind
from bridge.uploads import now_ms
from bridge.verdicts import Comparison, Match, Reason

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts do not ask it
    import httpx

URL = "https://shield.projectarachnid.com"
ABUSE, HARMFUL = "Arachnid Shield", "Arachnid Shield harmful"
_SAID = "What Arachnid Shield finds by PDQ. It is asked for each upload, and keeps its list."
BANKS = (
    Bank(ABUSE, Category.CHILD_SAFETY, threshold=LARGEST_THRESHOLD, description=_SAID, origin=FROM_ARACHNID),
    Bank(
        HARMFUL, Category.EXPLOITATIVE, threshold=LARGEST_THRESHOLD, description=_SAID, origin=FROM_ARACHNID
    ),
)
"""What stands here for its two classes: child sexual abuse, and what else harms children."""
SECONDS = 5.0
MOST_AT_ONCE = 8
QUIET_SECONDS = 30
"""After a failure nothing is asked for so long, unless it named a time itself."""
LONGEST_QUIET = 3600
LARGEST_ANSWER = 1 << 20
HINT = "Run `hma-console secret set arachnid` with USER:PASSWORD, as the Centre gave them to you."

_SENT = (ViewKind.REFERENCE, ViewKind.ORIENTED, ViewKind.FRAME, ViewKind.TURNED, ViewKind.TRIMMED)
"""Not the edges that are put back: a stranger is asked no more than it takes to find a copy."""
_CLASSES = {"csam": ABUSE, "harmful-abusive-material": HARMFUL}
_NOTHING = "no-known-match"
_ELSEWHERE = 1 << 52
"""Its entries have numbers below minus this: neither ours nor an HMA's are there."""

log = logging.getLogger(__name__)

Secret = Callable[[], Awaitable[str]]
"""The secret's value. Raises KeysLocked, KeysError, NotFound."""


class Rows(Protocol):
    """The banks here of these names, by name; those that are missing are made so."""

    async def __call__(self, wanted: Sequence[Bank]) -> Mapping[str, Bank]: ...


class Failed(BridgeError):
    """It did not answer, or not so that its answer means anything; `wait` is in seconds."""

    def __init__(self, message: str, hint: str = "", wait: int = QUIET_SECONDS) -> None:
        super().__init__(message, hint)
        self.wait = wait


class ArachnidMatcher:
    """`fault` says why it does not answer now, `remedy` what helps; `answered_at` is when it last did, in
    milliseconds, None before. `close` ends its connections; the client is its own then.
    """

    def __init__(self, client: httpx.AsyncClient, secret: Secret, rows: Rows, url: str = URL) -> None:
        self._client = client
        self._secret = secret
        self._rows = rows
        self._url = f"{url.rstrip('/')}/v1/pdq/"
        self._quiet_until = 0.0
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._running: set[asyncio.Task[tuple[int, bytes, str]]] = set()
        self.fault = self.remedy = ""
        self.answered_at: int | None = None

    @property
    def is_whole(self) -> bool:
        return not self.fault or time.monotonic() >= self._quiet_until

    async def match(self, query: Query) -> Comparison:
        """Unchecked: matcher_down. What has no good view, or is not for lists, it is not asked of."""
        views = _sent(query)
        if not query.listed or (not views and query.exact):
            return Comparison((), ())
        if not self.is_whole:
            return self._unchecked(int(self._quiet_until - time.monotonic()) + 1)
        if not views:  # the question is only whether it can answer
            return Comparison((), (ABUSE, HARMFUL))
        try:
            async with asyncio.timeout(SECONDS):
                rows = await self._rows(BANKS)
                answers = await self._ask(views)
        except TimeoutError:
            return self._failed(Failed(f"Arachnid Shield did not answer within {SECONDS:g} s."))
        except Failed as error:
            return self._failed(error)
        except BridgeError as error:
            return self._failed(Failed(error.message, error.hint))
        self.fault = self.remedy = ""
        self.answered_at = now_ms()
        matches = [_match(view, answers[_text(view)], rows) for view in views]
        return Comparison(
            _nearest([each for each in matches if each]), tuple(row.name for row in rows.values())
        )

    async def close(self) -> None:
        for asking in self._running:
            asking.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()

    def _failed(self, error: Failed) -> Comparison:
        if not self.fault:
            log.warning("Arachnid Shield is left alone for a while: %s", error.message)
        self.fault, self.remedy = error.message, error.hint
        self._quiet_until = time.monotonic() + error.wait
        return self._unchecked(error.wait)

    def _unchecked(self, wait: int) -> Comparison:
        return Comparison((), (), NotChecked(Reason.MATCHER_DOWN, self.fault, retry_after=wait))

    async def _ask(self, views: Sequence[View]) -> Mapping[str, Mapping[str, object] | None]:
        """What it says of each hash. Raises Failed, KeysError, NotFound."""
        import httpx

        user, colon, password = (await self._secret()).strip().partition(":")
        if not (user and colon and password):
            raise Failed("The secret arachnid is no user name with a password.", HINT)
        await self._free.acquire()
        asking = asyncio.create_task(self._exchange(views, httpx.BasicAuth(user, password)))
        self._running.add(asking)
        asking.add_done_callback(self._ended)
        try:
            status, body, wait = await asyncio.shield(asking)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(f"Arachnid Shield does not answer: {type(error).__name__}.") from None
        if status in (401, 403):
            raise Failed(f"Arachnid Shield does not take the credentials (status {status}).", HINT)
        if status != 200:
            seconds = min(int(wait[:9]), LONGEST_QUIET) if wait.isdecimal() else QUIET_SECONDS
            raise Failed(f"Arachnid Shield answers with status {status}.", "", max(seconds, 1))
        return _answers(body, views)

    async def _exchange(self, views: Sequence[View], auth: httpx.Auth) -> tuple[int, bytes, str]:
        """Status, body, Retry-After. Runs to its end though whoever asked goes away: httpx's pool loses a
        connection at each request that is cancelled early.
        """
        said = {"hashes": [_text(view) for view in views]}
        body, until = bytearray(), time.monotonic() + SECONDS
        async with self._client.stream("POST", self._url, json=said, auth=auth, timeout=SECONDS) as got:
            async for piece in got.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER or time.monotonic() > until:
                    raise Failed("Arachnid Shield answers with more than it was asked for, or too slowly.")
        return got.status_code, bytes(body), got.headers.get("retry-after", "")

    def _ended(self, asking: asyncio.Task[tuple[int, bytes, str]]) -> None:
        self._running.discard(asking)
        self._free.release()
        if not asking.cancelled():
            asking.exception()  # seen: whoever asked may be gone


def _sent(query: Query) -> list[View]:
    """Each hash once."""
    good = [v for v in query.views if v.name.kind in _SENT and v.quality >= MINIMUM_QUALITY]
    return list({view.pdq: view for view in reversed(good)}.values())[::-1]


def _text(view: View) -> str:
    return base64.b64encode(view.pdq).decode()


def _answers(body: bytes, views: Sequence[View]) -> Mapping[str, Mapping[str, object] | None]:
    """Raises Failed where it does not say of every hash that was sent what is near it."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    said = answer.get("scanned_hashes") if isinstance(answer, dict) else None
    if not isinstance(said, dict) or not all(_text(view) in said for view in views):
        raise Failed("Arachnid Shield answers with something else than was asked.")
    if not all(one is None or isinstance(one, dict) for one in said.values()):
        raise Failed("Arachnid Shield answers with something else than was asked.")
    return said


def _match(view: View, said: Mapping[str, object] | None, rows: Mapping[str, Bank]) -> Match | None:
    """What it does not name by a class that is known here counts as the less grave of the two."""
    if said is None or said.get("classification") in (None, _NOTHING):
        return None
    bank = rows[_CLASSES.get(str(said["classification"]), HARMFUL)]
    number = _number(said.get("near_match_details"), view)
    return Match(
        bank, -_ELSEWHERE - number, number, SignalType.PDQ, b"", LARGEST_THRESHOLD, view.quality, view.name
    )


def _number(details: object, view: View) -> int:
    """The same for the same picture of theirs, and no way back to it: 48 bits of a digest."""
    named = details[0] if isinstance(details, list) and details else details
    known = named.get("sha256_hex") or named.get("sha1_base32") if isinstance(named, dict) else None
    what = str(known).lower().encode() if known else view.pdq
    return int.from_bytes(hashlib.blake2b(what, digest_size=6, person=b"arachnid").digest())


def _nearest(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Each picture of theirs once, by the plainest view of ours."""
    found: dict[tuple[int, int], Match] = {}
    for match in sorted(matches, key=lambda each: each.view):
        found.setdefault((match.bank.id, match.entry_id), match)
    return tuple(found.values())
