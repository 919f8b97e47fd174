"""The matcher as it is set."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bridge.errors import SettingsError
from bridge.keys.secrets import SecretName
from bridge.matcher_settings import MatcherSettings
from bridge.matching.embedded import EmbeddedMatcher, IndexState
from bridge.matching.failover import Failover
from bridge.matching.matcher import Matcher, Query
from bridge.settings import Settings
from bridge.store.store import Store
from bridge.tls import is_private, trusted
from bridge.verdicts import Comparison

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no HMA
    from bridge.matching.arachnid import ArachnidMatcher
    from bridge.matching.arachnid import Rows as RowsElsewhere
    from bridge.matching.hma import HmaMatcher, Rows

Secret = Callable[[], Awaitable[str]]
"""Reads one secret. Raises NotFound, KeysLocked, KeysError."""

LONGEST_SECONDS = 30
"""The gate keeps an upload for so long at most."""


class MatcherKind(StrEnum):
    EMBEDDED = "embedded"
    HMA = "hma"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Matching:
    """What compares uploads: `asked` is the matcher as it is set. `embedded` is always there, `hma` where its
    address is set, whether it is asked or not; `arachnid` where it is asked.
    """

    kind: MatcherKind
    asked: Matcher
    embedded: EmbeddedMatcher
    hma: HmaMatcher | None = None
    arachnid: ArachnidMatcher | None = None

    async def match(self, query: Query) -> Comparison:
        return await self.asked.match(query)

    @property
    def is_whole(self) -> bool:
        return self.asked.is_whole

    @property
    def asks_hma(self) -> bool:
        return self.hma is not None and self.kind is not MatcherKind.EMBEDDED

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
    settings: Settings,
    store: Store,
    rows: Rows,
    shields: RowsElsewhere,
    secret: Callable[[SecretName], Secret],
) -> AsyncIterator[Matching]:
    """Open until the block is left. `rows` are those of HMA's banks here, `shields` Arachnid Shield's.

    HMA is asked once what it has, so that the first upload need not wait for that. Raises SettingsError.
    """
    embedded = EmbeddedMatcher(store, settings.index_dir)
    built = _built(settings.matcher, embedded, rows, secret(SecretName.HMA_TOKEN))
    if settings.matcher.arachnid:
        built = _with_arachnid(built, shields, secret(SecretName.ARACHNID))
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
        if built.arachnid is not None:
            await built.arachnid.close()


def _with_arachnid(built: Matching, rows: RowsElsewhere, secret: Secret) -> Matching:
    import httpx

    from bridge.matching.arachnid import ArachnidMatcher
    from bridge.matching.beside import Beside

    client = httpx.AsyncClient(verify=trusted(), follow_redirects=False, trust_env=False)
    shield = ArachnidMatcher(client, secret, rows)
    return replace(built, asked=Beside(built.asked, shield), arachnid=shield)


def _built(settings: MatcherSettings, embedded: EmbeddedMatcher, rows: Rows, token: Secret) -> Matching:
    if settings.kind not in tuple(MatcherKind):
        raise SettingsError(f"matcher.kind takes embedded, hma or both, not {settings.kind[:40]!r}.")
    kind = MatcherKind(settings.kind)
    if settings.hma_hashes:
        _check_may_send_pictures(settings, kind)
    if not settings.hma_url:
        if kind is not MatcherKind.EMBEDDED:
            raise SettingsError(f"matcher.kind = {kind.value} needs an HMA.", "Set matcher.hma_url.")
        return Matching(kind, embedded, embedded)
    if not 1 <= settings.hma_seconds <= LONGEST_SECONDS:
        raise SettingsError(f"matcher.hma_seconds takes 1 to {LONGEST_SECONDS}, not {settings.hma_seconds}.")
    from bridge.matching.hma import HmaMatcher
    from bridge.matching.hma_client import HmaClient
    from bridge.matching.hma_pictures import HmaPictures

    client = HmaClient.of(settings, token)
    hma = HmaMatcher(client, rows, pictures=HmaPictures(client) if settings.hma_hashes else None)
    if kind is MatcherKind.EMBEDDED:
        return Matching(kind, embedded, embedded, hma)
    return Matching(kind, Failover(hma, embedded, is_union=kind is MatcherKind.BOTH), embedded, hma)


def _check_may_send_pictures(settings: MatcherSettings, kind: MatcherKind) -> None:
    """Raises SettingsError where nobody hashes them, or somebody on the way could see them."""
    if kind is MatcherKind.EMBEDDED or not settings.hma_url:
        raise SettingsError(
            "matcher.hma_hashes = true needs an HMA that uploads are compared by.",
            "Set matcher.hma_url, and matcher.kind to hma or both.",
        )
    if not is_private(settings.hma_url):
        raise SettingsError(
            "With matcher.hma_hashes pictures go to HMA, and not in the clear over a network.",
            "Put TLS in front of it, and use https.",
        )
