"""An HMA that gets pictures and refuses them, is slow, or is away: no match is lost, no byte kept for it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bridge.matching.breaker import BreakerState
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaDown
from bridge.matching.hma_pictures import MOST_AT_ONCE, PIECE, HmaPictures, LentPicture
from bridge.verdicts import Verdict
from tests.fakes.hma import Trouble
from tests.houses import jpeg, png
from tests.matching.hma_house import PATIENCE, HmaHouse, hma_house, no_token


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    """HMA knows picture 0, and gets pictures."""
    async with hma_house(tmp_path, sends=True) as opened:
        await opened.banked("THERE", png(0), png(7), png(8))
        await opened.hma.inquire()
        yield opened


async def test_a_picture_that_hma_refuses_is_as_without_it_and_counted(
    house: HmaHouse, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: bytes) -> str:
        raise OSError("cannot identify image file")

    house.fake.photo = broken
    with caplog.at_level(logging.WARNING, "bridge.matching"):
        outcomes = [await house.upload(jpeg(n)) for n in (0, 1, 2, 3, 0)]
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts == [Verdict.MATCHED, *[Verdict.NO_MATCH] * 3, Verdict.MATCHED]
    assert all(outcome.unchecked is None for outcome in outcomes)
    assert house.hma.breaker.state is BreakerState.CLOSED
    assert (house.pictures.sent.hashed, house.pictures.sent.refused) == (0, 5)
    assert "status 500" in house.pictures.sent.fault
    assert caplog.text.count("HMA refused a picture") == 1


@pytest.mark.parametrize("status", [400, 413, 415])
async def test_so_is_one_that_is_refused_before_hma_looks_at_it(house: HmaHouse, status: int) -> None:
    """Such as by a proxy that takes no more than some megabytes, in HTML."""
    html = {413: "<html>Request Entity Too Large</html>"}.get(status, '{"message": "no such content_type"}')
    refuse(house, httpx.Response(status, text=html))
    for number in range(5):
        outcome = await house.upload(jpeg(number))
        assert outcome.verdict is (Verdict.NO_MATCH if number else Verdict.MATCHED)
    assert house.pictures.sent.refused == 5
    assert house.hma.breaker.is_closed


@pytest.mark.parametrize("status", [401, 404, 429, 502, 503])
async def test_an_hma_that_cannot_hash_now_is_one_that_does_not_answer(house: HmaHouse, status: int) -> None:
    """What ours match there stands all the same; the rest is not checked, and checked again."""
    refuse(house, httpx.Response(status, text="<html>no</html>", headers={"Retry-After": "1"}))
    matched, other = await asyncio.gather(house.upload(jpeg(0)), house.upload(jpeg(1)))
    assert (matched.verdict, len(matched.matches)) == (Verdict.MATCHED, 1)
    assert other.verdict is Verdict.NOT_CHECKED
    assert house.pictures.sent.refused == 0
    assert house.hma.breaker.fault
    for each in (matched, other):
        assert (await house.recorded(each)).retry_at is not None


async def test_pictures_that_take_long_leave_room_for_lookups(house: HmaHouse) -> None:
    may_answer = asyncio.Event()
    through = refuse(house, httpx.Response(200, text='{"pdq":""}'), may_answer)
    before = len(house.fake.asked)
    uploads = [asyncio.create_task(house.upload(jpeg(number))) for number in range(10)]
    async with asyncio.timeout(PATIENCE):
        while through.began < MOST_AT_ONCE or _md5_lookups(house, before) < len(uploads):
            await asyncio.sleep(0.01)
    assert through.began == MOST_AT_ONCE
    may_answer.set()
    outcomes = await asyncio.gather(*uploads)
    assert [each.verdict for each in outcomes] == [Verdict.MATCHED] + 6 * [Verdict.NO_MATCH] + [
        *(Verdict.MATCHED, Verdict.MATCHED),
        Verdict.NO_MATCH,
    ]
    assert house.pictures.sent.hashed == len(uploads)


def _md5_lookups(house: HmaHouse, since: int) -> int:
    return sum("signal_type=video_md5" in line for line in house.fake.asked[since:])


async def test_an_hma_that_is_away_is_asked_again_by_our_hashes_alone(house: HmaHouse) -> None:
    """The bytes are gone by then."""
    await house.bank("here", png(1))
    await house.fake.down()
    outcomes = [await house.upload(jpeg(n)) for n in (0, 1, 2)]
    assert await house.verdicts(*outcomes) == ["not_checked", "matched", "not_checked"]
    await house.fake.up()
    house.clock.now += 60
    await house.hma.inquire()
    await house.recheck()
    assert await house.verdicts(*outcomes) == ["matched", "matched", "no_match"]
    assert house.got == 0


async def test_a_slow_one_holds_no_upload_for_longer_than_it_may(house: HmaHouse) -> None:
    house.hma.client.http.seconds = 0.2
    house.fake.trouble = Trouble.SLOW
    outcome = await house.upload(jpeg(1))
    assert outcome.verdict is Verdict.NOT_CHECKED
    house.hma.client.http.seconds = PATIENCE


def held() -> list[int]:
    """How many bytes each picture has that is on its way."""
    return [len(each._body or b"") for each in gc.get_objects() if isinstance(each, LentPicture)]


async def test_whoever_goes_away_leaves_no_bytes_with_a_request_that_hangs() -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(PIECE):
                pass
        writer.close()
        gone.set()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HmaClient(f"http://127.0.0.1:{port}", no_token, seconds=PATIENCE)
    asking = asyncio.create_task(HmaPictures(client).hashes(bytes(32 << 20)))
    await arrived.wait()
    assert sum(held()) == 32 << 20
    asking.cancel()
    await asyncio.wait([asking])
    assert not any(held())
    await client.close()
    await gone.wait()
    server.close()


async def test_what_was_taken_back_is_read_no_further() -> None:
    lent = LentPicture(bytes(3 * PIECE))
    pieces = lent.pieces()
    await anext(pieces)
    assert len(await anext(pieces)) == PIECE
    lent.take_back()
    with pytest.raises(HmaDown):
        await anext(pieces)


async def test_a_large_picture_is_sent_without_a_second_copy_of_it() -> None:
    """To somebody who reads it all, and keeps nothing."""
    arrived, is_over = 0, asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while arrived < length:
            arrived += len(await reader.read(PIECE))
        answer = b'{"pdq":"' + b"ab" * 32 + b'"}'
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(answer)
        writer.write(head + answer)
        await writer.drain()
        writer.close()
        is_over.set()

    server = await asyncio.start_server(read, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HmaClient(f"http://127.0.0.1:{port}", no_token, seconds=PATIENCE)
    large = bytes(32 << 20)
    tracemalloc.start()
    try:
        assert await HmaPictures(client).hashes(large) == {"pdq": "ab" * 32}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await client.close()
        server.close()
    await is_over.wait()
    assert arrived > len(large)
    assert peak < len(large) // 8


class Proxy(httpx.AsyncBaseTransport):
    """Stands before HMA: answers each picture by itself, once it `may`; `began` are those that arrived."""

    def __init__(
        self, through: httpx.AsyncBaseTransport, answer: httpx.Response, may: asyncio.Event | None
    ) -> None:
        self.began = 0
        self._through = through
        self._answer = answer
        self._may = may

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/h/hash":
            return await self._through.handle_async_request(request)
        await request.aread()
        self.began += 1
        if self._may is not None:
            await self._may.wait()
        told = self._answer
        return httpx.Response(told.status_code, headers=told.headers, content=told.content)


def refuse(house: HmaHouse, answer: httpx.Response, may: asyncio.Event | None = None) -> Proxy:
    """What stands before HMA answers so to every picture."""
    http = house.hma.client.http
    proxy = Proxy(http._client._transport, answer, may)
    http._client = httpx.AsyncClient(base_url=http.url, transport=proxy)
    return proxy
