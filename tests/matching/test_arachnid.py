"""Arachnid Shield: hashes leave and nothing else, and what it does not say is never a `no_match`."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from bridge.banks.elsewhere import BanksElsewhere
from bridge.catalogue import Category, OnMatch
from bridge.errors import NotFound
from bridge.matcher_settings import MatcherSettings
from bridge.matching import arachnid
from bridge.matching.arachnid import ABUSE, HARMFUL, ArachnidMatcher
from bridge.matching.beside import Beside
from bridge.matching.matcher import Query
from bridge.pipeline import Pipeline
from bridge.runtime import running_bridge
from bridge.settings import Settings
from bridge.signals import Signal, Signals, SignalType
from bridge.store.banks import bank_records
from bridge.uploads import now_ms
from bridge.verdicts import Comparison, Reason, Verdict
from tests.api.asking import add_picture, make_bank, picture, upload
from tests.exchanges.mirror import client_of
from tests.fakes.arachnid import SECRET, FakeArachnid
from tests.houses import House, jpeg, png


async def secret() -> str:
    return SECRET


@pytest.fixture
def shield() -> FakeArachnid:
    return FakeArachnid()


@pytest.fixture
def matcher(house: House, shield: FakeArachnid) -> ArachnidMatcher:
    return ArachnidMatcher(client_of(shield.app), secret, BanksElsewhere(house.store))


async def signals_of(house: House, body: bytes) -> Signals:
    async with house.pipeline.receive() as receiver:
        await receiver.feed(body)
        return await house.pipeline.hash(await receiver.finish())


async def reference(house: House, body: bytes) -> bytes:
    view = (await signals_of(house, body)).reference
    assert view is not None
    return view.pdq


async def compare(matcher: ArachnidMatcher, house: House, body: bytes) -> Comparison:
    return await matcher.match(Query.of_upload(await signals_of(house, body)))


@pytest.mark.parametrize(
    ("kind", "bank", "category"),
    [
        ("csam", ABUSE, Category.CHILD_SAFETY),
        ("harmful-abusive-material", HARMFUL, Category.EXPLOITATIVE),
        ("something-new", HARMFUL, Category.EXPLOITATIVE),
    ],
)
async def test_what_it_knows_is_a_match_in_the_bank_of_its_class(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher, kind: str, bank: str, category: Category
) -> None:
    shield.known[await reference(house, png(0))] = kind
    found = await compare(matcher, house, jpeg(0))
    [match] = found.matches
    assert (match.bank.name, match.bank.category, match.bank.on_match) == (bank, category, OnMatch.REVIEW)
    assert (match.distance, match.value, match.entry_id < 0) == (31, b"", True)
    assert (found.banks, found.unchecked) == ((ABUSE, HARMFUL), None)
    again = await compare(matcher, house, png(0))
    assert again.matches[0].entry_id == match.entry_id, "the same picture of theirs"
    assert match.bank.is_elsewhere, "its entries are counted nowhere here"
    assert len([one for one in await house.store.read(bank_records) if one.bank.name == bank]) == 1


async def test_it_is_known_when_it_last_answered_and_why_it_does_not(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher
) -> None:
    assert (matcher.answered_at, matcher.fault, matcher.remedy) == (None, "", "")
    before = now_ms()
    await compare(matcher, house, png(0))
    assert matcher.answered_at is not None
    assert before <= matcher.answered_at <= now_ms()
    shield.faults = [Response("", 401)]
    last = matcher.answered_at
    await compare(matcher, house, png(1))
    assert (matcher.answered_at, "credentials (status 401)" in matcher.fault) == (last, True)
    assert matcher.remedy == arachnid.HINT


async def test_a_turned_copy_is_found_and_what_it_does_not_know_is_not(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher
) -> None:
    shield.known[await reference(house, png(0))] = "csam"
    assert (await compare(matcher, house, png(1))).matches == ()
    turned = (await signals_of(house, png(0))).views[3].pdq
    shield.known = {turned: "csam"}
    [match] = (await compare(matcher, house, png(0))).matches
    assert match.view.words.startswith(("turned", "mirrored"))


async def test_only_hashes_of_good_views_leave(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher
) -> None:
    signals = await signals_of(house, png(0))
    await matcher.match(Query.of_upload(signals))
    [sent] = shield.asked
    assert len(sent) == len({*sent}) < len(signals.views)
    assert {*sent} <= {view.pdq for view in signals.views}
    [body] = shield.bodies
    assert len(body) < 50 * len(sent) + 40
    for exact in signals.exact:
        assert exact.hex.encode() not in body
        assert base64.b64encode(exact.value) not in body


async def test_what_is_not_for_it_is_not_asked(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher
) -> None:
    pdq = Signal(SignalType.PDQ, await reference(house, png(0)))
    for query in (
        Query.of_hash(pdq, None, listed=False),
        Query.of_hash(Signal(SignalType.MD5, bytes(16)), None, listed=True),
    ):
        assert await matcher.match(query) == Comparison((), ())
    able = await matcher.match(Query((), ()))
    assert (able.banks, able.unchecked) == ((ABUSE, HARMFUL), None)
    assert shield.asked == []
    await matcher.match(Query.of_hash(pdq, None, listed=True))
    assert len(shield.asked) == 1


async def not_set() -> str:
    raise NotFound("The secret arachnid is not set.", "Set it.")


async def malformed() -> str:
    return "no colon"


async def wrong() -> str:
    return "host:wrong"


@pytest.mark.parametrize(
    ("given", "said"), [(not_set, "not set"), (malformed, "no user name"), (wrong, "does not take the cred")]
)
async def test_without_the_right_secret_nothing_counts_as_compared(
    house: House, shield: FakeArachnid, given: Callable[[], object], said: str
) -> None:
    asked = ArachnidMatcher(client_of(shield.app), given, BanksElsewhere(house.store))  # type: ignore[arg-type]
    unchecked = (await compare(asked, house, png(0))).unchecked
    assert unchecked is not None
    assert (unchecked.reason, said in unchecked.message) == (Reason.MATCHER_DOWN, True)
    assert shield.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        Response("", 500),
        Response("", 302, {"Location": "https://elsewhere.example"}),
        Response("", 429, {"Retry-After": "90"}),
        Response("<html>", 200),
        Response('{"scanned_hashes": {"a', 200),
        JSONResponse({"scanned_hashes": {}}),
        JSONResponse({"scanned_hashes": None}),
        JSONResponse({"scanned_hashes": {"x": 5}}),
        JSONResponse({"detail": "?"}, 400),
        Response("x" * (2 << 20)),
    ],
)
async def test_what_it_does_not_say_is_not_checked_and_it_is_left_alone_for_a_while(
    house: House,
    shield: FakeArachnid,
    matcher: ArachnidMatcher,
    fault: Response,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shield.faults = [fault]
    for _ in range(2):
        found = await compare(matcher, house, png(0))
        assert (found.banks, found.matches) == ((), ())
        assert found.unchecked is not None
        assert found.unchecked.reason is Reason.MATCHER_DOWN
    assert (len(shield.bodies), matcher.is_whole) == (1, False)
    assert found.unchecked is not None
    assert (found.unchecked.retry_after or 0) > (60 if fault.status_code == 429 else 5)
    later = time.monotonic() + 100
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert (await compare(matcher, house, png(0))).unchecked is None
    assert matcher.is_whole


async def test_one_that_does_not_answer_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(scope: object, receive: object, send: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(arachnid, "SECONDS", 0.05)
    asked = ArachnidMatcher(client_of(hang), secret, BanksElsewhere(house.store))
    assert (await compare(asked, house, png(0))).unchecked is not None
    down = httpx.AsyncClient(transport=httpx.MockTransport(_refuse))
    asked = ArachnidMatcher(down, secret, BanksElsewhere(house.store))
    assert (await compare(asked, house, png(0))).unchecked is not None


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no")


async def test_beside_another_matcher_both_count(
    house: House, shield: FakeArachnid, matcher: ArachnidMatcher
) -> None:
    await house.bank("own", png(0))
    shield.known[await reference(house, png(0))] = "csam"
    both = Pipeline(house.store, house.hasher, Beside(house.matcher, matcher))
    house.pipeline = both
    outcome = await house.upload(png(0))
    assert outcome.verdict is Verdict.MATCHED
    assert {match.bank.name for match in outcome.matches} == {"own", ABUSE}
    shield.faults = [Response("", 500)]
    assert (await house.upload(png(0))).verdict is Verdict.MATCHED, "what is known here is known"
    outcome = await house.upload(png(1))
    assert (outcome.verdict, outcome.reason) == (
        Verdict.NOT_CHECKED,
        "Arachnid Shield answers with status 500.",
    )


async def test_beside_it_an_upload_is_late_when_the_list_here_grew_meanwhile(
    house: House, matcher: ArachnidMatcher
) -> None:
    await house.bank("own", png(0))
    alone = await house.matcher.match(Query((), ()))
    assert alone.through
    for pair in ((house.matcher, matcher), (matcher, house.matcher)):
        assert (await Beside(*pair).match(Query((), ()))).through == alone.through
    assert (await Beside(matcher).match(Query((), ()))).through is None


async def test_a_bridge_that_is_set_to_ask_it_counts_nothing_as_compared_without_it(
    settings: Settings,
) -> None:
    settings = replace(settings, matcher=MatcherSettings(arachnid=True))
    async with running_bridge(settings) as bridge:
        matcher = bridge.parts.matcher
        assert matcher.arachnid is not None
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as operator:
            await make_bank(operator)
            await add_picture(operator, "own", picture())
            assert (await upload(operator, picture())).json()["status"] == "matched"
            answer = await upload(operator, picture(2))
            known = (await operator.get("/api/v1/exchanges")).json()["programmes"]
            bank = f"/api/v1/admin/bank/{ABUSE}"
            shown_bank = (await operator.get(bank)).json()
            added = await operator.post(f"{bank}/signal", json={"md5": "ab" * 16})
        assert answer.json()["status"] == "not_checked"
        assert "The secret arachnid is not set" in answer.text
        assert (shown_bank["origin"], shown_bank["entry_count"]) == ("arachnid", None)
        assert (added.status_code, "Arachnid Shield finds" in added.text) == (400, True)
        [shown] = [one["shield"] for one in known if one["shield"]]
        assert (shown["answered_at"], shown["fault"]) == (None, "The secret arachnid is not set.")
        assert "secret set arachnid" in shown["remedy"]
        assert not matcher.is_whole
    async with running_bridge(replace(settings, matcher=MatcherSettings())) as bridge:
        assert bridge.parts.matcher.arachnid is None
