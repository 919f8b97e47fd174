"""Meta's ThreatExchange: the signals that the members of one privacy group share, by /threat_updates.

Updates are ordered by their time, what was deleted is among them for 90 days, and a page is followed by a
cursor. The address of the next page that the owner gives holds the access token: of it only the cursor is
kept. The token goes into the query, where the owner wants it; nothing here ever prints an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

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

OWNER = "ThreatExchange"
URL = "https://graph.facebook.com/v26.0"
PAGE_SIZE = 500
GOOD_SECONDS = 25 * 24 * 3600
"""Deletions are told of for 90 days, as one page of the owner's says, or for 30, as another does."""
HINT = "Run `hma-console secret set threatexchange` with your app's token: APP_ID|APP_SECRET."
BUSY_SECONDS = 3600
"""The owner counts questions by the hour, and says of none when it may be asked again."""

_FIELDS = "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,reactions}"
_TYPES = {
    "HASH_PDQ": SignalType.PDQ,
    "HASH_MD5": SignalType.MD5,
    "HASH_SHA1": SignalType.SHA1,
    "HASH_SHA256": SignalType.SHA256,
    "HASH_VIDEO_MD5": SignalType.MD5,
    "HASH_VIDEO_SHA256": SignalType.SHA256,
}
_OBJECTIONS = ("NON_MALICIOUS", "NOT_HELPFUL", "DISAGREE_WITH_TAGS")
_WRONG_TOKEN = (102, 190, 463, 467)
_NOT_ALLOWED = (3, 10, *range(200, 300))
_TOO_MANY = (4, 17, 32, 613)


@dataclass(frozen=True, slots=True)
class Where(AskedCheckpoint):
    """A checkpoint: the updates since `since`, behind the cursor `after`; `full` says that they are a whole
    listing. `newest` is the time of the newest one read. Both are in seconds since 1970.
    """

    since: int = 0
    after: str = ""
    newest: int = 0
    full: bool = True


class ThreatExchange:
    def __init__(self, url: str, group: str, client: httpx.AsyncClient, secret: str) -> None:
        self._base = url.rstrip("/")
        self._url = f"{self._base}/{group}/threat_updates/"
        self._client = client
        self._token = token_of(secret)

    async def page(self, checkpoint: str) -> Page:
        """Raises ExchangeError; `expired` where nothing was asked for too long."""
        where = Where.of(checkpoint)
        where.check_is_good(GOOD_SECONDS, OWNER)
        answer = await self._fetch(where)
        begun_again = bool(where.after) and answer.status == 400 and code_of(answer) == 100
        if begun_again:
            where = replace(where, after="", newest=where.since)  # the cursor is no good any more
            answer = await self._fetch(where)
        if not answer.is_success:
            raise refusal(answer)
        return replace(_page(where, answer.table(OWNER)), begun_again=begun_again)

    async def tell(self, key: str, signal: Signal, opinion: Opinion) -> None:
        """A reaction to what each other member says of the indicator. Raises ExchangeError, NotTaken."""
        reaction = "HELPFUL" if opinion is Opinion.CONFIRMED else "NOT_HELPFUL"
        query = {"access_token": self._token, "fields": "descriptors{id,owner{id}}"}
        found = await self._said(Question(f"{self._base}/{key}", query))
        for each in _rows(found.table(OWNER).get("descriptors")):
            owner, number = each.get("owner"), str(each.get("id"))
            is_mine = isinstance(owner, dict) and str(owner.get("id")) == self._token.partition("|")[0]
            if not is_mine and number.isdecimal():
                form = {"access_token": self._token, "reactions": reaction}
                await self._said(Question(f"{self._base}/{number}", form=form))

    async def _said(self, question: Question) -> Answer:
        """Raises ExchangeError, NotTaken."""
        answer = await ask(self._client, question, OWNER)
        if code_of(answer) == 100:
            raise NotTaken("ThreatExchange knows nothing of this entry any more.")
        if not answer.is_success:
            raise refusal(answer)
        return answer

    async def _fetch(self, where: Where) -> Answer:
        query = {"access_token": self._token, "limit": str(PAGE_SIZE), "fields": _FIELDS}
        if where.since:
            query["start_time"] = str(where.since)
        if where.after:
            query["after"] = where.after
        return await ask(self._client, Question(self._url, query), OWNER)


def token_of(secret: str) -> str:
    """Raises ExchangeError where it is none."""
    app, mark, rest = secret.strip().replace("%7C", "|").partition("|")
    if not (app.isdecimal() and mark and rest and rest.isascii() and rest.isprintable() and " " not in rest):
        raise ExchangeError("The secret threatexchange is no app token.", HINT)
    return f"{app}|{rest}"


def code_of(answer: Answer) -> int:
    """The Graph API's own number of an error, 0 where it gives none."""
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 0


def refusal(answer: Answer) -> ExchangeError:
    """What an error of the Graph API means; it says with status 400 what others say with 401 and 429."""
    code = code_of(answer)
    if code in _WRONG_TOKEN:
        return ExchangeError(f"ThreatExchange does not take the token (code {code}).", HINT)
    if code in _NOT_ALLOWED:
        hint = "Ask the owner of the privacy group to add your app."
        return ExchangeError(f"ThreatExchange does not let your app see this (code {code}).", hint)
    if code in _TOO_MANY or answer.status == 429:
        wait = answer.retry_after if answer.retry_after is not None else BUSY_SECONDS
        return ExchangeError("ThreatExchange was asked too often.", "It is asked again later.", wait)
    if code == 100:
        hint = "Compare the setting privacy_group with your group's number."
        return ExchangeError("ThreatExchange knows no such privacy group.", hint)
    error = refused(answer, OWNER, HINT)
    if answer.status == 500:
        error.hint = "Where it goes on so, ask Meta to turn on threat_updates for the privacy group."
    return error


def _page(where: Where, answer: Mapping[str, object]) -> Page:
    updates = answer.get("data")
    if not isinstance(updates, list):
        raise ExchangeError("ThreatExchange answers with something else than a page of updates.")
    after = _cursor(answer.get("paging"))
    if not updates and after:
        after = ""  # the Graph API may name a page behind the last one
    read = [_read(update, where.since) for update in updates]
    newest = max((each.at for each in read), default=0)
    behind = replace(where, after=after, newest=max(where.newest, newest))
    if not after:
        behind = Where(since=behind.newest, newest=behind.newest, full=False)
    return Page(
        tuple(each.change for each in read if each.change is not None),
        behind.text(),
        last=not after,
        unread=sum(each.is_unread for each in read),
        complete=where.full and not after,
    )


def _cursor(paging: object) -> str:
    """The cursor in the address of the next page; '' where there is none. Raises ExchangeError."""
    following = paging.get("next") if isinstance(paging, dict) else None
    if following is None:
        return ""
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str):
        named = parse_qs(urlsplit(str(following)).query).get("after")
        after = named[0] if named else ""
    if not after:
        raise ExchangeError("ThreatExchange says that more follows, and not where.")
    return after


@dataclass(frozen=True, slots=True)
class _Read:
    at: int
    change: Put | Drop | None = None
    is_unread: bool = False


def _read(update: object, since: int) -> _Read:
    """One update; what cannot be used counts once, the first time that it is seen."""
    if not isinstance(update, dict):
        return _Read(0, is_unread=True)
    key, at = str(update.get("id") or ""), _number(update.get("last_updated"))
    said = _rows(update.get("descriptors"))
    is_gone = update.get("should_delete") is True or not said or _all_say_no(said)
    if is_gone and key.isdecimal():
        return _Read(at, Drop(key))
    try:
        signal_type = _TYPES[str(update.get("type"))]
        signal = Signal(signal_type, signal_type.parse(str(update.get("indicator"))))
    except (KeyError, BadSignal):
        return _Read(at, Drop(key) if key.isdecimal() else None, is_unread=at > since)
    if not key.isdecimal():
        return _Read(at, is_unread=at > since)
    return _Read(at, Put(key, (signal,), _label(said)))


def _all_say_no(said: Sequence[Mapping[str, object]]) -> bool:
    return all(each.get("status") == "NON_MALICIOUS" for each in said)


def _label(said: Sequence[Mapping[str, object]]) -> str:
    """What members found: `disputed` where one objects, `malicious` where one says so, else nothing."""
    objections = {row.get("key") for each in said for row in _rows(each.get("reactions"))} & {*_OBJECTIONS}
    statuses = {each.get("status") for each in said}
    if objections or "NON_MALICIOUS" in statuses:
        return "disputed"
    return "malicious" if "MALICIOUS" in statuses else ""


def _rows(value: object) -> Sequence[Mapping[str, object]]:
    """The objects of a list, or of the `data` of a connection."""
    if isinstance(value, dict):
        value = value.get("data")
    found: Iterable[object] = value if isinstance(value, list) else ()
    return [each for each in found if isinstance(each, dict)]


def _number(value: object) -> int:
    """A number, which the Graph API also writes as a text."""
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


def make(settings: Mapping[str, str], client: httpx.AsyncClient, secret: str) -> ThreatExchange:
    """Raises ExchangeError where the secret is none."""
    return ThreatExchange(settings["url"], settings["privacy_group"], client, secret)


KIND = Kind(
    ListKind.THREATEXCHANGE,
    "ThreatExchange",
    SecretName.THREATEXCHANGE,
    {
        "privacy_group": Setting(
            lambda text: text.isascii() and text.isdecimal() and len(text) <= 20, "the group's number"
        ),
        "category": Setting(
            lambda text: text in [category.value for category in Category if category.is_listed],
            "what the group shares: child_safety, exploitative, ncii or terrorism",
        ),
        SETTING: setting("yes"),
        "url": Setting(
            lambda text: text.startswith(("https://", "http://")), "an address", URL, is_rare=True
        ),
    },
    lambda settings: Category(settings["category"]),
    3600,
    make,
)
