"""Several matchers as one: all are asked at the same time, and what any of them finds counts.

Where one of them could not answer, the whole is not checked unless it matched, so that an upload is compared
again; that one has no list is no fault while another has.
"""

from __future__ import annotations

import asyncio

from bridge.errors import NotChecked
from bridge.matching.matcher import Matcher, Query
from bridge.verdicts import Comparison, Reason


class Beside:
    def __init__(self, *matchers: Matcher) -> None:
        self._matchers = matchers

    @property
    def is_whole(self) -> bool:
        return all(matcher.is_whole for matcher in self._matchers)

    async def match(self, query: Query) -> Comparison:
        """Unchecked with the first reason that one of them has. Own entries count as far as the matcher that
        can say so read them: without it no upload would be known to be late when a list grows.
        """
        answers = await asyncio.gather(*(matcher.match(query) for matcher in self._matchers))
        asked = tuple(dict.fromkeys(name for answer in answers for name in answer.banks))
        unchecked = _fault(answers) or (None if asked else _lack(answers))
        matches = tuple(match for answer in answers for match in answer.matches)
        through = min((each.through for each in answers if each.through is not None), default=None)
        return Comparison(matches, () if unchecked else asked, unchecked, through)


def _fault(answers: list[Comparison]) -> NotChecked | None:
    faults = (each.unchecked for each in answers if each.unchecked is not None)
    return next((fault for fault in faults if fault.reason != Reason.NO_LIST), None)


def _lack(answers: list[Comparison]) -> NotChecked | None:
    return next((each.unchecked for each in answers if each.unchecked is not None), None)
