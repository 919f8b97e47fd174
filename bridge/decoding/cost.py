"""What decoding and hashing a picture will cost in memory, reckoned from its header alone.

The factors are what Pillow and its codecs take, rounded up: `tests/trials/test_memory.py`
decodes a picture of each kind and compares.
"""

from __future__ import annotations

from PIL import Image, JpegImagePlugin, TiffImagePlugin

from bridge.decoding.avif_streams import largest_coded

_FIXED = 10 << 20
"""Tables, buffers and strips, whatever the picture's size."""

_SCAN = b"\xff\xda"


def decode_cost(image: Image.Image, body: bytes, size: tuple[int, int], frames: int) -> int:
    """Bytes that `image`, opened from `body` and not loaded, takes at most while it is decoded and hashed.

    `size` is the canvas in pixels, `frames` how many are composed on it.
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return jpeg_cost(image, body, 1)
    pixels = size[0] * size[1]
    stored = pixels * _stored_bytes(image.mode)
    match image.format:
        case "WEBP":
            # Two canvases, the frame handed over, the frame as stored; the file is copied twice.
            cost = 17 * pixels + 2 * len(body)
        case "AVIF":
            # A moving one keeps up to eight frames to build others on.
            coded = largest_coded(body, frames)
            unseen = max(0, coded - pixels)
            cost = 26 * pixels + 24 * unseen if frames > 1 else 12 * pixels + 4 * unseen
            cost += len(body)
        case "TIFF":
            # Turned as its orientation says, it is there twice; as may be the strip it came in.
            cost = 2 * stored + _tile_bytes(image)
        case "GIF":
            cost = (18 if frames > 1 else 2) * pixels
        case _:
            cost = 20 * pixels if frames > 1 else stored
    return cost + _overhead(*size) + _metadata(image)


def jpeg_cost(image: Image.Image, body: bytes, scale: int) -> int:
    """The same for a JPEG decoded at 1/`scale`: pixels shrink by its square, coefficients do not.

    libjpeg keeps all coefficients, 2 bytes a sample, where the components come in more than one
    scan: in progressive pictures, and in baseline ones whose first scan lacks some.
    """
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    pixels = image.width * image.height
    cost = pixels * _stored_bytes(image.mode) // scale**2
    if image.info.get("progressive") or not _has_one_scan(image, body):
        parts = [across * down for _, across, down, _ in image.layer]
        cost += int(2.1 * pixels * sum(parts) / max(*parts, 1))
    return cost + _overhead(image.width // scale, image.height // scale) + _metadata(image)


def _overhead(width: int, height: int) -> int:
    """Of any codec, and of hashing: some bytes for each line and column, some for each pixel."""
    return _FIXED + 100 * (width + height) + width * height * 3 // 10


def _metadata(image: Image.Image) -> int:
    """What Pillow has read of EXIF, profiles and comments; it keeps some of it twice."""
    return 2 * sum(len(value) for value in image.info.values() if isinstance(value, bytes | str))


def _stored_bytes(mode: str) -> int:
    """Bytes a pixel takes in Pillow's memory."""
    if mode in ("1", "L", "P"):
        return 1
    return 2 if mode.startswith("I;16") else 4


def _tile_bytes(image: Image.Image) -> int:
    """Size of a TIFF's tile, which may be larger than the picture and is decoded whole."""
    tags = getattr(image, "tag_v2", {})
    sides = tags.get(TiffImagePlugin.TILEWIDTH, 0), tags.get(TiffImagePlugin.TILELENGTH, 0)
    bits = sum(tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))
    if not all(isinstance(side, int) for side in sides):
        return 0
    return int(sides[0] * sides[1] * max(bits, 8) // 8)


def _has_one_scan(image: JpegImagePlugin.JpegImageFile, body: bytes) -> bool:
    """Whether the first scan, whose header Pillow read last, has all components."""
    assert image.fp is not None
    at = image.fp.tell() - 8 - 2 * image.layers
    return body[at : at + 2] == _SCAN and body[at + 4] == image.layers
