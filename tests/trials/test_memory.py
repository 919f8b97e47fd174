"""Decoding stays within what the headers promise, and all of it within a small server's memory.

Measured in processes of their own, from the peak the kernel keeps (Linux only).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.hostile import saved

pytestmark = [
    pytest.mark.trial,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peaks are read from /proc"),
]

_ONE_PICTURE = """
import sys
from PIL import Image
from bridge.decoding.pictures import Picture
from bridge.decoding.media_types import HEAD, media_type
from bridge.pdq import NeedsFullSize, digest
from bridge.views import look
from tests.trials.peak import growth

body = sys.stdin.buffer.read()
Image.init()

def hash_all():
    with Picture(body, media_type(body[:HEAD]), 100) as picture:
        scale = picture.scale if sys.argv[1] == "scaled" else 1
        print(picture.cost(scale))
        try:
            look(picture.first(scale))
        except NeedsFullSize:
            pass
        for _, frame in picture.later(lambda: None):
            digest(frame)

print(growth(hash_all))
"""

_STORM = """
import asyncio, sys
from bridge.errors import NotChecked
from bridge.hashing import Hasher
from bridge.memory import give_memory_back
from tests.hostile import BOMBS, hostile_files
from tests.trials.peak import growth

give_memory_back()
files = [file.body for file in hostile_files(len(BOMBS) + 400)]
files += files[: len(BOMBS)] * 3

async def send(hasher, waiting):
    for body in waiting:
        try:
            async with hasher.receive() as receiver:
                for at in range(0, len(body), 65_536):
                    await receiver.feed(body[at : at + 65_536])
                await hasher.hash(await receiver.finish())
        except NotChecked:
            pass

async def storm():
    hasher, waiting = Hasher(), iter(files)
    await asyncio.gather(*(send(hasher, waiting) for _ in range(8)))
    hasher.close()

print(growth(lambda: asyncio.run(storm())))
"""


def _numbers(script: str, body: bytes = b"", *arguments: str) -> list[int]:
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=body,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    return [int(line) for line in run.stdout.split()]


def _scene(width: int, height: int) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    waves = [np.sin(across / (70 + 50 * i) + i) * np.cos(down / (90 + 40 * i)) * 110 + 120 for i in range(3)]
    return Image.fromarray(np.stack(waves, axis=2).astype(np.uint8))


def _moves(colours: int = 0) -> dict[str, object]:
    frames = [_scene(1_500, 1_000).rotate(turn) for turn in (90, 180, 270)]
    shown = [frame.quantize(colours) for frame in frames] if colours else frames
    return {"save_all": True, "append_images": shown}


def _grey16(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


_STILL = _scene(3_000, 2_000)
_SMALL = _scene(1_500, 1_000)
_KINDS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: saved(_STILL, "JPEG"),
    "progressive JPEG": lambda: saved(_STILL, "JPEG", progressive=True, subsampling=0),
    "progressive 4:2:0 JPEG": lambda: saved(_STILL, "JPEG", progressive=True),
    "progressive CMYK JPEG": lambda: saved(_STILL.convert("CMYK"), "JPEG", progressive=True),
    "PNG": lambda: saved(_STILL, "PNG", compress_level=1),
    "palette PNG": lambda: saved(_STILL.quantize(64), "PNG"),
    "16-bit PNG": lambda: saved(_grey16(_STILL), "PNG"),
    "animated PNG": lambda: saved(_SMALL, "PNG", compress_level=1, **_moves()),
    "animated palette PNG": lambda: saved(_SMALL.quantize(16), "PNG", disposal=1, **_moves(16)),
    "GIF": lambda: saved(_STILL, "GIF"),
    "animated GIF": lambda: saved(_SMALL.quantize(32), "GIF", disposal=2, **_moves(32)),
    "WebP": lambda: saved(_STILL, "WEBP", method=0),
    "lossless WebP": lambda: saved(_STILL, "WEBP", method=0, lossless=True),
    "animated WebP": lambda: saved(_SMALL, "WEBP", method=0, **_moves()),
    "AVIF": lambda: saved(_STILL, "AVIF", speed=10),
    "4:4:4 AVIF with alpha": lambda: saved(
        _STILL.convert("RGBA").rotate(5), "AVIF", speed=10, subsampling="4:4:4"
    ),
    "animated AVIF": lambda: saved(_SMALL, "AVIF", speed=10, **_moves()),
    "BMP": lambda: saved(_STILL, "BMP"),
    "TIFF in one strip": lambda: saved(_STILL, "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30),
    "turned TIFF": lambda: saved(_STILL, "TIFF", compression="tiff_lzw", exif=_turned()),
}


@pytest.mark.parametrize("decode", ["full", "scaled"])
@pytest.mark.parametrize("kind", _KINDS)
def test_a_decode_takes_no_more_than_its_header_said(kind: str, decode: str) -> None:
    promised, taken = _numbers(_ONE_PICTURE, _KINDS[kind](), decode)
    assert taken <= promised, f"{taken / 1e6:.1f} MB of {promised / 1e6:.1f}"


@pytest.mark.timeout(300)
def test_a_storm_of_hostile_files_grows_the_process_by_less_than_180_mb() -> None:
    (grown,) = _numbers(_STORM)
    assert grown < 180e6, f"{grown / 1e6:.1f} MB"
