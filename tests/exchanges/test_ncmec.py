"""NCMEC: after each sync the bank equals the list, whatever the owner's server does meanwhile."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
from starlette.responses import Response

from bridge.banks.exchanges import ncmec
from bridge.banks.exchanges.exchange import Put
from bridge.banks.exchanges.ncmec import ENVIRONMENTS, KIND
from bridge.banks.exchanges.ncmec_xml import Listing, read_listing
from bridge.catalogue import Category
from bridge.errors import ExchangeError
from tests.exchanges.mirror import Mirror, Reading, client_of
from tests.fakes.ncmec import SECRET, FakeNcmec, answer_of


def md5(number: int) -> str:
    return f"{number:032x}"


def sha1(number: int) -> str:
    return f"{number:040x}"


Pair = Reading[FakeNcmec]


@pytest.fixture
def pair() -> Pair:
    owner = FakeNcmec(page_size=3)
    for number in range(8):
        owner.put(f"image{number}", md5=md5(number), sha1=sha1(number), pdq=f"{number:064x}")
    return Pair(owner, Mirror(KIND.make({"environment": "test-industry"}, client_of(owner.app), SECRET)))


async def test_all_is_read_in_pages_then_only_what_changed(pair: Pair) -> None:
    await pair.read()
    assert (len(pair.mirror.listed), pair.mirror.pages, len(pair.mirror.values)) == (8, 3, 24)
    assert parse_qs(pair.owner.asked[0])["from"] == ["1970-01-01T00:00:10Z"], "as the recorded request"
    pair.owner.put("image9", classification="B2", md5=md5(9))
    pair.owner.put("image1", md5=md5(11))  # a change replaces what was there
    pair.owner.put("video1", "video", md5=md5(12), **{"tmk-pdqf": "x"})
    pair.owner.asked.clear()
    await pair.read()
    assert pair.mirror.labels["42-image9"] == "B2"
    assert parse_qs(pair.owner.asked[0])["from"][0] > "2020", "not from the beginning"


async def test_its_pages_are_not_read_on_the_loop(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = []

    def read(body: bytes) -> Listing:
        readers.append(threading.current_thread())
        return read_listing(body)

    monkeypatch.setattr(ncmec, "read_listing", read)
    await pair.read()
    assert readers
    assert threading.main_thread() not in readers


async def test_what_is_deleted_leaves_the_bank(pair: Pair) -> None:
    await pair.read()
    pair.owner.delete("image3")
    await pair.read()
    assert "42-image3" not in pair.mirror.listed
    pair.owner.put("image3", md5=md5(3))
    await pair.read()
    assert "42-image3" in pair.mirror.listed


async def test_a_range_is_known_only_when_its_last_page_was_read(pair: Pair) -> None:
    """Pages are in no order of time: the newest entry may stand on the first."""
    pair.owner.faults = [None, Response(status_code=500)]
    with pytest.raises(ExchangeError, match="status 500"):
        await pair.mirror.read()
    assert len(pair.mirror.listed) == 3
    pair.owner.asked.clear()
    await pair.read()
    assert "start=4" in pair.owner.asked[0], "it went on behind the page that it had"


@pytest.mark.usefixtures("new_york")
async def test_a_time_zone_changes_nothing(pair: Pair) -> None:
    await pair.read()
    end = parse_qs(pair.owner.asked[0])["to"][0]
    assert abs(_parsed(end) - time.time()) < 60
    pair.owner.put("image9", md5=md5(9))
    pair.owner.delete("image1")
    await pair.read()


async def test_where_a_page_is_not_known_any_more_its_range_is_asked_for_anew(pair: Pair) -> None:
    pair.owner.faults = [None, Response(status_code=500)]
    with pytest.raises(ExchangeError):
        await pair.mirror.read()
    pair.owner.forget_pages()
    pair.owner.delete("image0")
    await pair.read()
    assert pair.mirror.begun_again == 1


async def test_a_page_is_not_asked_for_when_it_cannot_be_good_any_more(pair: Pair) -> None:
    pair.owner.faults = [None, Response(status_code=500)]
    with pytest.raises(ExchangeError):
        await pair.mirror.read()
    pair.owner.asked.clear()
    where = json.loads(pair.mirror.checkpoint)
    where["following_at"] -= 12 * 3600
    pair.mirror.checkpoint = json.dumps(where)
    await pair.read()
    assert "start" not in pair.owner.asked[0]


async def test_an_owner_who_gives_the_same_page_over_and_over_is_not_believed(pair: Pair) -> None:
    first = await pair.mirror.exchange.page("")
    same = Response(
        f"<queryResult><paging><next>{escape(json.loads(first.checkpoint)['following'])}</next></paging>"
        "</queryResult>"
    )
    pair.owner.faults = [same]
    with pytest.raises(ExchangeError, match="over and over"):
        await pair.mirror.exchange.page(first.checkpoint)


async def test_after_a_month_without_a_look_all_is_read_anew(pair: Pair) -> None:
    await pair.read()
    where = json.loads(pair.mirror.checkpoint)
    where["end"] -= 31 * 24 * 3600
    pair.mirror.checkpoint = json.dumps(where)
    del pair.owner.entries["image5"]  # the owner forgot that it ever was
    await pair.read()


async def test_after_a_clock_that_was_ahead_all_is_read_anew(pair: Pair) -> None:
    await pair.read()
    where = json.loads(pair.mirror.checkpoint)
    where["end"] += 24 * 3600
    pair.mirror.checkpoint = json.dumps(where)
    pair.owner.put("image9", md5=md5(9))  # in the range that was thought to be known
    await pair.read()


@pytest.mark.parametrize("secret", ["testington:wrong", "testington", ":a", ""])
async def test_wrong_credentials_are_said_to_be_that(pair: Pair, secret: str) -> None:
    with pytest.raises(ExchangeError, match=r"secret ncmec|credentials") as raised:
        await KIND.make({"environment": "test-industry"}, client_of(pair.owner.app), secret).page("")
    assert "secret set ncmec" in raised.value.hint
    assert "wrong" not in str(raised.value)


def _truncated() -> Response:
    owner = FakeNcmec()
    owner.put("image1", md5=md5(77))
    body = bytes(answer_of(list(owner.entries.values())).body)
    return Response(body[:-40], media_type="application/xml")


@pytest.mark.parametrize(
    "fault",
    [
        _truncated(),
        Response("<html><body>Sorry</body></html>"),
        Response(""),
        Response('{"images": []}'),
        Response(f"<!DOCTYPE q [<!ENTITY a '{md5(77)}'>]><queryResult>&a;</queryResult>"),
        Response("<queryResult>" + "<a>" * 40 + "</a>" * 40 + "</queryResult>"),
        Response(
            f"<queryResult><images><image><id>x</id><md5>{md5(77)}</md5></image></images></queryResult>"
        ),
        Response("<queryResult><paging><next>https://example.org/v2/entries</next></paging></queryResult>"),
        Response(status_code=503, headers={"Retry-After": "60"}),
        Response(status_code=302, headers={"Location": "https://example.org"}),
    ],
)
async def test_what_is_no_whole_page_changes_nothing_and_is_asked_for_again(
    pair: Pair, fault: Response
) -> None:
    await pair.read()
    pair.owner.put("image9", md5=md5(9))
    pair.owner.faults = [fault]
    with pytest.raises(ExchangeError) as raised:
        await pair.mirror.read()
    assert md5(77) not in raised.value.message + raised.value.hint
    await pair.read()


async def test_kinds_that_cannot_be_compared_are_counted_and_only_an_entry_s_own_parts_are_read() -> None:
    owner = FakeNcmec()
    owner.put("image1", pdna="a1" * 72)
    owner.put("image2", classification="", md5="no hash", sha1=sha1(2))
    owner.put("image3", classification="Z9", md5="zz")
    found = read_listing(bytes(answer_of(list(owner.entries.values())).body))
    assert found.unread == 2
    assert [change.key for change in found.changes] == ["42-image1", "42-image2", "42-image3"]
    assert [change.label for change in found.changes if isinstance(change, Put)] == ["A1", "", ""]


def test_exploitative_lists_are_of_a_category_of_their_own() -> None:
    assert len(ENVIRONMENTS) == 14
    for name in ENVIRONMENTS:
        category = Category.EXPLOITATIVE if "exploitative" in name else Category.CHILD_SAFETY
        assert KIND.category is not None
        assert KIND.category({"environment": name}) is category


def _parsed(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
