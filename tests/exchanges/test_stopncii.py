"""StopNCII: after each sync the bank equals the list, whatever the owner's server does meanwhile."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from bridge.banks.exchanges import stopncii
from bridge.banks.exchanges.stopncii import KIND, key_of
from bridge.errors import ExchangeError
from bridge.signals import Signal, SignalType
from tests.exchanges.mirror import Mirror, Reading, client_of
from tests.fakes.stopncii import FETCH, SECRET, SUBSCRIPTION, FakeStopNcii, truncated

SETTINGS = {"url": "https://api.stopncii.org/v1"}


def pdq(number: int) -> str:
    return f"{number:064x}"


Pair = Reading[FakeStopNcii]


@pytest.fixture
def pair() -> Pair:
    owner = FakeStopNcii(page_size=3)
    for number in range(8):
        owner.put(pdq(number))
    return Pair(owner, Mirror(KIND.make(SETTINGS, client_of(owner.app), SECRET)))


async def test_all_is_read_in_pages_then_only_what_changed(pair: Pair) -> None:
    await pair.read()
    assert (len(pair.mirror.listed), pair.mirror.pages) == (8, 3)
    first = pair.owner.asked[0]
    assert first == {"startTimestamp": "10", "pageSize": "800"}, "as the owner's own client asks"
    pair.owner.put(pdq(9))
    pair.owner.put("aa" * 16, "VideoMD5")
    await pair.read()
    assert pair.mirror.pages == 4
    assert len(pair.mirror.listed) == 10


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
async def test_what_people_take_back_is_banked_no_longer(pair: Pair, status: str) -> None:
    await pair.read()
    pair.owner.withdraw(pdq(3), status)
    await pair.read()
    assert ("pdq", pdq(3)) not in pair.mirror.values
    pair.owner.put(pdq(3))
    await pair.read()
    assert ("pdq", pdq(3)) in pair.mirror.values


async def test_what_cannot_be_compared_is_counted_once(pair: Pair) -> None:
    for kind, value in (("VideoTMK", "tmk"), ("Text", "words"), ("URL", "https://example.org"), ("New", "x")):
        pair.owner.put(value, kind)
    for _ in range(3):
        await pair.read()
    assert pair.mirror.unread == 4
    pair.owner.put("more words", "Text")
    await pair.read()
    assert pair.mirror.unread == 5


async def test_what_others_found_is_the_label(pair: Pair) -> None:
    pair.owner.put(pdq(0), "ImagePDQ", "Active", "NotBlocked", "Blocked")
    pair.owner.put(pdq(1), "ImagePDQ", "Active", "NotBlocked", "Undefined")
    await pair.read()
    found = [pair.mirror.labels[key_of(Signal(SignalType.PDQ, bytes.fromhex(pdq(n))))] for n in range(3)]
    assert found == ["confirmed", "disputed", ""]


async def test_a_key_and_a_checkpoint_tell_no_value(pair: Pair) -> None:
    pair.owner.put("5e" * 32)
    await pair.read()
    assert "5e5e" not in " ".join([*pair.mirror.listed, pair.mirror.checkpoint])
    assert "5e5e" not in repr(await pair.mirror.exchange.page(""))


async def test_a_token_that_is_no_good_any_more_begins_the_set_again(pair: Pair) -> None:
    page = await pair.mirror.exchange.page("")
    pair.mirror.checkpoint = page.checkpoint
    pair.owner.forget_tokens()
    pair.owner.withdraw(pdq(7))
    await pair.read()
    assert "nextPageToken" not in pair.owner.asked[2]
    assert pair.mirror.begun_again == 1


async def test_after_a_month_all_is_read_anew(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    await pair.read()
    del pair.owner.records["ImagePDQ", pdq(2)]  # the owner forgot that it was ever there
    await pair.mirror.read()
    assert ("pdq", pdq(2)) in pair.mirror.values, "nothing says so in time"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + stopncii.GOOD_SECONDS + 60)
    await pair.read()


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (f"{FETCH},{SUBSCRIPTION}x", "does not take the credentials (status 401)"),
        (f"x{FETCH},{SUBSCRIPTION}", "does not take the credentials (status 401)"),
        (FETCH, "not two or three keys"),
        (f"{FETCH},", "not two or three keys"),
        ("", "not two or three keys"),
        (f"{FETCH},ключ", "not two or three keys"),
    ],
)
async def test_wrong_keys_are_said_to_be_so_and_repeated_nowhere(pair: Pair, secret: str, said: str) -> None:
    with pytest.raises(ExchangeError) as failed:
        await KIND.make(SETTINGS, client_of(pair.owner.app), secret).page("")
    assert said in failed.value.message
    assert "secret set stopncii" in failed.value.hint
    assert FETCH not in str(failed.value.message + failed.value.hint)


def _page(**other: object) -> dict[str, object]:
    page = {"count": 0, "nextSetTimestamp": 5, "nextPageToken": None, "hasMoreRecords": False}
    return {**page, "hashRecords": [], **other}


@pytest.mark.parametrize(
    ("fault", "said", "retry_after"),
    [
        (Response("oops", 500), "fails with status 500", None),
        (Response("", 503, {"Retry-After": "120"}), "fails with status 503", 120),
        (JSONResponse({}, 429, {"Retry-After": "30"}), "was asked too often", 30),
        (Response("", 429, {"Retry-After": formatdate(time.time() + 9e5)}), "was asked too often", 24 * 3600),
        (Response("", 429, {"Retry-After": "soon"}), "was asked too often", None),
        (Response("", 429, {"Retry-After": "9" * 30}), "was asked too often", 24 * 3600),
        (Response("", 302, {"Location": "https://elsewhere.example"}), "redirects, which is not", None),
        (Response("<html>", 200), "something else than JSON", None),
        (truncated(_page(hashRecords=["x" * 90])), "something else than JSON", None),
        (JSONResponse(_page(count=3)), "a part of a page only", None),
        (JSONResponse(_page(hasMoreRecords=True)), "that more follows, and not where", None),
        (JSONResponse(_page(hashRecords=None)), "something else than a page", None),
        (JSONResponse([1]), "something else than JSON", None),
    ],
)
async def test_a_fault_in_the_middle_costs_a_page_and_no_entry(
    pair: Pair, fault: Response, said: str, retry_after: int | None
) -> None:
    pair.owner.faults = [None, fault]
    with pytest.raises(ExchangeError) as failed:
        await pair.read()
    assert said in failed.value.message
    assert failed.value.retry_after == retry_after
    assert not failed.value.expired
    assert len(pair.mirror.listed) == 3
    await pair.read()
    assert pair.mirror.pages == 3


async def test_an_answer_that_breaks_off_or_does_not_come(pair: Pair) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow") if "nextPageToken" in str(request.url) else httpx.ConnectError("no")

    client = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    exchange = KIND.make(SETTINGS, client, SECRET)
    with pytest.raises(ExchangeError, match="does not answer: ConnectError"):
        await exchange.page("")
    later = json.dumps({"token": "t", "at": int(time.time())})
    with pytest.raises(ExchangeError, match="did not answer in time"):
        await exchange.page(later)


async def test_records_that_are_no_records_are_passed_over(pair: Pair) -> None:
    odd: list[object] = [None, 5, {}, {"signalType": "ImagePDQ"}, {"signalType": [], "hashValue": {}}]
    pair.owner.faults = [JSONResponse(_page(count=5, hashRecords=odd))]
    page = await pair.mirror.exchange.page("")
    assert page.changes == ()


@pytest.mark.usefixtures("new_york")
async def test_where_the_bridge_runs_changes_nothing(pair: Pair) -> None:
    await pair.read()
    start = json.loads(pair.mirror.checkpoint)["start"]
    assert start == pair.owner.now
    pair.owner.put(pdq(9))
    pair.owner.withdraw(pdq(1))
    await pair.read()
