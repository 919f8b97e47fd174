"""The first bytes tell the type."""

from __future__ import annotations

import pytest
from PIL import Image

from bridge.decoding.media_types import HEAD, PICTURES, UNKNOWN, media_type
from tests.hostile import saved


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(format_name: str, expected: str) -> None:
    body = saved(Image.new("RGB", (9, 7)), format_name)
    assert media_type(body[:HEAD]) == expected
    assert expected in PICTURES


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\1\0mdat", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\0\0\1\0AVI LIST", "video/x-msvideo"),
        (b"\0\0\1\xba\x44\0", "video/mpeg"),
        ((b"\x47" + bytes(187)) * 3, "video/mp2t"),
        ((b"\x47" + bytes(187)) * 2, UNKNOWN),
        (b"OggS\0\2", "video/ogg"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafavif", "image/avif"),
        (b"\0\0\0\x1cftyp3gp5\0\0\0\0whatisom", "video/mp4"),
        (b"\0\0\0\x1cftypwhat\0\0\0\0mif1miafavif", "image/avif"),
        (b"\0\0\0\x14ftypwhat\0\0\0\0ever", UNKNOWN),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom", "audio/mp4"),
        (b"RIFF\0\0\1\0WAVEfmt ", UNKNOWN),
        (b"BMW is a maker of cars", UNKNOWN),
        (b"%PDF-1.7", UNKNOWN),
        (b"%!PS-Adobe-3.0 EPSF-3.0", UNKNOWN),
        (b"Good morning, and what is on today?", UNKNOWN),
        (b"G", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_other_heads(head: bytes, expected: str) -> None:
    assert media_type(head) == expected
