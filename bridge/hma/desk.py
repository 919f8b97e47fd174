"""What can be done in an HMA, in one place: for a bridge that has one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.matcher_settings import MatcherSettings
from bridge.store.store import Store

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no HMA
    from bridge.hma.banks import HmaBanks
    from bridge.hma.mirror import Mirror
    from bridge.hma.pull import Pull
    from bridge.matching.hma_http import Token


@dataclass(frozen=True, slots=True)
class HmaDesk:
    """`takes_new_banks` where a bank that is made is one of HMA's unless it is said otherwise."""

    banks: HmaBanks
    mirror: Mirror
    pull: Pull
    takes_new_banks: bool


@asynccontextmanager
async def hma_desk(settings: MatcherSettings, store: Store, token: Token) -> AsyncIterator[HmaDesk | None]:
    """Open until the block is left; None where there is no HMA. Raises SettingsError.

    It has connections of its own: a bank that is mirrored takes none from those of look-ups.
    """
    if not settings.hma_url:
        yield None
        return
    from bridge.hma.banks import HmaBanks
    from bridge.hma.contents import Contents
    from bridge.hma.mirror import Mirror
    from bridge.hma.pull import Pull
    from bridge.matching.hma_client import HmaClient

    client = HmaClient.of(settings, token)
    contents = Contents(store, client)
    banks = HmaBanks(store, contents)
    mirror, pull = Mirror(store, contents, banks), Pull(store, contents)
    try:
        yield HmaDesk(banks, mirror, pull, settings.kind == "hma")
    finally:
        await client.close()
