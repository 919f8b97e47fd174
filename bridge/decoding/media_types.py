"""The type of some bytes, told by their first ones; what a sender claims does not count."""

from __future__ import annotations

import re

HEAD = 512
"""As many bytes from the start tell the type."""

UNKNOWN = "application/octet-stream"

PICTURES = frozenset(
    ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp", "image/tiff")
)
"""The pictures that are decoded here."""

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II\x2a\x00", "image/tiff"),
    (b"MM\x00\x2a", "image/tiff"),
    (b"II\x2b\x00", "image/tiff"),
    (b"MM\x00\x2b", "image/tiff"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"OggS", "video/ogg"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_VIDEO_BRANDS = re.compile(rb"iso[m2-9]|mp4[12]|avc1|M4V |MSNV|dash|3g[p2].|mmp4|f4v |cmf[c2]|XAVC")
_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_TRANSPORT_PACKET = 188


def media_type(head: bytes) -> str:
    """The media type of bytes that begin with `head`, which holds `HEAD` bytes where there are as many.

    UNKNOWN where they are neither a picture nor a video that people share.
    """
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head[4:8] in _QUICKTIME_BOXES:
        return "video/quicktime"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head else "video/x-matroska"
    if head[: 3 * _TRANSPORT_PACKET : _TRANSPORT_PACKET] == b"\x47\x47\x47":
        return "video/mp2t"
    for start, name in _STARTS:
        if head.startswith(start):
            if name == "image/bmp" and int.from_bytes(head[14:18], "little") not in _BMP_HEADERS:
                return UNKNOWN
            return name
    return UNKNOWN


def _of_brands(head: bytes) -> str:
    """ISO base media: the first brand we know decides (ISO/IEC 14496-12, 4.3).

    A general picture brand (`mif1`) yields to one that names the codec. A file of brands nobody
    knows is no video: that would let a damaged picture pass as one.
    """
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    named = [kind for kind in map(_of_brand, brands) if kind]
    if named[:1] == ["image/heif"]:
        return next((kind for kind in named if kind != "image/heif"), named[0])
    return named[0] if named else UNKNOWN


def _of_brand(brand: bytes) -> str:
    return _BRANDS.get(brand, "video/mp4" if _VIDEO_BRANDS.fullmatch(brand) else "")
