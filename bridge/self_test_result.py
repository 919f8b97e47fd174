"""What a self-test came to. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import BridgeError


class Step(StrEnum):
    DOOR = "door"
    HASH = "hash"
    MATCH = "match"
    CASE = "case"
    LOG = "log"

    @property
    def remedy(self) -> str:
        """What helps where this step does not work."""
        return {
            "door": "see that uploads reach the bridge: [gate] public_url, and your proxy.",
            "hash": "restart the bridge; its journal says more.",
            "match": "hma-console doctor; where that is well: hma-console bank delete self-test.",
            "case": "restart the bridge; its journal says more.",
            "log": "make room on the disk; press 7, then s.",
        }[self.value]


class Way(StrEnum):
    """How it came in."""

    GATE = "gate"
    API = "api"


class Failed(BridgeError):
    """A step did not do what it does for uploads."""

    def __init__(self, step: Step, message: str) -> None:
        super().__init__(message)
        self.step = step


@dataclass(frozen=True, slots=True)
class Result:
    """The newest self-test, begun `at`; `passed_at` is when the newest began that passed, None where none
    did. `step` is the one that failed, `why` in words.
    """

    at: int
    passed_at: int | None
    way: Way
    step: Step | None = None
    why: str = ""
    took_ms: int = 0

    @property
    def passed(self) -> bool:
        return self.step is None
