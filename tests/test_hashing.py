"""Bytes become signals; what cannot be looked at says why, and costs next to nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import bridge.hashing
from bridge.errors import NotChecked
from bridge.hashing import Hasher
from bridge.limits import Limits
from bridge.pdq import ArrayRaster, NeedsFullSize, Raster, digest, distance
from bridge.receiving import content_of
from bridge.signals import Signals, View, ViewKind
from bridge.verdicts import Reason
from tests.hostile import BOMBS, Hostile, hostile_files, saved
from tests.pictures import noise_photograph, photograph


@pytest.fixture
async def hasher() -> AsyncIterator[Hasher]:
    hasher = Hasher()
    yield hasher
    hasher.close()


def _kinds(signals: Signals) -> set[ViewKind]:
    return {view.name.kind for view in signals.views}


async def test_a_photograph_has_its_size_its_hashes_and_all_its_views(hasher: Hasher) -> None:
    pixels = photograph("coffee.png")
    content = content_of(saved(Image.fromarray(pixels), "PNG"))
    signals = await hasher.hash(content)
    assert (signals.sha256, signals.sha1, signals.md5) == (content.sha256, content.sha1, content.md5)
    assert (signals.media_type, signals.size) == ("image/png", content.size)
    assert (signals.width, signals.height, signals.frames) == (600, 400, 1)
    assert signals.fault == ""
    assert signals.reference is not None
    assert signals.reference.name.kind is ViewKind.REFERENCE
    assert signals.reference.pdq == digest(ArrayRaster(pixels)).bits
    assert {ViewKind.TURNED, ViewKind.PUT_BACK} <= _kinds(signals)


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "rocket.jpg"])
async def test_the_reference_view_is_the_reference_hash(hasher: Hasher, name: str) -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="the oracle is not installed here")
    pixels = photograph(name)
    bits, quality = pdqhash.compute(pixels)
    view = (await hasher.hash(content_of(saved(Image.fromarray(pixels), "PNG")))).reference
    assert view is not None
    assert (view.pdq, view.quality) == (np.packbits(bits).tobytes(), quality)


async def test_a_turned_photograph_keeps_its_reference_view_and_gains_an_oriented_one(hasher: Hasher) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.rot90(photograph("coffee.png")))
    plain = await hasher.hash(content_of(saved(turned, "PNG")))
    signals = await hasher.hash(content_of(saved(turned, "PNG", exif=exif)))
    assert signals.reference == plain.reference
    oriented = next(view for view in signals.views if view.name.kind is ViewKind.ORIENTED)
    assert distance(oriented.pdq, digest(ArrayRaster(photograph("coffee.png"))).bits) <= 10
    assert ViewKind.ORIENTED not in _kinds(plain)


async def test_a_large_jpeg_is_within_two_bits_of_its_full_decode(hasher: Hasher) -> None:
    source = Image.fromarray(photograph("retina.jpg")).resize((2100, 1600))
    body = saved(source, "JPEG", quality=85)
    with Image.open(BytesIO(body)) as full:
        expected = digest(ArrayRaster(np.asarray(full)))
    signals = await hasher.hash(content_of(body))
    assert signals.reference is not None
    assert distance(signals.reference.pdq, expected.bits) <= 2
    assert (signals.width, signals.height) == (2100, 1600)


async def test_a_scaled_hash_that_is_in_doubt_is_made_again_at_full_size(
    hasher: Hasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    scales: list[int] = []

    def doubtful(raster: Raster, orientation: int) -> tuple[View, ...]:
        scales.append(raster.scale)
        if raster.scale > 1:
            raise NeedsFullSize
        return ()

    monkeypatch.setattr(bridge.hashing, "look", doubtful)
    signals = await hasher.hash(content_of(saved(Image.new("RGB", (2000, 2000)), "JPEG")))
    assert scales == [2, 1]
    assert signals.width == 2000


async def test_frames_are_views_unless_they_are_the_first_again(hasher: Hasher) -> None:
    first, second = (Image.fromarray(noise_photograph(seed)) for seed in (1, 2))
    body = saved(first, "WEBP", save_all=True, append_images=[second, first], lossless=True)
    signals = await hasher.hash(content_of(body))
    frames = [view for view in signals.views if view.name.kind is ViewKind.FRAME]
    assert signals.frames == 3
    assert [view.name.words for view in frames] == ["middle frame"]
    assert distance(frames[0].pdq, digest(ArrayRaster(noise_photograph(2))).bits) <= 2


async def test_a_video_has_exact_signals_and_no_fault(hasher: Hasher) -> None:
    signals = await hasher.hash(content_of(b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(500)))
    assert (signals.views, signals.fault, signals.is_video) == ((), "", True)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "not a picture or video we know"),
        (b"hello", "not a picture or video we know"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic is not decoded here"),
        (saved(Image.new("RGB", (300, 300)), "JPEG")[:700], "broken JPEG: it ends too early"),
        (b"\x89PNG\r\n\x1a\n", "broken PNG: its header cannot be read"),
    ],
)
async def test_what_cannot_be_read_says_why_and_keeps_its_exact_signals(
    hasher: Hasher, body: bytes, fault: str
) -> None:
    signals = await hasher.hash(content_of(body))
    assert (signals.views, signals.fault) == ((), fault)
    assert signals.sha256 == content_of(body).sha256


async def test_a_picture_whose_bytes_were_dropped_is_not_checked(hasher: Hasher) -> None:
    content = replace(content_of(saved(Image.new("RGB", (9, 9)), "PNG")), body=None, too_large=True)
    with pytest.raises(NotChecked) as refused:
        await hasher.hash(content)
    assert (refused.value.reason, refused.value.retry_after) == (Reason.TOO_LARGE, None)


@pytest.mark.parametrize("bomb", [name for name in BOMBS if "pixels" in name or "small" in name])
async def test_a_bomb_is_refused_from_its_header(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing of it is to be decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    hasher = Hasher(Limits(all_decodes=64 << 20))
    with pytest.raises(NotChecked) as refused:
        await hasher.hash(content_of(BOMBS[bomb]()))
    assert refused.value.reason == Reason.TOO_LARGE
    hasher.close()


class _Gate:
    """Stands in for hashing: holds every worker until it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.threads: set[str] = set()

    def look(self, raster: Raster, orientation: int) -> tuple[View, ...]:
        self.threads.add(threading.current_thread().name)
        self.open.wait(30)
        return ()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Gate]:
    gate = _Gate()
    monkeypatch.setattr(bridge.hashing, "look", gate.look)
    yield gate
    gate.open.set()


async def test_decoding_runs_beside_the_event_loop(gate: _Gate) -> None:
    hasher = Hasher()
    task = asyncio.create_task(hasher.hash(content_of(saved(Image.new("RGB", (9, 9)), "PNG"))))
    await asyncio.sleep(0)  # the loop goes on while the worker stands still
    gate.open.set()
    await task
    assert gate.threads
    assert threading.main_thread().name not in gate.threads
    hasher.close()


async def test_a_picture_that_takes_too_long_is_given_up_but_its_memory_stays_held(gate: _Gate) -> None:
    hasher = Hasher(Limits(seconds=0.05))
    with pytest.raises(NotChecked) as refused:
        await hasher.hash(content_of(saved(Image.new("RGB", (9, 9)), "PNG")))
    assert refused.value.reason == Reason.TOO_SLOW
    assert hasher.decode_bytes_free < hasher.limits.all_decodes
    gate.open.set()
    hasher.close()
    await _all_given_back(hasher)


async def _all_given_back(hasher: Hasher) -> None:
    """Waits for its turn of the whole budget."""
    (await hasher._decodes.hold(hasher.limits.all_decodes)).release()


async def test_who_finds_no_thread_in_time_is_told_to_come_again(gate: _Gate) -> None:
    hasher = Hasher(Limits(seconds=0.05, threads=1))
    body = saved(Image.new("RGB", (9, 9)), "PNG")
    outcomes = await asyncio.gather(
        *(hasher.hash(content_of(body)) for _ in range(3)), return_exceptions=True
    )
    assert [each.reason for each in outcomes if isinstance(each, NotChecked)] == [
        Reason.TOO_SLOW,
        Reason.BUSY,
        Reason.BUSY,
    ]
    gate.open.set()
    await _all_given_back(hasher)
    hasher.close()


async def test_a_fault_of_ours_is_not_taken_for_a_broken_picture(
    hasher: Hasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(bridge.hashing, "look", wrong)
    with pytest.raises(ZeroDivisionError, match="ours"):
        await hasher.hash(content_of(saved(Image.new("RGB", (9, 9)), "PNG")))


async def _answer(hasher: Hasher, file: Hostile) -> str:
    """What the hasher says of a hostile file; any error but NotChecked fails the test."""
    try:
        async with hasher.receive() as receiver:
            for start, end in pairwise([*range(0, len(file.body), 65_536), len(file.body)]):
                await receiver.feed(file.body[start:end])
            signals = await hasher.hash(await receiver.finish())
    except NotChecked as refusal:
        return refusal.reason
    assert bool(signals.views) != bool(signals.fault), file.name
    return signals.fault or "hashed"


async def _survives(files: list[Hostile]) -> None:
    hasher = Hasher()
    answers: list[str] = []
    waiting = iter(files)

    async def sender() -> None:
        for file in waiting:
            answers.append(await _answer(hasher, file))

    await asyncio.gather(*(sender() for _ in range(8)))
    assert len(answers) == len(files)
    assert Reason.TOO_LARGE in answers
    assert hasher.decode_bytes_free == hasher.limits.all_decodes
    hasher.close()


@pytest.mark.filterwarnings("ignore:::PIL")
async def test_damaged_and_hostile_files_get_an_honest_answer() -> None:
    await _survives(list(hostile_files(len(BOMBS) + 150)))


@pytest.mark.trial
@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.timeout(600)
async def test_2000_damaged_and_hostile_files_get_an_honest_answer() -> None:
    await _survives(list(hostile_files(2_000)))
