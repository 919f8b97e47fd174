"""From what is near to what matches: within a bank's reach, by the plainest view, each picture once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.policy import reach
from bridge.signals import EXACT_TYPES, UPRIGHT, OtherType, SignalType, View, ViewKind, ViewName
from bridge.store.entries import Entry
from bridge.verdicts import Match


def match_of(entry: Entry, near: Sequence[tuple[View, int]], wanted: int | None) -> Match | None:
    """What `entry` and the upload have in common within the bank's reach, by the plainest view.

    `near` are the views whose hash lies near the entry's, each with its distance; an exact entry needs none.
    """
    if entry.signal.type is not SignalType.PDQ:
        return _of(entry, 0, None)
    within = [
        (view, distance, quality)
        for view, distance in near
        for quality in (min(view.quality, 100 if entry.signal.quality is None else entry.signal.quality),)
        if distance <= reach(entry.bank, view.name, quality, wanted)
    ]
    if not within:
        return None
    view, distance, quality = min(within, key=lambda one: (_EXTRA[one[0].name.kind], one[1]))
    return _of(entry, distance, quality, view.name)


def plainest(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Closest first; that a picture's sha1 and md5 are equal, too, says no more than its sha256."""
    told: dict[tuple[int, int, bool, bool], Match] = {}
    for match in sorted(matches, key=lambda one: (_RANK[one.signal_type], one.distance, one.entry_id)):
        told.setdefault((match.bank.id, match.content_id, match.is_exact, match.is_elsewhere), match)
    return tuple(told.values())


_EXTRA = {kind: rank for rank, kind in enumerate(ViewKind)}
"""The reference's view counts most: a match by another one is never acted on by itself."""

_RANK = {kind: rank for rank, kind in enumerate((*EXACT_TYPES, SignalType.PDQ, OtherType.OTHER))}


def _of(entry: Entry, distance: int, quality: int | None, view: ViewName = UPRIGHT) -> Match:
    return Match(
        bank=entry.bank,
        entry_id=entry.id,
        content_id=entry.content_id,
        signal_type=entry.signal.type,
        value=entry.signal.value,
        distance=distance,
        quality=quality,
        view=view,
        against=entry.against,
    )
