"""What can be wrong with an HMA, by name. None of these is ever an answer to a question.

HmaError
├── HmaDown            nobody answers there
├── HmaSlow            not in time
├── HmaNotReady        its index is not loaded, or too old
├── HmaBusy            it, or what stands before it, takes no more just now
├── HmaFault           it failed
├── HmaGarbled         something answers, but not as an HMA does
├── HmaUnauthorized    it does not take our token, or wants one
└── HmaRefused         it understood and says no; carries its words
"""

from __future__ import annotations

from bridge.errors import HmaError


class HmaDown(HmaError):
    hint = "See that it runs, and that matcher.hma_url names it."


class HmaSlow(HmaError):
    hint = "Give HMA more workers, with OMP_NUM_THREADS=1; or raise matcher.hma_seconds."


class HmaNotReady(HmaError):
    hint = "It loads or builds its index by itself; see its log if this lasts."


class HmaBusy(HmaError):
    """`retry_after` is in seconds, as it was said there."""

    hint = "Give HMA more workers, or its proxy a higher limit."

    def __init__(self, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HmaFault(HmaError):
    """`status` is HTTP's; 500 is also what HMA says to what it cannot read."""

    hint = "HMA's own log says more; often its database does not answer."

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class HmaGarbled(HmaError):
    hint = "See that matcher.hma_url names HMA itself, not a page before it."


class HmaUnauthorized(HmaError):
    hint = "Set its token with `hma-console secret set hma_token`."


class HmaRefused(HmaError):
    """`status` is HTTP's."""

    def __init__(self, message: str, status: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
