"""An HMA and the lists here as one matcher: behind it, or beside it.

Both are asked at the same time, so that a fallback costs no wait. A bank that only is here is compared
here, always: what was taken down, what is allowed, an own list. A bank that HMA has is HMA's to compare;
a copy of it here counts while HMA does not answer, or always, as a union. An upload that HMA's banks were
not compared with is not checked unless it matched, and compared again once HMA is back.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.errors import NotChecked
from bridge.matching.matcher import Matcher, Query
from bridge.verdicts import Comparison, Reason

if TYPE_CHECKING:
    from bridge.matching.hma import HmaMatcher


class Failover:
    def __init__(self, hma: HmaMatcher, embedded: Matcher, *, is_union: bool) -> None:
        self._hma = hma
        self._embedded = embedded
        self._is_union = is_union

    @property
    def is_whole(self) -> bool:
        return self._hma.is_whole and self._embedded.is_whole

    async def match(self, query: Query) -> Comparison:
        """Unchecked where HMA's answer is, or the one here; that there is no list here is no fault."""
        there, here = await asyncio.gather(self._hma.match(query), self._embedded.match(query))
        if there.unchecked:
            return Comparison((*there.matches, *here.matches), (), _by_fallback(there.unchecked, here))
        if not self._is_union:
            here = self._without_copies(here)
        unchecked = here.unchecked if _is_fault(here.unchecked) else None
        banks = () if unchecked else tuple(dict.fromkeys((*there.banks, *here.banks)))
        return Comparison((*there.matches, *here.matches), banks, unchecked)

    def _without_copies(self, here: Comparison) -> Comparison:
        return replace(
            here,
            matches=tuple(match for match in here.matches if not self._hma.has(match.bank.name)),
            banks=tuple(name for name in here.banks if not self._hma.has(name)),
        )


def _by_fallback(why: NotChecked, here: Comparison) -> NotChecked:
    if here.unchecked:
        return why
    return NotChecked(why.reason, f"{why.message} The lists here were compared.", why.retry_after)


def _is_fault(unchecked: NotChecked | None) -> bool:
    return unchecked is not None and unchecked.reason != Reason.NO_LIST
