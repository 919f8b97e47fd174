"""Matchers side by side: what one cannot say is said by none of the others."""

from __future__ import annotations

from bridge.errors import NotChecked
from bridge.matching.beside import Beside
from bridge.matching.matcher import Query
from bridge.verdicts import Comparison, Reason


class Says:
    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    @property
    def is_whole(self) -> bool:
        return self.comparison.unchecked is None

    async def match(self, query: Query) -> Comparison:
        return self.comparison


async def test_that_one_has_no_list_is_no_fault_while_another_has() -> None:
    none = Comparison((), (), NotChecked(Reason.NO_LIST, "No list is connected."))
    down = Comparison((), (), NotChecked(Reason.MATCHER_DOWN, "It does not answer."))
    fine = Comparison((), ("a",))
    for answers, banks, reason in (
        ((none, fine), ("a",), None),
        ((fine, down), (), Reason.MATCHER_DOWN),
        ((none, down), (), Reason.MATCHER_DOWN),
        ((none, Comparison((), ())), (), Reason.NO_LIST),
        ((fine, fine), ("a",), None),
    ):
        found = await Beside(*map(Says, answers)).match(Query((), ()))
        assert (found.banks, found.unchecked and found.unchecked.reason) == (banks, reason)
