"""How this process gives memory back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Parameters of glibc's mallopt(3)."""

_LARGE = 1 << 20
_ARENAS = 2


def give_memory_back() -> None:
    """Lets freed pictures leave the process at once. To be called once, before threads start.

    By default glibc raises the size from which blocks are mapped one by one to that of the largest
    ever freed, up to 32 MB; from then on freed pictures linger in as many heaps as there are
    threads. Setting the size ends that. Does nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_M_ARENA_MAX, _ARENAS)
    mallopt(_M_MMAP_THRESHOLD, _LARGE)
    mallopt(_M_TRIM_THRESHOLD, _LARGE)
