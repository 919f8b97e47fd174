"""How this process gives memory back to the system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Parameters of glibc's mallopt(3)."""

_LARGE = 1 << 20
_KEPT = 4 << 20
"""Free memory at a heap's end that is kept: what many threads ask for and free again, over and over."""
_ARENAS = 2


def give_memory_back() -> None:
    """Lets freed pictures leave the process at once. To be called once, before threads start.

    By default glibc raises the size from which blocks are mapped one by one to that of the largest
    ever freed, up to 32 MB; from then on freed pictures linger in as many heaps as there are
    threads. Setting the size ends that. Does nothing where there is no glibc.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return
    mallopt(_M_ARENA_MAX, _ARENAS)
    mallopt(_M_MMAP_THRESHOLD, _LARGE)
    mallopt(_M_TRIM_THRESHOLD, _KEPT)


def give_free_pages_back() -> None:
    """After work that took much memory in small pieces: what is free between others leaves the process.

    Takes milliseconds. Does nothing where there is no glibc.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., Any] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), name, None)
