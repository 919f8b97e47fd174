"""What an HMA is asked of an upload, and what is near there matches: without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.catalogue import LARGEST_THRESHOLD, Bank, Role
from bridge.matching.hma_known import MD5, PDQ, Known
from bridge.matching.hma_values import HMA_NAMES, Hit
from bridge.matching.matcher import Query
from bridge.matching.nearness import match_of
from bridge.signals import MINIMUM_QUALITY, OtherType, Signal, SignalType, View
from bridge.store.entries import Entry
from bridge.verdicts import Match

Asked = tuple[str, str]
"""A signal by HMA's name for its type, and its value as HMA writes it."""
Near = Mapping[Asked, Mapping[str, Sequence[Hit]]]
"""By what was asked: what is near it and on, by HMA's name of the bank."""

_TYPES = {name: kind for kind, name in HMA_NAMES.items()}


def is_asked(bank: Bank, query: Query) -> bool:
    return bank.role is Role.BLOCK and query.asks(bank)


def questions_of(query: Query, known: Known) -> dict[Asked, list[View]]:
    """What HMA is asked, each once, with the views whose hash it is. Below the quality nothing is."""
    asked: dict[Asked, list[View]] = {}
    for view in query.views:
        if view.quality >= MINIMUM_QUALITY:
            asked.setdefault((PDQ, view.pdq.hex()), []).append(view)
    for signal in query.exact:
        if signal.type is SignalType.MD5 and signal.value and MD5 in known.types:
            asked[MD5, signal.hex] = []
    return asked


def matches_of(
    query: Query, questions: Mapping[Asked, Sequence[View]], near: Near, rows: Mapping[str, Bank]
) -> list[Match]:
    """Each content once a signal type, by the plainest of the views that it is near to."""
    by_content: dict[tuple[str, str, int], list[tuple[View, int]]] = {}
    for (kind, value), by_bank in near.items():
        for name, hits in by_bank.items():
            for hit in hits:
                views = by_content.setdefault((kind, name, hit.content_id), [])
                views += [(view, hit.distance) for view in questions[kind, value]]
    found: list[Match | None] = []
    for (kind, name, content_id), views in by_content.items():
        bank = rows[name]
        if not query.asks(bank):
            continue
        if kind not in _TYPES:
            by = OtherType.OTHER, b"", LARGEST_THRESHOLD
            found.append(Match(bank, -content_id, content_id, *by, hma_type=kind))
        else:
            entry = Entry(-content_id, bank, content_id, Signal(_TYPES[kind], b""), None)
            found.append(match_of(entry, views, query.wanted))
    return [match for match in found if match is not None]


def joined(ours: Sequence[Match], its_own: Sequence[Match]) -> tuple[Match, ...]:
    """Of a content that ours is near to HMA's own hash says no more."""
    known = {(match.bank.id, match.content_id) for match in ours}
    return (*ours, *(match for match in its_own if (match.bank.id, match.content_id) not in known))
