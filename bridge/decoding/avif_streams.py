"""How large the pictures coded inside an AVIF may be, whatever its container promises.

The container names a size, the AV1 streams in it name their own, and the decoder takes the room
the streams ask for before it scales the result: a kilobyte can so cost hundreds of megabytes.
Sources: ISO/IEC 14496-12 (boxes, `iloc`, `stbl`), AV1 specification 5.3-5.5 (OBUs, sequence header).
"""

from __future__ import annotations

from collections.abc import Iterator

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_SEQUENCE_HEADER = 1
_FULL = 4
"""Bytes of version and flags at the start of many boxes."""

_DEEPEST = 6
_MOST_STEPS = 100_000
"""Boxes, streams and units of a file that is worth the reading; real ones have a few thousand."""

UNBOUNDED = 1 << 62


def largest_coded(body: bytes, most: int) -> int:
    """Pixels of the largest frame that a sequence header in the file allows; 0 where there is none.

    At most `most` samples of each track are looked at, as many as are decoded. UNBOUNDED where
    the file is made so that reading it would take for ever.
    """
    steps = _Steps()
    largest = 0
    try:
        for start, stop in _streams(body, steps, most):
            steps.take()
            for at, end in _sequence_headers(body, start, stop, steps):
                largest = max(largest, _pixels(body[at:end]))
    except _TooManySteps:
        return UNBOUNDED
    return largest


class _TooManySteps(Exception):
    pass


class _Steps:
    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooManySteps


def _boxes(body: bytes, at: int, end: int, steps: _Steps, depth: int = 0) -> list[tuple[bytes, int, int]]:
    """Type, start and end of the content of each box, those inside containers included."""
    found: list[tuple[bytes, int, int]] = []
    while at + 8 <= end and depth < _DEEPEST:
        steps.take()
        size, kind, start = _number(body, at, 4), body[at + 4 : at + 8], at + 8
        if size == 1:
            size, start = _number(body, at + 8, 8), at + 16
        stop = end if size == 0 else min(at + size, end)
        if stop < start:
            break
        found.append((kind, start, stop))
        if kind in _CONTAINERS:
            found += _boxes(body, start, stop, steps, depth + 1)
        elif kind == b"meta":
            found += _boxes(body, start + _FULL, stop, steps, depth + 1)
        at = stop
    return found


def _streams(body: bytes, steps: _Steps, most: int) -> Iterator[tuple[int, int]]:
    """Where the coded data lie: the extents of items, the samples of tracks."""
    boxes = _boxes(body, 0, len(body), steps)
    inside = next((start for kind, start, _ in boxes if kind == b"idat"), 0)
    tables: dict[bytes, int] = {}
    for kind, start, stop in boxes:
        if kind == b"iloc":
            yield from _extents(body, start, stop, inside)
        elif kind == b"trak":
            tables = {}
        elif kind in (b"stsz", b"stsc", b"stco", b"co64"):
            tables[kind] = start + _FULL
            if b"stsz" in tables and b"stsc" in tables and (b"stco" in tables or b"co64" in tables):
                yield from _samples(body, tables, most)
                tables = {}


def _extents(body: bytes, at: int, stop: int, inside: int) -> Iterator[tuple[int, int]]:
    """ISO/IEC 14496-12, 8.11.3; `inside` is where the content of `idat` starts."""
    version = body[at] if at < stop else 0
    sizes = _number(body, at + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    at += 6 + wide
    while at < stop:
        at += wide
        method = 0
        if version:
            method, at = _number(body, at, 2) & 15, at + 2
        base, at = _number(body, at + 2, base_size), at + 2 + base_size
        count, at = _number(body, at, 2), at + 2
        for _ in range(min(count, stop - at)):
            offset = _number(body, at + index_size, offset_size)
            length = _number(body, at + index_size + offset_size, length_size)
            at += index_size + offset_size + length_size
            start = base + offset + (inside if method == 1 else 0)
            yield start, min(start + length, len(body)) if length else len(body)


def _samples(body: bytes, tables: dict[bytes, int], most: int) -> Iterator[tuple[int, int]]:
    """ISO/IEC 14496-12, 8.7: sizes, samples in each chunk, and where chunks start."""
    sizes, runs = tables[b"stsz"], tables[b"stsc"]
    wide = 8 if b"co64" in tables else 4
    chunks = tables[b"co64" if wide == 8 else b"stco"]
    same, samples = _number(body, sizes, 4), _number(body, sizes + 4, 4)
    run, sample, here = 0, 0, 1
    for chunk in range(min(_number(body, chunks, 4), most)):
        if run < _number(body, runs, 4) and _number(body, runs + 4 + 12 * run, 4) == chunk + 1:
            here, run = _number(body, runs + 8 + 12 * run, 4), run + 1
        start = _number(body, chunks + 4 + wide * chunk, wide)
        for _ in range(here):
            if sample >= min(samples, most):
                return
            stop = start + (same or _number(body, sizes + 8 + 4 * sample, 4))
            yield start, min(stop, len(body))
            start, sample = stop, sample + 1


def _sequence_headers(body: bytes, at: int, stop: int, steps: _Steps) -> Iterator[tuple[int, int]]:
    """AV1 specification, 5.3: a header byte, perhaps an extension, perhaps a size in LEB128."""
    while at < stop:
        steps.take()
        head = body[at]
        at += 2 if head & 4 else 1
        length = stop - at
        if head & 2:
            length = 0
            for shift in range(0, 56, 7):
                byte = body[at] if at < stop else 0
                length, at = length | (byte & 127) << shift, at + 1
                if byte < 128:
                    break
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            yield at, min(at + length, at + 64)
        at += length


def _pixels(header: bytes) -> int:
    """AV1 specification, 5.5. Frames that are not stills may be as large as their size's bits allow."""
    bits = _Bits(header)
    bits.take(4)
    reduced = bits.take(1)
    if reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(wide) + 1) * (bits.take(high) + 1) if reduced else 1 << wide + high


def _skip_operating_points(bits: _Bits) -> None:
    delay = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.take_uvlc()
        if bits.take(1):
            delay = bits.take(5) + 1
            bits.take(42)
    display_delays = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay and bits.take(1):
            bits.take(2 * delay + 1)
        if display_delays and bits.take(1):
            bits.take(4)


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """The next bits as a number; zeros behind the end."""
        self._left -= count
        shifted = self._value >> self._left if self._left >= 0 else self._value << -self._left
        return shifted & ((1 << count) - 1)

    def take_uvlc(self) -> None:
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        self.take(zeros)


def _number(body: bytes, at: int, size: int) -> int:
    return int.from_bytes(body[at : at + size])
