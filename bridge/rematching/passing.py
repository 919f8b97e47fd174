"""Everything ever seen, passing the new entries of a list: which bytes have one within some bank's reach.

Nothing is fetched and no picture is read: what passes are the signals in the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from bridge.catalogue import LARGEST_THRESHOLD
from bridge.matching.codes import bytes_of, codes_of, gather
from bridge.matching.nearness import match_of
from bridge.rematching.sieve import Sieve
from bridge.signals import EXACT_TYPES, PACKED, SignalType, View, unpack_views
from bridge.store.entries import Entry, entries_with
from bridge.store.rematching import NewEntries, Rematch, Seen, is_compared

Nearby = dict[bytes, list[tuple[View, int]]]
"""By the value of an entry: which views are near it, and their distances."""


@dataclass(slots=True)
class Candidate:
    """Bytes with a hash of a new entry, or with a view near one."""

    number: int
    sha256: bytes
    exact: list[tuple[SignalType, bytes]] = field(default_factory=list)
    near: Nearby = field(default_factory=dict)


class NewSide:
    """The new entries, made ready for everything to pass; any number of threads may `pick` at once."""

    def __init__(self, new: NewEntries) -> None:
        self._exact = new.exact
        self._sieve = Sieve(codes_of(new.pdq), LARGEST_THRESHOLD) if new.pdq else None

    def pick(self, seen: Sequence[Seen]) -> list[Candidate]:
        """Those that may match, in their order."""
        picked: dict[int, Candidate] = {}
        if self._exact:
            self._pick_exact(seen, picked)
        if self._sieve:
            self._pick_near(seen, self._sieve, picked)
        return [picked[row] for row in sorted(picked)]

    def _pick_exact(self, seen: Sequence[Seen], picked: dict[int, Candidate]) -> None:
        known = self._exact
        for number, row in enumerate(seen):
            for kind, value in zip(EXACT_TYPES, (row.sha256, row.sha1, row.md5), strict=True):
                if value in known:
                    _candidate(seen, number, picked).exact.append((kind, value))

    def _pick_near(self, seen: Sequence[Seen], sieve: Sieve, picked: dict[int, Candidate]) -> None:
        packed = b"".join(row.views for row in seen)
        table = np.frombuffer(packed, np.uint8).reshape(-1, PACKED)
        owners = np.arange(len(seen)).repeat([len(row.views) // PACKED for row in seen])
        near = sieve.search(codes_of(table[:, PACKED - SignalType.PDQ.size :].tobytes()))
        values = bytes_of(gather(sieve.codes[near.codes]))
        for number, value, distance in zip(near.views.tolist(), values, near.distances.tolist(), strict=True):
            (view,) = unpack_views(packed[number * PACKED : (number + 1) * PACKED])
            candidate = _candidate(seen, int(owners[number]), picked)
            candidate.near.setdefault(value, []).append((view, distance))


def really_match(connection: Connection, candidates: Sequence[Candidate], run: Rematch) -> list[Candidate]:
    """Those within the reach of a bank that has the new entry still."""
    wanted = {
        *(each for candidate in candidates for each in candidate.exact),
        *((SignalType.PDQ, value) for candidate in candidates for value in candidate.near),
    }
    entries = [
        entry
        for entry in entries_with(connection, sorted(wanted))
        if run.through < entry.id <= run.target and is_compared(entry.bank)
    ]
    by_value: dict[tuple[SignalType, bytes], list[Entry]] = {}
    for entry in entries:
        by_value.setdefault((entry.signal.type, entry.signal.value), []).append(entry)
    return [candidate for candidate in candidates if _matches(candidate, by_value)]


def _matches(candidate: Candidate, by_value: Mapping[tuple[SignalType, bytes], list[Entry]]) -> bool:
    if any(by_value.get(each) for each in candidate.exact):
        return True
    return any(
        match_of(entry, views, None)
        for value, views in candidate.near.items()
        for entry in by_value.get((SignalType.PDQ, value), ())
    )


def _candidate(seen: Sequence[Seen], row: int, picked: dict[int, Candidate]) -> Candidate:
    return picked.setdefault(row, Candidate(seen[row].number, seen[row].sha256))
