"""ThreatExchange: after each sync the bank equals the privacy group, and the token is told to nobody else."""

from __future__ import annotations

import time

import pytest
from starlette.responses import JSONResponse, Response

from bridge.banks.exchanges import threatexchange
from bridge.banks.exchanges.threatexchange import KIND
from bridge.errors import ExchangeError
from tests.exchanges.mirror import Mirror, Reading, client_of
from tests.fakes.threatexchange import GROUP, TOKEN, FakeThreatExchange, graph_error

SETTINGS = {"url": threatexchange.URL, "privacy_group": GROUP, "category": "terrorism"}


def pdq(number: int) -> str:
    return f"{number:064x}"


Pair = Reading[FakeThreatExchange]


@pytest.fixture
def pair() -> Pair:
    owner = FakeThreatExchange(page_size=3)
    for number in range(1, 9):
        owner.put(number, pdq(number))
    return Pair(owner, Mirror(KIND.make(SETTINGS, client_of(owner.app), TOKEN)))


async def test_all_is_read_in_pages_then_only_what_changed(pair: Pair) -> None:
    await pair.read()
    assert (len(pair.mirror.listed), pair.mirror.pages) == (8, 3)
    pair.owner.put(9, "ab" * 16, "HASH_MD5")
    pair.owner.put(10, "cd" * 20, "HASH_SHA1")
    await pair.read()
    assert pair.mirror.pages == 4
    assert pair.owner.asked[-1]["start_time"] == "1700000008"


async def test_what_was_deleted_hidden_or_taken_back_is_banked_no_longer(pair: Pair) -> None:
    await pair.read()
    pair.owner.delete(1)
    pair.owner.put(3, pdq(3), "HASH_PDQ", "NON_MALICIOUS")
    await pair.read()
    assert len(pair.mirror.listed) == 6
    pair.owner.hide(2)
    await pair.mirror.read()
    assert ("pdq", pdq(2)) not in pair.mirror.values
    pair.owner.put(1, pdq(1))
    await pair.mirror.read()
    assert ("pdq", pdq(1)) in pair.mirror.values


async def test_an_update_replaces_what_its_number_had(pair: Pair) -> None:
    await pair.read()
    pair.owner.put(4, pdq(44))
    pair.owner.put(5, "https://example.org", "URI")
    await pair.read()


async def test_what_cannot_be_compared_is_counted_once(pair: Pair) -> None:
    for number, kind in enumerate(("URI", "HASH_TMK", "TEXT_STRING", "HASH_PDQ_OCR"), 100):
        pair.owner.put(number, "something", kind)
    for _ in range(3):
        await pair.read()
    assert pair.mirror.unread == 4


@pytest.mark.parametrize(
    ("statuses", "reacted", "label"),
    [
        (("MALICIOUS", "UNKNOWN"), "", "malicious"),
        (("SUSPICIOUS",), "", ""),
        (("MALICIOUS", "NON_MALICIOUS"), "", "disputed"),
        (("MALICIOUS",), "DISAGREE_WITH_TAGS", "disputed"),
        (("MALICIOUS",), "HELPFUL", "malicious"),
    ],
)
async def test_what_members_found_is_the_label(
    pair: Pair, statuses: tuple[str, ...], reacted: str, label: str
) -> None:
    pair.owner.put(1, pdq(1), "HASH_PDQ", *statuses, reacted=reacted)
    await pair.read()
    assert pair.mirror.labels["1"] == label


async def test_neither_the_token_nor_a_value_is_in_a_checkpoint(pair: Pair) -> None:
    page = await pair.mirror.exchange.page("")
    assert TOKEN.partition("|")[2] not in page.checkpoint
    assert pdq(1) not in page.checkpoint + repr(page)


async def test_a_cursor_that_is_no_good_any_more_begins_again(pair: Pair) -> None:
    pair.mirror.checkpoint = (await pair.mirror.exchange.page("")).checkpoint
    pair.owner.generation += 1
    pair.owner.delete(8)
    await pair.read()
    assert "after" not in pair.owner.asked[2]
    assert pair.mirror.begun_again == 1


async def test_after_weeks_all_is_read_anew(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    await pair.read()
    del pair.owner.updates[2]  # its tombstone is kept no longer
    await pair.mirror.read()
    assert ("pdq", pdq(2)) in pair.mirror.values
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + threatexchange.GOOD_SECONDS + 60)
    await pair.read()


@pytest.mark.parametrize("secret", ["", "token", "abc|def", "123|", "123|with space", "123|ключ"])
async def test_what_is_no_token_is_not_sent(pair: Pair, secret: str) -> None:
    with pytest.raises(ExchangeError, match="no app token") as failed:
        KIND.make(SETTINGS, client_of(pair.owner.app), secret)
    assert "secret set threatexchange" in failed.value.hint


@pytest.mark.parametrize(
    ("fault", "said", "retry_after"),
    [
        (graph_error(190), "does not take the token (code 190)", None),
        (graph_error(10, 403), "does not let your app see this", None),
        (graph_error(4, 400), "was asked too often", 3600),
        (graph_error(613, 403), "was asked too often", 3600),
        (Response("", 429, {"Retry-After": "30"}), "was asked too often", 30),
        (graph_error(1, 500), "fails with status 500", None),
        (Response("", 503, {"Retry-After": "9"}), "fails with status 503", 9),
        (Response("", 301, {"Location": "https://elsewhere.example"}), "redirects, which", None),
        (Response('{"data": [{"id": "1", "indic', 200), "something else than JSON", None),
        (Response("<html>", 200), "something else than JSON", None),
        (JSONResponse({"data": "all"}), "something else than a page", None),
        (
            JSONResponse({"data": [{}], "paging": {"next": "https://x.example/?limit=5"}}),
            "that more follows, and not where",
            None,
        ),
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
    assert TOKEN.partition("|")[2] not in failed.value.message + failed.value.hint
    assert len(pair.mirror.listed) == 3
    await pair.read()
    assert pair.mirror.pages == 3


async def test_another_apps_token_and_another_group(pair: Pair) -> None:
    with pytest.raises(ExchangeError, match="does not take the token"):
        await KIND.make(SETTINGS, client_of(pair.owner.app), "1|other").page("")
    elsewhere = {**SETTINGS, "privacy_group": "5"}
    with pytest.raises(ExchangeError, match="knows no such privacy group"):
        await KIND.make(elsewhere, client_of(pair.owner.app), TOKEN).page("")


async def test_updates_that_are_no_updates_are_passed_over(pair: Pair) -> None:
    odd: list[object] = [None, 5, {}, {"id": "x"}, {"id": "7", "type": [], "descriptors": {"data": [{}]}}]
    pair.owner.faults = [JSONResponse({"data": odd})]
    page = await pair.mirror.exchange.page("")
    assert [change.key for change in page.changes] == ["7"]


@pytest.mark.usefixtures("new_york")
async def test_where_the_bridge_runs_changes_nothing(pair: Pair) -> None:
    await pair.read()
    assert pair.owner.asked[-1]["limit"] == "500"
    pair.owner.put(9, pdq(9))
    pair.owner.delete(1)
    await pair.read()
    assert pair.owner.asked[-1]["start_time"] == "1700000008"
