"""The matcher as it is set."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridge.errors import SettingsError
from bridge.matcher_settings import MatcherSettings
from bridge.matching.embedded import EmbeddedMatcher, IndexState
from bridge.matching.failover import Failover
from bridge.matching.matcher import Matcher, Query
from bridge.settings import Settings
from bridge.store.store import Store
from bridge.verdicts import Comparison

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no HMA
    from bridge.matching.hma import HmaMatcher, Rows

LONGEST_SECONDS = 30
"""The gate keeps an upload for so long at most."""


class MatcherKind(StrEnum):
    EMBEDDED = "embedded"
    HMA = "hma"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Matching:
    """What compares uploads: `asked` is the matcher as it is set. `embedded` is always there, `hma` where its
    address is set, whether it is asked or not.
    """

    kind: MatcherKind
    asked: Matcher
    embedded: EmbeddedMatcher
    hma: HmaMatcher | None = None

    async def match(self, query: Query) -> Comparison:
        return await self.asked.match(query)

    @property
    def is_whole(self) -> bool:
        return self.asked.is_whole

    @property
    def state(self) -> IndexState:
        """Of the index here."""
        return self.embedded.state

    @property
    def codes(self) -> int:
        """How many hashes the index here has."""
        return self.embedded.codes

    def owned(self) -> Iterator[tuple[str, Coroutine[None, None, None]]]:
        """What runs by itself as long as this is open, by name."""
        yield "index", self.embedded.keep_up()
        if self.hma is not None:
            yield "HMA", self.hma.run()


@asynccontextmanager
async def matching(
    settings: Settings, store: Store, rows: Rows, token: Callable[[], Awaitable[str]]
) -> AsyncIterator[Matching]:
    """Open until the block is left. `rows` are those of HMA's banks here, `token` reads the secret.

    HMA is asked once what it has, so that the first upload need not wait for that. Raises SettingsError.
    """
    embedded = EmbeddedMatcher(store, settings.index_dir)
    built = _built(settings.matcher, embedded, rows, token)
    try:
        await embedded.start()
        if built.hma is not None and built.kind is not MatcherKind.EMBEDDED:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(built.hma.client.seconds):
                    await built.hma.inquire()
        yield built
    finally:
        await embedded.close()
        if built.hma is not None:
            await built.hma.close()


def _built(
    settings: MatcherSettings, embedded: EmbeddedMatcher, rows: Rows, token: Callable[[], Awaitable[str]]
) -> Matching:
    if settings.kind not in tuple(MatcherKind):
        raise SettingsError(f"matcher.kind takes embedded, hma or both, not {settings.kind[:40]!r}.")
    kind = MatcherKind(settings.kind)
    if not settings.hma_url:
        if kind is not MatcherKind.EMBEDDED:
            raise SettingsError(f"matcher.kind = {kind.value} needs an HMA.", "Set matcher.hma_url.")
        return Matching(kind, embedded, embedded)
    if not 1 <= settings.hma_seconds <= LONGEST_SECONDS:
        raise SettingsError(f"matcher.hma_seconds takes 1 to {LONGEST_SECONDS}, not {settings.hma_seconds}.")
    from bridge.matching.hma import HmaMatcher
    from bridge.matching.hma_client import HmaClient

    headers = dict(map(_header, settings.hma_headers))
    hma = HmaMatcher(HmaClient(settings.hma_url, token, headers, settings.hma_seconds), rows)
    if kind is MatcherKind.EMBEDDED:
        return Matching(kind, embedded, embedded, hma)
    return Matching(kind, Failover(hma, embedded, is_union=kind is MatcherKind.BOTH), embedded, hma)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    is_one = name.replace("-", "").isalnum() and line.isascii() and line.isprintable()
    if not (colon and value and is_one) or name.lower() == "authorization":
        raise SettingsError(
            f"matcher.hma_headers takes lines like `X-Tenant: photos`, not {line[:40]!r}.",
            "A token is no setting: `hma-console secret set hma_token`.",
        )
    return name, value
