"""The console's side of deciding: cases in pages, one whole case, decisions, undo, notes.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bridge.decisions import Choice, Wanted
from hma_console.answers import Body
from hma_console.case_answers import CaseDetail, CasePage, Decided, Other, Undone
from hma_console.wire import Wire

PAGE = 200
"""Cases read at once."""
MOST_CASES = 500
"""Cases one decision may be about."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """`key` is its own name: sent twice, it is made once."""

    cases: Sequence[Wanted]
    choice: Choice
    reason: str
    key: str


class Deciding:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def page(self, state: str, offset: int = 0) -> CasePage:
        """PAGE cases from `offset` on, most pressing first."""
        query = {"state": state, "limit": str(PAGE), "offset": str(offset)}
        return CasePage.parse(Body(await self._wire.ask("GET", "/cases", params=query)))

    async def case(self, case_id: str) -> CaseDetail:
        return CaseDetail.parse(Body(await self._wire.ask("GET", _case(case_id))))

    async def others(self, case_id: str) -> tuple[Other, ...]:
        answer = await self._wire.ask("GET", f"{_case(case_id)}/others")
        return Body(answer).many("others", Other.parse)

    async def decide(self, made: NewDecision) -> Decided:
        body = {
            "cases": [{"case": each.case, "uploads": list(each.uploads)} for each in made.cases],
            "choice": made.choice.value,
            "reason": made.reason,
            "key": made.key,
        }
        return Decided.parse(Body(await self._wire.ask("POST", "/decisions", body=body)))

    async def undo(self, batch: str) -> Undone:
        return Undone.parse(Body(await self._wire.ask("DELETE", f"/decisions/{quote(batch, safe='')}")))

    async def note(self, case_id: str, words: str) -> None:
        await self._wire.ask("POST", f"{_case(case_id)}/notes", body={"text": words})

    async def into_bank(self, case_id: str, bank: str, uploads: Sequence[str]) -> int:
        """How many hashes are new in the bank."""
        body = {"bank": bank, "uploads": list(uploads)}
        return Body(await self._wire.ask("POST", f"{_case(case_id)}/bank", body=body)).number("added")


def _case(case_id: str) -> str:
    return f"/cases/{quote(case_id, safe='')}"
