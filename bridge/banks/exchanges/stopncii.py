"""StopNCII.org: hashes of intimate pictures that people do not want to see shared, put there by themselves.

A listing is a set of pages from a time on; a page's token is good for a while only, so where it is
refused the set is read again from its start. What was withdrawn is a record like any other, whose status
says so. A record has no id but its hash: its key here is a digest of that, so that no value is kept twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridge.banks.exchanges.answers import Answer, Question, ask, refused
from bridge.banks.exchanges.checkpoints import AskedCheckpoint
from bridge.banks.exchanges.exchange import Drop, ExchangeError, Kind, Page, Put, Setting
from bridge.banks.exchanges.feedback import SETTING, NotTaken, setting
from bridge.catalogue import Category, ListKind
from bridge.errors import BadSignal
from bridge.keys.secrets import SecretName
from bridge.signals import Signal, SignalType
from bridge.store.feedbacks import Opinion

if TYPE_CHECKING:
    import httpx

OWNER = "StopNCII"
URL = "https://api.stopncii.org/v1"
PAGE_SIZE = 800
BEGINNING = 10
"""The time that the owner's own client begins at; 0 is not said to be one."""
GOOD_SECONDS = 30 * 24 * 3600
"""After so long without a look, what was deleted meanwhile may be forgotten there: all is read anew."""
HINT = (
    "Run `hma-console secret set stopncii`: FETCH_KEY,SUBSCRIPTION_KEY, and ,FEEDBACK_KEY where you have one."
)

_TYPES = {"ImagePDQ": SignalType.PDQ, "VideoMD5": SignalType.MD5}
_WITHDRAWN = ("Withdrawn", "Deleted")


@dataclass(frozen=True, slots=True)
class Keys:
    """Those of the subscription and of each function."""

    fetch: str
    subscription: str
    feedback: str = ""

    @classmethod
    def of(cls, secret: str) -> Keys:
        """Raises ExchangeError."""
        parts = [part.strip() for part in secret.split(",")]
        if not 2 <= len(parts) <= 3 or not all(part.isascii() and part for part in parts):
            raise ExchangeError("The secret stopncii is not two or three keys.", HINT)
        return cls(*parts)

    def headers(self, function: str) -> dict[str, str]:
        return {"x-functions-key": function, "Ocp-Apim-Subscription-Key": self.subscription}


@dataclass(frozen=True, slots=True)
class Where(AskedCheckpoint):
    """A checkpoint: the set that begins at `start`, the page of it behind `token`; `full` says that it is a
    whole listing. `seen` is the time of the newest record before this set, `newest` in it. Times are
    in seconds since 1970.
    """

    start: int = BEGINNING
    token: str = ""
    seen: int = 0
    newest: int = 0
    full: bool = True


class StopNcii:
    def __init__(self, url: str, client: httpx.AsyncClient, secret: str) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._keys = Keys.of(secret)

    async def page(self, checkpoint: str) -> Page:
        """Raises ExchangeError; `expired` where nothing was asked for too long."""
        where = Where.of(checkpoint)
        where.check_is_good(GOOD_SECONDS, OWNER)
        answer = await self._fetch(where)
        begun_again = bool(where.token) and answer.status in (400, 404, 410)
        if begun_again:
            where = replace(where, token="")
            answer = await self._fetch(where)
        if not answer.is_success:
            raise refused(answer, OWNER, HINT)
        return replace(_page(where, answer.table(OWNER)), begun_again=begun_again)

    async def tell(self, key: str, signal: Signal, opinion: Opinion) -> None:
        """`Blocked`: looked at, and found to be what its owner said; `NotBlocked`: another picture. Raises
        ExchangeError, NotTaken.
        """
        if not self._keys.feedback:
            raise NotTaken("The secret stopncii has no key for feedback.", HINT)
        value = "Blocked" if opinion is Opinion.CONFIRMED else "NotBlocked"
        said = {"hashValue": signal.hex, "feedbackValue": value, "tags": []}
        question = Question(
            f"{self._url}/SubmitFeedback",
            headers=self._keys.headers(self._keys.feedback),
            body={"count": 1, "hashFeedbacks": [said]},
        )
        answer = await ask(self._client, question, OWNER)
        if answer.status in (400, 404):
            raise NotTaken(f"StopNCII takes no feedback on this entry (status {answer.status}).")
        if not answer.is_success:
            raise refused(answer, OWNER, HINT)

    async def _fetch(self, where: Where) -> Answer:
        query = {"startTimestamp": str(where.start), "pageSize": str(PAGE_SIZE)}
        if where.token:
            query["nextPageToken"] = where.token
        headers = self._keys.headers(self._keys.fetch)
        return await ask(self._client, Question(f"{self._url}/FetchHashes", query, headers), OWNER)


def key_of(signal: Signal) -> str:
    """The key of a record here: 32 digits that tell nothing of its hash."""
    return hashlib.blake2b(signal.type.value.encode() + signal.value, digest_size=16).hexdigest()


def _page(where: Where, answer: Mapping[str, object]) -> Page:
    records, count = answer.get("hashRecords"), answer.get("count")
    following, token = answer.get("nextSetTimestamp"), answer.get("nextPageToken")
    has_more = answer.get("hasMoreRecords")
    if not isinstance(records, list) or not isinstance(has_more, bool) or not isinstance(following, int):
        raise ExchangeError("StopNCII answers with something else than a page of hashes.")
    if count != len(records):
        raise ExchangeError("StopNCII answers with a part of a page only.")
    if has_more and (not isinstance(token, str) or not token):
        raise ExchangeError("StopNCII says that more follows, and not where.")
    read = [_read(record, where.seen) for record in records]
    newest = max((each.at for each in read), default=0)
    behind = replace(where, token=str(token), newest=max(where.newest, newest))
    if not has_more:
        behind = Where(max(where.start, following), seen=max(where.seen, behind.newest), full=False)
    return Page(
        tuple(each.change for each in read if each.change is not None),
        behind.text(),
        last=not has_more,
        unread=sum(each.is_unread for each in read),
        complete=where.full and not has_more,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    at: int
    change: Put | Drop | None = None
    is_unread: bool = False


def _read(record: object, seen: int) -> _Read:
    """One record; what cannot be used counts once, the first time that it is seen."""
    if not isinstance(record, dict):
        return _Read(0, is_unread=True)
    at = record.get("lastModtimestamp")
    at = at if isinstance(at, int) else 0
    try:
        signal_type = _TYPES[str(record.get("signalType"))]
        signal = Signal(signal_type, signal_type.parse(str(record.get("hashValue"))))
    except (KeyError, BadSignal):
        return _Read(at, is_unread=at > seen and record.get("hashStatus") not in _WITHDRAWN)
    if record.get("hashStatus") in _WITHDRAWN:
        return _Read(at, Drop(key_of(signal)))
    return _Read(at, Put(key_of(signal), (signal,), _label(record.get("CSPFeedbacks"))))


def _label(feedbacks: object) -> str:
    """What other services found: `confirmed` where one blocked it, `disputed` where those that looked did
    not.
    """
    said = {each.get("feedbackValue") for each in _tables(feedbacks)}
    return "confirmed" if "Blocked" in said else "disputed" if "NotBlocked" in said else ""


def _tables(value: object) -> Iterable[Mapping[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def make(settings: Mapping[str, str], client: httpx.AsyncClient, secret: str) -> StopNcii:
    """Raises ExchangeError where the secret is none."""
    return StopNcii(settings["url"], client, secret)


KIND = Kind(
    ListKind.STOPNCII,
    "StopNCII",
    SecretName.STOPNCII,
    {
        "url": Setting(
            lambda text: text.startswith(("https://", "http://")), "an address", URL, is_rare=True
        ),
        SETTING: setting("no"),  # a key of its own is needed, which is not given to everybody
    },
    lambda settings: Category.NCII,
    3600,
    make,
)
