"""What the gate hashed just now, kept in memory for a moment."""

from __future__ import annotations

from collections import OrderedDict

from bridge.signals import Signals


class Recent:
    """Signals of what was hashed just now: a client whose proof was refused sends the body again."""

    SIZE = 64

    def __init__(self) -> None:
        self._signals: OrderedDict[bytes, Signals] = OrderedDict()

    def get(self, sha256: bytes) -> Signals | None:
        return self._signals.get(sha256)

    def keep(self, signals: Signals) -> None:
        self._signals[signals.sha256] = signals
        while len(self._signals) > self.SIZE:
            self._signals.popitem(last=False)
