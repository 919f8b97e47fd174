"""NCMEC's hash sharing, version 2: what is known to be abuse of children, entered by its members.

A range of times is asked for, in pages that are in no order of time: only when the last of them was
read is all of the range known. Where the next page is good for half a day; then, and wherever it is not
known any more, the range is asked for anew. All times are UTC. What was read before is told again where
ranges overlap, and changes nothing. Exploitative pictures are lists of their own, and no child-safety
matches.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridge.banks.exchanges import feedback, ncmec_feedback
from bridge.banks.exchanges.answers import Answer, Question, ask, refused
from bridge.banks.exchanges.checkpoints import Checkpoint
from bridge.banks.exchanges.exchange import Exchange, Kind, Page, Setting
from bridge.banks.exchanges.ncmec_xml import read_listing
from bridge.catalogue import Category, ListKind
from bridge.errors import ExchangeError
from bridge.keys.secrets import SecretName
from bridge.signals import Signal
from bridge.store.feedbacks import Opinion

if TYPE_CHECKING:
    import httpx

OWNER = "NCMEC"
HINT = "Run `hma-console secret set ncmec`: USER:PASSWORD. NCMEC may also ask which address you come from."
BEGINNING = 10
"""In seconds since 1970: where others who read all of it begin."""
SETTLED_SECONDS = 5
"""A range ends so long ago: what is being entered now is told the next time."""
OVERLAP_SECONDS = 600
NEXT_GOOD_SECONDS = 11 * 3600
GOOD_SECONDS = 30 * 24 * 3600
"""After so long without a look, a deletion may be forgotten there: all is read anew."""

_INDUSTRY, _SHARING = "cybertip.org", "ncmec.org"
ENVIRONMENTS: Mapping[str, str] = {
    "industry": f"https://report.{_INDUSTRY}/hashsharing",
    "industry-exploitative": f"https://report.{_INDUSTRY}/exploitative-hashsharing",
    "law-enforcement": f"https://lesp.{_SHARING}/csam-hashsharing",
    "ngo": f"https://hashsharing.{_SHARING}/npo",
    "exploitative": f"https://hashsharing.{_SHARING}/exploitative",
    "ngo-generative-ai": f"https://hashsharing.{_SHARING}/generative-ai-csam",
    "ngo-generative-ai-exploitative": f"https://hashsharing.{_SHARING}/generative-ai-exploitative",
    "test-industry": f"https://exttest.{_INDUSTRY}/hashsharing",
    "test-industry-exploitative": f"https://exttest.{_INDUSTRY}/exploitative-hashsharing",
    "test-law-enforcement": f"https://betalesp.{_SHARING}/csam-hashsharing",
    "test-ngo": f"https://hashsharing-test.{_SHARING}/npo",
    "test-exploitative": f"https://hashsharing-test.{_SHARING}/exploitative",
    "test-ngo-generative-ai": f"https://hashsharing-test.{_SHARING}/generative-ai-csam",
    "test-ngo-generative-ai-exploitative": f"https://hashsharing-test.{_SHARING}/generative-ai-exploitative",
}
_REAL = [name for name in ENVIRONMENTS if not name.startswith("test-")]


@dataclass(frozen=True, slots=True)
class Where(Checkpoint):
    """A checkpoint: the range of times that is being read, and behind which page; `full` is the first one.

    Times are in seconds since 1970. `end` is 0 before the first answer, and a range whose end was reached
    has no `following`.
    """

    begin: int = BEGINNING
    end: int = 0
    following: str = ""
    following_at: int = 0
    full: bool = True
    done: bool = False

    def range_now(self, now: int) -> Where:
        """The range to ask for, from its first page on."""
        if not self.done:
            return replace(self, end=now - SETTLED_SECONDS, following="")
        return Where(max(BEGINNING, self.end - OVERLAP_SECONDS), now - SETTLED_SECONDS, full=False)


class Ncmec:
    """`reason` is the id of NCMEC's reason that is given where an entry matched another picture."""

    def __init__(self, url: str, client: httpx.AsyncClient, secret: str, reason: str = "") -> None:
        user, colon, password = secret.partition(":")
        if not (user and colon and password):
            raise ExchangeError("The secret ncmec is not a user and a password.", HINT)
        token = base64.b64encode(secret.encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Accept": "application/xml"}
        self._url = url.rstrip("/")
        self._client = client
        self._reason = reason

    async def tell(self, key: str, signal: Signal, opinion: Opinion) -> None:
        """Raises ExchangeError, NotTaken."""
        await ncmec_feedback.tell(self._client, self._url, self._headers, key, signal, opinion, self._reason)

    async def page(self, checkpoint: str) -> Page:
        """Raises ExchangeError; `expired` where nothing was asked for too long."""
        where, now = Where.of(checkpoint), int(time.time())
        if where.done and where.end > now:
            raise ExchangeError("The clock was ahead when NCMEC was asked last.", expired=True)
        if where.done and now - where.end > GOOD_SECONDS:
            raise ExchangeError("NCMEC was not asked for a month.", expired=True)
        answer = None
        if where.following and now - where.following_at < NEXT_GOOD_SECONDS:
            answer = await self._ask(where.following)
        begun_again = answer is not None and answer.status in (400, 404, 410)
        if answer is None or begun_again:
            where = where.range_now(now)
            answer = await self._ask("/v2/entries", {"from": _utc(where.begin), "to": _utc(where.end)})
        if not answer.is_success:
            raise refused(answer, OWNER, HINT)
        listing = await asyncio.to_thread(read_listing, answer.body)  # megabytes of XML
        if not listing.following:
            behind = replace(where, following="", following_at=0, done=True)
            return Page(tuple(listing.changes), behind.text(), True, listing.unread, complete=where.full)
        if not listing.following.startswith("/v2/entries?"):
            raise ExchangeError("NCMEC names a next page that is none of its listing.")
        if listing.following == where.following:
            raise ExchangeError("NCMEC gives the same page over and over.")
        behind = replace(where, following=listing.following, following_at=now)
        changes = tuple(listing.changes)
        return Page(changes, behind.text(), False, listing.unread, begun_again=begun_again)

    async def _ask(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return await ask(self._client, Question(f"{self._url}{path}", query or {}, self._headers), OWNER)


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _category(settings: Mapping[str, str]) -> Category:
    exploitative = settings["environment"].endswith("exploitative")
    return Category.EXPLOITATIVE if exploitative else Category.CHILD_SAFETY


def _make(settings: Mapping[str, str], client: httpx.AsyncClient, secret: str) -> Exchange:
    url = ENVIRONMENTS[settings["environment"]]
    return Ncmec(url, client, secret, settings.get(ncmec_feedback.REASON, ""))


KIND = Kind(
    name=ListKind.NCMEC,
    title="NCMEC's hash sharing",
    secret=SecretName.NCMEC,
    settings={
        "environment": Setting(
            lambda name: name in ENVIRONMENTS, f"{', '.join(_REAL)}, or one of these after test-", "industry"
        ),
        feedback.SETTING: feedback.setting("yes"),
        ncmec_feedback.REASON: ncmec_feedback.reason_setting(),
    },
    category=_category,
    interval=3600,
    make=_make,
)
