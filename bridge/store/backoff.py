"""The one schedule of everything that is tried again: twice as long each time, and never longer than this."""

from __future__ import annotations

import random

LONGEST_RETRY_MS = 15 * 60_000


def backoff_ms(first: int, attempts: int) -> int:
    """Milliseconds to wait after so many tries; `first` is the wait after the first one."""
    return min(LONGEST_RETRY_MS, first << min(attempts, 20))


def spread(wait: int) -> int:
    """Up to a quarter longer: what failed together is not tried again together."""
    return wait + random.randrange(wait // 4 + 1)
