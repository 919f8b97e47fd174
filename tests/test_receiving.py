"""Bodies arrive in chunks, are hashed on the way, and are kept only where they are pictures."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from random import Random

import pytest
from PIL import Image

from bridge.budget import Budget
from bridge.errors import TooLarge
from bridge.limits import Limits
from bridge.receiving import Content, Receiver, content_of
from tests.hostile import saved

_SMALL = Limits(upload_bytes=2_000_000, picture_bytes=600_000, all_bodies=900_000, patience=0.0)


@contextmanager
def _worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, "receive") as worker:
        yield worker


@asynccontextmanager
async def _receiver(limits: Limits = _SMALL, bodies: Budget | None = None) -> AsyncIterator[Receiver]:
    bodies = bodies or _budget(limits)
    with _worker() as worker:
        async with Receiver(limits, bodies, worker) as receiver:
            yield receiver


def _budget(limits: Limits = _SMALL) -> Budget:
    return Budget(limits.all_bodies, limits.patience, limits.picture_bytes)


def _picture(size: int) -> bytes:
    """A PNG of exactly so many bytes: what follows the end of a picture still belongs to the file."""
    body = saved(Image.effect_noise((64, 64), 80), "PNG")
    return body + Random(size).randbytes(size - len(body))


async def _received(body: bytes, step: int, limits: Limits = _SMALL) -> Content:
    async with _receiver(limits) as receiver:
        for at in range(0, len(body), step):
            await receiver.feed(body[at : at + step])
        return await receiver.finish()


@pytest.mark.parametrize("size", [5_000, 255_999, 256 << 10, 500_000])
@pytest.mark.parametrize("step", [999, 65_536, 1_000_000])
async def test_a_picture_arrives_whole_with_its_hashes(size: int, step: int) -> None:
    body = _picture(size)
    content = await _received(body, step)
    assert content.body == body
    assert content.sha256 == hashlib.sha256(body).digest()
    assert content.sha1 == hashlib.sha1(body).digest()
    assert content.md5 == hashlib.md5(body).digest()
    assert (content.size, content.media_type, content.too_large) == (size, "image/png", False)
    assert content == content_of(body)


async def test_a_body_that_comes_byte_by_byte_has_the_type_of_its_head() -> None:
    body = _picture(5_000)
    assert (await _received(body, 1)).media_type == "image/png"


async def test_nothing_at_all_is_a_content_too() -> None:
    content = await _received(b"", 1)
    assert (content.size, content.body) == (0, None)
    assert content.sha256 == hashlib.sha256().digest()


async def test_a_video_is_hashed_and_forgotten() -> None:
    start, piece = b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(300), bytes(60_000)
    bodies = _budget()
    async with _receiver(bodies=bodies) as receiver:
        tracemalloc.start()
        await receiver.feed(start)
        for _ in range(30):
            await receiver.feed(piece)
            assert bodies.free == _SMALL.all_bodies
        content = await receiver.finish()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 500_000 < content.size
    assert (content.media_type, content.body) == ("video/mp4", None)
    assert content.sha256 == hashlib.sha256(start + piece * 30).digest()


async def test_a_picture_above_the_limit_keeps_its_exact_hashes_only() -> None:
    body = _picture(600_001)
    bodies = _budget()
    async with _receiver(bodies=bodies) as receiver:
        for at in range(0, len(body), 50_000):
            await receiver.feed(body[at : at + 50_000])
        assert bodies.free == _SMALL.all_bodies
        content = await receiver.finish()
    assert (content.body, content.too_large) == (None, True)
    assert content.sha256 == hashlib.sha256(body).digest()
    assert not (await _received(_picture(600_000), 50_000)).too_large


async def test_more_than_an_upload_may_have_is_refused() -> None:
    with pytest.raises(TooLarge):
        await _received(bytes(2_000_001), 100_000)


async def test_a_picture_is_held_in_the_budget_until_its_reader_leaves() -> None:
    bodies = _budget()
    async with _receiver(bodies=bodies) as receiver:
        await receiver.feed(_picture(300_000))
        await receiver.finish()
        assert bodies.free == _SMALL.all_bodies - 300_000
    assert bodies.free == _SMALL.all_bodies


async def test_a_picture_for_which_there_is_no_room_in_time_is_hashed_all_the_same() -> None:
    bodies = _budget()
    async with _receiver(bodies=bodies) as first, _receiver(bodies=bodies) as second:
        await first.feed(_picture(500_000))
        late = _picture(500_000)
        await second.feed(late)
        content = await second.finish()
        assert (content.too_busy, content.body) == (True, None)
        assert content.sha256 == hashlib.sha256(late).digest()
    assert bodies.free == _SMALL.all_bodies


async def test_many_pictures_at_once_all_arrive_within_the_budget() -> None:
    limits = replace(_SMALL, patience=30.0)
    bodies = _budget(limits)
    pictures = [_picture(500_000 + at) for at in range(8)]

    async def receive(body: bytes) -> Content:
        async with _receiver(limits, bodies) as receiver:
            for at in range(0, len(body), 60_000):
                await receiver.feed(body[at : at + 60_000])
                await asyncio.sleep(0)
            return await receiver.finish()

    contents = await asyncio.gather(*map(receive, pictures))
    assert [content.body for content in contents] == pictures
    assert bodies.free == limits.all_bodies


async def test_large_bodies_are_hashed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()
    take_in = Receiver._take_in

    def noted(receiver: Receiver, batch: list[bytes]) -> None:
        if batch:
            threads.add(threading.current_thread().name)
        take_in(receiver, batch)

    monkeypatch.setattr(Receiver, "_take_in", noted)
    await _received(_picture(512 << 10), 1 << 16)
    assert len(threads) == 1
    assert threads.pop().startswith("receive")


def test_a_content_says_nothing_of_its_bytes_when_printed() -> None:
    assert "body" not in repr(content_of(_picture(5_000)))
