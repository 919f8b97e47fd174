"""An HMA and the lists here as one matcher: behind it, or beside it.

Both are asked at the same time, so that a fallback costs no wait. What is here is compared here, always,
mirrored to HMA or not: what came to a bank here is in HMA's index minutes later, or never where nobody
mirrors it again. But whether a bank that HMA has is on is HMA's to say while it answers, except in a union.
An upload that HMA's banks were not compared with is not checked unless it matched, and compared again once
HMA is back.
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
        """Unchecked where HMA's answer is, or the one here.

        That there is no list here is no fault; that HMA has none is one, unless only own banks are asked.
        """
        there, here = await asyncio.gather(self._hma.match(query), self._embedded.match(query))
        if there.unchecked and (query.listed or _is_fault(there.unchecked)):
            why = _by_fallback(there.unchecked, here)
            return Comparison((*there.matches, *here.matches), (), why, here.through)
        if not self._is_union:
            here = self._without_those_off(here)
        unchecked = here.unchecked if _is_fault(here.unchecked) or there.unchecked else None
        banks = () if unchecked else tuple(dict.fromkeys((*there.banks, *here.banks)))
        return Comparison((*there.matches, *here.matches), banks, unchecked, here.through)

    def _without_those_off(self, here: Comparison) -> Comparison:
        return replace(
            here,
            matches=tuple(match for match in here.matches if not self._hma.has_off(match.bank.name)),
            banks=tuple(name for name in here.banks if not self._hma.has_off(name)),
        )


def _by_fallback(why: NotChecked, here: Comparison) -> NotChecked:
    if here.unchecked:
        return why
    return NotChecked(why.reason, f"{why.message} The lists here were compared.", why.retry_after)


def _is_fault(unchecked: NotChecked | None) -> bool:
    return unchecked is not None and unchecked.reason != Reason.NO_LIST
