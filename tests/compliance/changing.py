"""Ways to change a bundle, and what the verifier says of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.compliance.verify import verify


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def changed(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    yield
    path.write_bytes(before)


def problems(folder: Path) -> list[str]:
    return verify(str(folder)).problems


def flips(data: bytes, count: int | None, seed: int) -> Iterator[bytes]:
    bits = range(8 * len(data))
    chosen = bits if count is None or count >= len(bits) else random.Random(seed).sample(bits, count)
    for bit in chosen:
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)
