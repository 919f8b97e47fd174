"""The client of an HMA: against what was recorded, and against one that fails in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from bridge.errors import HmaError, NotFound, SettingsError
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import (
    HmaBusy,
    HmaDown,
    HmaFault,
    HmaGarbled,
    HmaNotReady,
    HmaRefused,
    HmaSlow,
    HmaUnauthorized,
)
from bridge.matching.hma_values import Hit, HmaBank
from tests.fakes.hma import FakeHma, Trouble, fake_hma
from tests.matching.test_fake_hma import RECORDS, Record

PDQ = bytes.fromhex("2d6b1af3a956c529e79ca3d2526fa834d4196c81cedd04de0a26b855fc99b724")
MD5 = bytes.fromhex("74fbd1b18d4ac0036b559d79e9f89702")
AWAY = bytes(32)
SECONDS = 60.0


async def no_token() -> str:
    raise NotFound("no such secret")


@asynccontextmanager
async def client_of(url: str, token: str = "") -> AsyncIterator[HmaClient]:
    async def told() -> str:
        return token

    client = HmaClient(url, told if token else no_token, {"X-Tenant": "photos"}, SECONDS)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def hma() -> AsyncIterator[FakeHma]:
    async with fake_hma() as fake:
        yield fake


@pytest.fixture
async def client(hma: FakeHma) -> AsyncIterator[HmaClient]:
    async with client_of(hma.url) as made:
        yield made


@asynccontextmanager
async def answering(record: Record) -> AsyncIterator[HmaClient]:
    """A client that is answered as recorded."""
    answer = httpx.Response(
        record["status"], headers={"Content-Type": record["type"]}, content=record["body"].encode()
    )
    client = HmaClient("http://hma", no_token, transport=httpx.MockTransport(lambda _: answer))
    yield client
    await client.close()


Ask = Callable[[HmaClient], Awaitable[object]]
ASKS: dict[str, Ask] = {
    "GET /status": lambda client: client.require_ready(),
    "GET /c/banks": lambda client: client.banks(),
    "POST /c/banks": lambda client: client.create_bank("TEST_BANK"),
    "PUT /c/bank/HALF": lambda client: client.set_bank("HALF", ratio=0.25),
    "GET /c/signal_type": lambda client: client.signal_types(),
    "GET /c/signal_type/index": lambda client: client.built_indices(),
    "GET /m/index/status": lambda client: client.loaded_indices(),
    "GET /m/raw_lookup": lambda client: client.raw_lookup("pdq", PDQ),
    "POST /m/raw_lookup": lambda client: client.raw_lookup("pdq", PDQ),
    "GET /m/lookup": lambda client: client.lookup("pdq", PDQ),
    "POST /c/bank/TEST_BANK/signal": lambda client: client.add_signals("TEST_BANK", {"pdq": PDQ}),
    "POST /c/bank/TEST_BANK/content": lambda client: client.add_picture("TEST_BANK", b"picture"),
    "PUT /c/bank/TEST_BANK/content/3": lambda client: client.disable_content("TEST_BANK", 3),
    "DELETE /c/bank/TEST_BANK/content/2": lambda client: client.delete_content("TEST_BANK", 2),
    **{
        f"GET /c/bank/TEST_BANK/content/{n}": lambda client: client.content("TEST_BANK", 1)
        for n in (1, 3, 4, 5, 999999)
    },
}
"""How the client asks what was recorded, by method and path."""

EXPECTED: dict[int, type[HmaError]] = {
    400: HmaRefused,
    403: HmaRefused,
    404: HmaRefused,
    415: HmaRefused,
    422: HmaRefused,
}
EXPECTED |= {405: HmaGarbled, 500: HmaFault, 503: HmaNotReady}


def asked(record: Record) -> str:
    return f"{record['method']} {record['target'].partition('?')[0]}"


def has_outer_key(record: Record) -> bool:
    """A lookup by address is answered in another shape; the client sends no addresses."""
    return "url=" in record["target"] and record["target"].startswith("/m/")


async def test_every_recorded_answer_is_read_or_has_a_name() -> None:
    seen = []
    for record in RECORDS:
        if asked(record) not in ASKS or has_outer_key(record):
            continue
        is_other_form = "/m/raw_lookup" in record["target"] and "include_distance" not in record["target"]
        async with answering(record) as client:
            ask, status = ASKS[asked(record)], record["status"]
            if status in (200, 201) and not (is_other_form and '"matches":[]' not in record["body"]):
                await ask(client)
            elif status not in (200, 201):
                with pytest.raises(EXPECTED[status]) as error:
                    await ask(client)
                assert error.value.hint or error.value.message
        seen.append((asked(record), status))
    assert len(seen) > 120
    assert {name for name, _ in seen} == set(ASKS)
    assert {status for _, status in seen} >= {200, 201, 400, 403, 404, 405, 415, 422, 500, 503}


async def test_what_a_record_says_is_what_is_read() -> None:
    near = next(r for r in RECORDS if asked(r) == "GET /m/lookup" and "HALF_RENAMED" in r["body"])
    async with answering(near) as client:
        found = await client.lookup("pdq", PDQ)
    assert found["TEST_BANK"] == (Hit(8, 1), Hit(7, 1), Hit(1, 0))
    exact = next(r for r in RECORDS if '"distance":"-"' in r["body"] and asked(r) == "GET /m/raw_lookup")
    async with answering(exact) as client:
        assert await client.raw_lookup("video_md5", MD5) == (Hit(6, 0), Hit(8, 0))
    banks = next(r for r in RECORDS if asked(r) == "GET /c/banks" and "RATIO2" in r["body"])
    async with answering(banks) as client:
        by_name = {bank.name: bank for bank in await client.banks()}
    assert (by_name["HALF"].is_on, by_name["HALF"].is_sampled) == (True, True)
    assert (by_name["OFF"].is_on, by_name["OFF"].is_sampled) == (False, False)
    assert (by_name["RATIO2"].is_on, by_name["RATIO2"].is_sampled) == (True, False)


async def test_a_bank_is_made_filled_and_emptied(client: HmaClient, hma: FakeHma) -> None:
    assert await client.create_bank("TEST_BANK") == HmaBank("TEST_BANK", 1.0)
    first = await client.add_signals("TEST_BANK", {"pdq": PDQ, "video_md5": MD5}, "by hand")
    second = await client.add_signals("TEST_BANK", {"pdq": AWAY})
    assert (await client.built_indices())["pdq"].is_behind
    assert await client.raw_lookup("pdq", PDQ) == ()
    await client.add_signals("TEST_BANK", {"pdq": AWAY})
    hma.state.build_index()
    assert await client.raw_lookup("pdq", PDQ) == (Hit(first, 0),)
    assert await client.raw_lookup("pdq", PDQ, ["OTHER"]) == ()
    assert (await client.loaded_indices())["pdq"].size == 3
    content = await client.content("TEST_BANK", first, signals=True)
    assert (content.note, content.signals["pdq"], content.is_on(now=9)) == ("by hand", PDQ.hex(), True)
    await client.disable_content("TEST_BANK", first)
    assert await client.lookup("pdq", PDQ) == {}
    assert not (await client.content("TEST_BANK", first)).is_on(now=9)
    assert await client.delete_content("TEST_BANK", second)
    assert not await client.delete_content("TEST_BANK", second)
    await client.set_bank("TEST_BANK", ratio=0)
    assert [bank.is_on for bank in await client.banks()] == [False]
    await client.delete_bank("TEST_BANK")
    assert await client.banks() == ()


async def test_an_index_of_one_hash_or_of_two_equal_ones_finds_nothing(
    client: HmaClient, hma: FakeHma
) -> None:
    for count, found in ((1, 0), (2, 0), (3, 3), (4, 0), (5, 5)):
        hma.state.delete_bank("TEST_BANK")
        hma.load("TEST_BANK", *[PDQ.hex()] * count)
        assert len(await client.raw_lookup("pdq", PDQ)) == found, count


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Trouble.SLOW, HmaSlow),
        (Trouble.HTML, HmaGarbled),
        (Trouble.HALF_JSON, HmaGarbled),
        (Trouble.FAULT, HmaFault),
        (Trouble.FULL, HmaBusy),
    ],
)
async def test_each_trouble_has_its_name(
    trouble: Trouble, kind: type[HmaError], client: HmaClient, hma: FakeHma
) -> None:
    hma.trouble = trouble
    if trouble is Trouble.SLOW:
        client.http.seconds = 0.2
    for ask in (client.banks, client.require_ready, lambda: client.lookup("pdq", PDQ)):
        with pytest.raises(kind) as error:
            await ask()
        assert error.value.hint
    if isinstance(error.value, HmaBusy):
        assert error.value.retry_after == 7
    hma.trouble, client.http.seconds = None, SECONDS
    await client.require_ready()


async def test_nobody_listens(client: HmaClient, hma: FakeHma) -> None:
    await hma.down()
    with pytest.raises(HmaDown):
        await client.banks()
    await hma.up()
    assert await client.banks() == ()


async def test_who_goes_away_takes_no_connection_along(client: HmaClient, hma: FakeHma) -> None:
    """httpx's pool would be empty for good after so many that were cancelled before they began."""
    for _ in range(3):
        asks = [asyncio.ensure_future(client.lookup("pdq", PDQ)) for _ in range(20)]
        await asyncio.sleep(0)
        for ask in asks:
            ask.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
    client.http.seconds = 60
    assert await client.banks() == ()


async def test_alive_is_not_ready(client: HmaClient, hma: FakeHma) -> None:
    hma.is_stale = True
    with pytest.raises(HmaNotReady, match="INDEX-STALE"):
        await client.require_ready()
    hma.is_loaded = False
    with pytest.raises(HmaNotReady, match="INDEX-NOT-LOADED"):
        await client.require_ready()


async def test_an_hma_that_wants_a_token_gets_it() -> None:
    async with fake_hma(token="secret") as hma:
        async with client_of(hma.url) as stranger:
            with pytest.raises(HmaUnauthorized, match="token"):
                await stranger.banks()
        async with client_of(hma.url, "secret") as known:
            assert await known.banks() == ()
            assert await known.has_token()
            assert await known.is_guarded()
            assert hma.headers[-1].get("authorization") is None, "the question whether it is guarded is bare"
            assert hma.headers[-2]["x-tenant"] == "photos"


async def test_a_token_does_not_guard_an_hma_that_asks_for_none(hma: FakeHma) -> None:
    async with client_of(hma.url, "secret") as client:
        assert await client.has_token()
        assert not await client.is_guarded()


async def test_no_error_tells_a_hash() -> None:
    said = {"message": f"bad signal {PDQ.hex()}, {PDQ.hex().upper()}"}
    record = {"status": 400, "type": "application/json", "body": json.dumps(said)}
    async with answering(record) as client:
        with pytest.raises(HmaRefused) as error:
            await client.lookup("pdq", PDQ)
    assert error.value.message == "HMA says no: bad signal …, …"


@pytest.mark.parametrize(
    "body",
    [
        '{"TEST_BANK":[{"bank_content_id":1}]}',
        '{"TEST_BANK":[{"bank_content_id":1,"distance":"32"}]}',
        '{"TEST_BANK":[{"bank_content_id":"1","distance":"3"}]}',
        '{"TEST_BANK":[{"bank_content_id":1,"distance":3}]}',
        '{"TEST_BANK":{}}',
        "[]",
        "null",
        "[" * 100_000,
        "x" * (4 << 20) + "x",
    ],
)
async def test_an_answer_of_another_shape_is_no_answer(body: str) -> None:
    async with answering({"status": 200, "type": "application/json", "body": body}) as client:
        with pytest.raises(HmaGarbled):
            await client.lookup("pdq", PDQ)


async def test_a_redirect_is_not_followed() -> None:
    async with answering({"status": 302, "type": "text/html", "body": ""}) as client:
        with pytest.raises(HmaGarbled, match="302"):
            await client.banks()


@pytest.mark.parametrize(
    "url", ["", "hma:5100", "ftp://hma", "http://user:pw@hma", "http://hma/?a=b", "http://[", "http://a:b"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="hma_url"):
        HmaClient(url, no_token)
