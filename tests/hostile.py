"""Damaged and hostile files, the same on every run: what a public server is sent sooner or later.

Each is built from benign pictures of our own by cutting, flipping, splicing, or by writing a
header that promises far more than the file holds.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

import numpy as np
from PIL import Image


class Hostile(NamedTuple):
    """A file and what was done to it."""

    name: str
    body: bytes


def hostile_files(count: int, seed: int = 1) -> Iterator[Hostile]:
    """`count` files, the bombs first, then damaged ones of every format in turn."""
    random = Random(seed)
    bombs = list(BOMBS.items())
    for number in range(count):
        if number < len(bombs):
            name, make = bombs[number]
            yield Hostile(name, make())
            continue
        format_name, healthy = _healthy()[number % len(_healthy())]
        damage = _DAMAGES[random.randrange(len(_DAMAGES))]
        yield Hostile(f"{format_name} {damage.__name__.strip('_')} {number}", damage(healthy, random))


def png(width: int, height: int, colour_type: int = 2, depth: int = 8, rows: bytes = b"") -> bytes:
    """A PNG with this header; without `rows` its data are all zeros, as many as it promises."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    row = b"\0" * (1 + (width * channels * depth + 7) // 8)
    if rows:
        data = zlib.compress(rows)
    else:
        squeeze = zlib.compressobj(9)
        data = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(range(12))) if colour_type == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def saved(picture: Image.Image, format_name: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def _promises(format_name: str, width: int, height: int) -> bytes:
    """A tiny picture whose header says it is of this size."""
    body = bytearray(saved(_scene(24, 16), format_name))
    match format_name:
        case "JPEG":
            at = body.index(b"\xff\xc0") + 5
            body[at : at + 4] = struct.pack(">HH", height, width)
        case "GIF":
            body[6:10] = struct.pack("<HH", width, height)
        case "BMP":
            body[18:26] = struct.pack("<ii", width, height)
        case "TIFF":
            at = int.from_bytes(body[4:8], "little") + 2
            body[at + 8 : at + 12] = struct.pack("<I", width)
            body[at + 20 : at + 24] = struct.pack("<I", height)
        case "AVIF":
            at = body.index(b"ispe") + 8
            body[at : at + 8] = struct.pack(">II", width, height)
    return bytes(body)


def _growing_gif() -> bytes:
    """Its second frame is 4 billion pixels larger than its screen."""
    body = saved(_scene(24, 16), "GIF", save_all=True, append_images=[_scene(24, 16, turned=True)])
    at = body.rindex(b"\x2c\x00\x00\x00\x00")
    return body[: at + 5] + b"\xff\xff\xff\xff" + body[at + 9 :]


def _many_frames() -> bytes:
    """A GIF of 100,000 frames of one pixel."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 100_000 + b";"


def _many_pages() -> bytes:
    """A TIFF of 20,000 directories, each of one grey pixel at the file's start."""
    tags = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1), (278, 1), (279, 1))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    page = struct.pack("<H", len(tags)) + entries
    step = len(page) + 4
    pages = (page + struct.pack("<I", 8 + (at + 1) * step) for at in range(20_000))
    return b"II*\0" + struct.pack("<I", 8) + b"".join(pages) + page + bytes(4)


def _crowded_exif() -> bytes:
    """A JPEG whose 3,000 EXIF entries all point to the same 60 kB."""
    entries = b"".join(struct.pack("<HHII", tag, 7, 60_000, 40) for tag in range(1, 3_001))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 3_000) + entries + bytes(29_000)
    healthy = saved(_scene(64, 48), "JPEG")
    return (
        healthy[:2] + b"\xff\xe1" + struct.pack(">H", len(exif[:65_000]) + 2) + exif[:65_000] + healthy[20:]
    )


def _text_bomb(kind: bytes, head: bytes, times: int) -> bytes:
    """A small PNG with text that unpacks to a megabyte, `times` over."""
    packed = chunk(kind, head + zlib.compress(bytes(1_000_000), 9))
    healthy = png(8, 8)
    return healthy[:33] + packed * times + healthy[33:]


def _wide_tile() -> bytes:
    """A TIFF of 64 × 64 pixels in one tile of 32,768 × 32,768."""
    packed = zlib.compress(bytes(8_000_000), 9)
    tags = ((256, 64), (257, 64), (258, 8), (259, 8), (262, 1), (277, 1), (322, 32_768), (323, 32_768))
    places = ((324, 8), (325, len(packed)))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags + places)
    directory = struct.pack("<H", len(tags) + len(places)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory


BOMBS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"\xff",
    "text": lambda: b"not a picture at all, " * 40,
    "PNG of 108 megapixels": lambda: png(12_000, 9_000),
    "PNG of 4 gigapixels": lambda: png(65_535, 65_535, rows=b"\0" * 100),
    "PNG of 16 bits": lambda: png(3_000, 3_000, depth=16),
    "JPEG of 4 gigapixels": lambda: _promises("JPEG", 65_500, 65_500),
    "progressive JPEG": lambda: saved(Image.new("RGB", (12_000, 9_000)), "JPEG", progressive=True),
    "GIF of 4 gigapixels": lambda: _promises("GIF", 65_535, 65_535),
    "BMP of 4 gigapixels": lambda: _promises("BMP", 65_535, 65_535),
    "TIFF of 4 gigapixels": lambda: _promises("TIFF", 65_535, 65_535),
    "AVIF of 268 megapixels": lambda: _promises("AVIF", 16_384, 16_384),
    "WebP of 25 megapixels": lambda: saved(Image.new("RGB", (5_000, 5_000)), "WEBP", method=0),
    "AVIF of 25 megapixels": lambda: saved(Image.new("RGB", (5_000, 5_000)), "AVIF", speed=10),
    "AVIF that says it is small": lambda: _shrunk_avif(6_000),
    "GIF that grows": _growing_gif,
    "GIF of 100,000 frames": _many_frames,
    "TIFF of 20,000 pages": _many_pages,
    "TIFF in one huge tile": _wide_tile,
    "JPEG with crowded EXIF": _crowded_exif,
    "PNG with 200 packed texts": lambda: _text_bomb(b"zTXt", b"key\0\0", 200),
    "PNG with a packed profile": lambda: _text_bomb(b"iCCP", b"key\0\0", 1),
}


def _shrunk_avif(side: int) -> bytes:
    """Its container promises 100 × 100 pixels, its stream holds side × side."""
    body = bytearray(saved(Image.new("RGB", (side, side), (90, 120, 40)), "AVIF", speed=10))
    at = body.index(b"ispe") + 8
    body[at : at + 8] = struct.pack(">II", 100, 100)
    return bytes(body)


@cache
def _scene(width: int, height: int, turned: bool = False) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    waves = [np.sin(across / (7 + 5 * i) + i) * np.cos(down / (9 + 4 * i)) for i in range(3)]
    noise = np.random.default_rng(width).integers(0, 40, (height, width, 3))
    pixels = np.clip(np.stack(waves, axis=2) * 90 + 110 + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[::-1] if turned else pixels)


@cache
def _healthy() -> tuple[tuple[str, bytes], ...]:
    """One file of each kind, small enough to be damaged by the thousand."""
    scene = _scene(200, 150)
    moves = {"save_all": True, "append_images": [_scene(200, 150, turned=True), scene.rotate(90)]}
    palette = scene.quantize(64)
    return (
        ("JPEG", saved(scene, "JPEG")),
        ("progressive JPEG", saved(scene, "JPEG", progressive=True)),
        ("CMYK JPEG", saved(scene.convert("CMYK"), "JPEG")),
        ("PNG", saved(scene, "PNG")),
        ("palette PNG", saved(palette, "PNG", transparency=bytes(range(64)))),
        ("animated PNG", saved(scene, "PNG", **moves)),
        ("GIF", saved(palette, "GIF")),
        ("animated GIF", saved(scene, "GIF", **moves)),
        ("WebP", saved(scene, "WEBP", method=0)),
        ("animated WebP", saved(scene, "WEBP", method=0, **moves)),
        ("AVIF", saved(scene, "AVIF", speed=10)),
        ("BMP", saved(scene, "BMP")),
        ("TIFF", saved(scene, "TIFF")),
        ("packed TIFF", saved(scene, "TIFF", compression="tiff_lzw", **moves)),
    )


def _cut(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body))]


def _flip_bits(body: bytes, random: Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(random.randrange(1, 40)):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def _flip_in_header(body: bytes, random: Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(random.randrange(1, 6)):
        damaged[random.randrange(min(200, len(damaged)))] = random.randrange(256)
    return bytes(damaged)


def _remove_a_part(body: bytes, random: Random) -> bytes:
    start = random.randrange(len(body))
    return body[:start] + body[start + random.randrange(1, 2_000) :]


def _repeat_a_part(body: bytes, random: Random) -> bytes:
    start = random.randrange(len(body))
    part = body[start : start + random.randrange(1, 2_000)]
    return body[:start] + part * random.randrange(2, 8) + body[start:]


def _fill_with_noise(body: bytes, random: Random) -> bytes:
    start = random.randrange(len(body))
    return body[:start] + random.randbytes(len(body) - start)


def _append(body: bytes, random: Random) -> bytes:
    return body + random.randbytes(random.randrange(1, 4_000))


def _splice(body: bytes, random: Random) -> bytes:
    other = random.choice(_healthy())[1]
    return body[: random.randrange(len(body))] + other[random.randrange(len(other)) :]


_DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _cut,
    _flip_bits,
    _flip_in_header,
    _remove_a_part,
    _repeat_a_part,
    _fill_with_noise,
    _append,
    _splice,
)
