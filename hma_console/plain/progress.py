"""When the progress of something long is worth a line: each 10 %, or each 10 s."""

from __future__ import annotations

STEP_PERCENT = 10
STEP_MS = 10_000


class Progress:
    """Of one job, begun at `now`, milliseconds."""

    def __init__(self, now: int) -> None:
        self._told_at = now
        self._told_percent = 0

    def is_due(self, percent: int, now: int) -> bool:
        """Whether to tell it; counts as told then. A job that begins again begins at its own percent."""
        percent -= percent % STEP_PERCENT
        if percent == self._told_percent and now - self._told_at < STEP_MS:
            return False
        self._told_at, self._told_percent = now, percent
        return True
