"""Where an exchange stands in its owner's list, as the text that is stored with the page it came with."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Self

from bridge.errors import ExchangeError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Subclasses are frozen dataclasses; what their fields have by default stands for a list that was never
    read.
    """

    @classmethod
    def of(cls, text: str) -> Self:
        """As it was stored; '' begins a full listing."""
        return cls(**json.loads(text)) if text else cls()

    def text(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCheckpoint(Checkpoint):
    """One that keeps when its owner was asked: `at`, in seconds since 1970, 0 for never."""

    at: int = 0

    def text(self) -> str:
        return json.dumps({**asdict(self), "at": int(time.time())})

    def check_is_good(self, seconds: int, owner: str) -> None:
        """Raises ExchangeError, expired: what was withdrawn so long ago the owner may have forgotten."""
        if self.at and time.time() - self.at > seconds:
            raise ExchangeError(f"{owner} was not asked for weeks.", expired=True)
