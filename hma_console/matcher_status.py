"""Who compares uploads, as the bridge's status tells it: a value, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from hma_console.answers import Body


@dataclass(frozen=True, slots=True)
class PicturesSent:
    """Pictures of uploads that HMA hashed, too, and those it refused, since the bridge started."""

    hashed: int
    refused: int

    @property
    def seen(self) -> int:
        return self.hashed + self.refused

    @classmethod
    def parse(cls, body: Body) -> PicturesSent:
        return cls(body.number("hashed"), body.number("refused"))


@dataclass(frozen=True, slots=True)
class HmaStatus:
    """An HMA. `state` is its circuit breaker's: closed where it is asked; `asked_at` when it last said what
    it has, None before. `banks` are on, `off` are not. `is_guarded`: it refuses whoever has no token.
    `pictures`: where it gets them.
    """

    url: str
    state: str
    since: int
    fault: str
    trouble: str
    asked_at: int | None
    banks: int
    off: int
    hashes: int
    has_token: bool
    is_guarded: bool
    pictures: PicturesSent | None

    @classmethod
    def parse(cls, body: Body) -> HmaStatus:
        is_on = body.many("banks", lambda bank: bank.flag("is_on"))
        return cls(
            url=body.text("url"),
            state=body.text("state"),
            since=body.number("since"),
            fault=body.text("fault"),
            trouble=body.text("trouble"),
            asked_at=body.maybe("asked_at"),
            banks=sum(is_on),
            off=len(is_on) - sum(is_on),
            hashes=body.number("hashes"),
            has_token=body.flag("has_token"),
            is_guarded=body.flag("is_guarded"),
            pictures=PicturesSent.parse(body.one("pictures")) if body.has("pictures") else None,
        )

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def words(self) -> str:
        """How it is, in a word or two."""
        if self.state == "closed":
            return "answers" if self.asked_at is not None else "is being asked"
        return "is tried" if self.state == "half_open" else "left alone"


@dataclass(frozen=True, slots=True)
class MatcherStatus:
    """`kind` is embedded, hma or both; `hma` is there where one is set, asked for uploads or not."""

    kind: str
    hma: HmaStatus | None

    @classmethod
    def parse(cls, body: Body) -> MatcherStatus:
        return cls(body.text("kind"), HmaStatus.parse(body.one("hma")) if body.has("hma") else None)

    @property
    def asked(self) -> HmaStatus | None:
        """The HMA that uploads are compared by; None where the lists here are all."""
        return self.hma if self.kind != "embedded" else None
