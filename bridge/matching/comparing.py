"""HMA and the lists here, asked about the same stored signals: where they disagree, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.catalogue import Bank
from bridge.errors import NotAvailable
from bridge.matching.building import Matching
from bridge.matching.hma import HmaMatcher
from bridge.matching.hma_known import Known
from bridge.matching.hma_values import HMA_NAMES
from bridge.matching.matcher import Query
from bridge.policy import standing
from bridge.signals import MINIMUM_QUALITY
from bridge.store.banks import filled_block_banks
from bridge.store.signals import newest_signals
from bridge.store.store import Store
from bridge.verdicts import Comparison, Match


class Why(StrEnum):
    """Why one of the two matched and the other did not."""

    NO_SUCH_BANK = "no_such_bank"
    SWITCHED_OFF = "switched_off"
    OTHER_TYPE = "other_type"
    POOR_QUALITY = "poor_quality"
    NOT_THERE = "not_there"
    NO_ENTRIES = "no_entries"
    NOT_HERE = "not_here"

    @property
    def words(self) -> str:
        return {
            "no_such_bank": "HMA has no bank of that name",
            "switched_off": "HMA has switched that bank off",
            "other_type": "HMA has no hashes of that type",
            "poor_quality": "HMA is not asked about hashes of so poor a quality",
            "not_there": "HMA's bank has nothing near, or its index not yet",
            "no_entries": "that bank's entries are at HMA only",
            "not_here": "the bank here has nothing near",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`is_hmas` where HMA matched and nothing here did: `number` is the content's there, else the entry's."""

    upload_id: str
    bank: str
    is_hmas: bool
    number: int
    distance: int
    why: Why


@dataclass(frozen=True, slots=True)
class Compared:
    """Some uploads, newest first; `next` is the number below which the next ones are, None at the end."""

    uploads: int
    matches: int
    """By bank and upload, of either."""
    disagreements: tuple[Disagreement, ...]
    next: int | None


async def compare(store: Store, matching: Matching, before: int | None, limit: int) -> Compared:
    """Raises NotAvailable where one of the two cannot answer. Nothing is recorded of it."""
    hma = matching.hma
    if hma is None:
        raise NotAvailable("There is no HMA to compare with.", "Set matcher.hma_url.")
    if hma.known is None:
        await hma.inquire()
    seen, filled = await store.read(lambda c: (newest_signals(c, before, limit), filled_block_banks(c)))
    with_entries, matches = {bank.name.casefold() for bank in filled}, 0
    found: list[Disagreement] = []
    for _, upload_id, signals in seen:
        query = Query.of_upload(signals)
        there, here = await asyncio.gather(hma.match(query), matching.embedded.match(query))
        theirs, ours = _by_bank(_whole(there)), _by_bank(here.matches if not with_entries else _whole(here))
        matches += len(theirs.keys() | ours.keys())
        found += _disagreements(upload_id, theirs, ours, _known(hma), with_entries)
    return Compared(len(seen), matches, tuple(found), seen[-1][0] if len(seen) == limit else None)


def _whole(comparison: Comparison) -> Sequence[Match]:
    """Raises NotAvailable where not all was compared: what is missing then says nothing."""
    if comparison.unchecked:
        raise NotAvailable(comparison.unchecked.message, "Try again when both answer.")
    return comparison.matches


def _known(hma: HmaMatcher) -> Known:
    assert hma.known is not None, "it answered"
    return hma.known


def _by_bank(matches: Sequence[Match]) -> dict[str, Match]:
    """The closest of each block bank."""
    closest: dict[str, Match] = {}
    for match in standing(matches):
        if not match.bank.is_memory:
            closest.setdefault(match.bank.name.casefold(), match)
    return closest


def _disagreements(
    upload_id: str,
    theirs: Mapping[str, Match],
    ours: Mapping[str, Match],
    known: Known,
    with_entries: set[str],
) -> Iterator[Disagreement]:
    for name in theirs.keys() - ours.keys():
        match, why = theirs[name], Why.NOT_HERE if name in with_entries else Why.NO_ENTRIES
        yield Disagreement(upload_id, match.bank.name, True, match.content_id, match.distance, why)
    for name in ours.keys() - theirs.keys():
        match = ours[name]
        why = _why_not_there(match, match.bank, known)
        yield Disagreement(upload_id, match.bank.name, False, match.entry_id, match.distance, why)


def _why_not_there(match: Match, bank: Bank, known: Known) -> Why:
    name = bank.name.casefold()
    if not known.has(name):
        return Why.NO_SUCH_BANK
    if name not in {each.casefold() for each in known.on}:
        return Why.SWITCHED_OFF
    if match.signal_type not in HMA_NAMES:
        return Why.OTHER_TYPE
    if match.quality is not None and match.quality < MINIMUM_QUALITY:
        return Why.POOR_QUALITY
    return Why.NOT_THERE
