"""The PDQ index: which codes are near a query. Whose they are is the store's to say.

It knows distinct 256-bit codes and nothing else, so a hash in many banks costs one code, and an
entry removed from the store stops matching at once: its code stays here until the index is built anew.

New codes enter the side table and match from then on. Now and then a merge writes the side
table, and the segments it has outgrown, as one new segment, while searches go on in the old
ones. Every segment is kept at least `_RATIO` times as large as all newer ones together, so
that there are few of them and a code is rewritten a few times at most.

All of it is a cache of the store. What is on disk contains the entries up to `through`; after a
start the caller adds those beyond it, and builds the index anew where `open` says that it is
damaged, or where it is ahead of the store (`through` above the store's highest entry id).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridge.errors import StoreError
from bridge.matching.codes import NO_CODES, Codes, distances, gather, scatter, sort_codes
from bridge.matching.manifest import (
    Manifest,
    SegmentFile,
    being_written,
    put_in_place,
    read_manifest,
    sweep,
    write_manifest,
)
from bridge.matching.segment import Segment, unpaired
from bridge.matching.segment_writer import write_segment
from bridge.matching.side_table import SideTable

_RATIO = 4
_SIDE_TABLE = 1 << 13
"""So many codes are read through in about the time of one look-up among a million."""
_RUN = 1 << 19
"""So many codes are sorted in memory at once while an index is built."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Each code near a query, once: three columns of one length, ordered by query number."""

    queries: npt.NDArray[np.intp]
    codes: Codes
    distances: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.queries)


NOTHING = Found(np.empty(0, np.intp), NO_CODES, np.empty(0, np.uint16))


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What a search reads; replaced as a whole, never changed."""

    segments: tuple[Segment, ...]
    side: SideTable


class PdqIndex:
    """Searches, additions and one merge at a time may run at once, each in a thread of its own."""

    def __init__(self, folder: Path, through: int, segments: tuple[Segment, ...]) -> None:
        self._folder = folder
        self._through = through
        self._parts: _Parts | None = _Parts(segments, SideTable.empty(through))
        self._changing = threading.Lock()
        self._merging = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> PdqIndex:
        """The index in `folder`, every file of it read and checked; an empty one where none is.

        Raises IndexDamaged when a file is missing or is not what was written. Nothing is deleted
        then: `build` replaces it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        manifest = read_manifest(folder)
        segments = tuple(Segment(folder / file.name, file.checksum) for file in manifest.segments)
        sweep(folder, manifest)
        return cls(folder, manifest.through, segments)

    @classmethod
    def build(cls, folder: Path, batches: Iterable[Codes], through: int) -> PdqIndex:
        """A new index of the codes in `batches`, in place of whatever the folder holds.

        Codes come in any order and any number of times. An index of the same folder that is
        still open goes on searching, but must not be merged during or after this.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            runs = [_run(folder, codes) for codes in _gathered(batches)]
            segments = _new_segment(folder, runs)
        finally:
            for run in folder.glob("*.run"):
                run.unlink()  # mapped ones live until they are read
        _commit(folder, through, segments)
        return cls(folder, through, segments)

    @property
    def through(self) -> int:
        """The highest entry id that the files contain."""
        return self._through

    def __len__(self) -> int:
        """Codes in the index; one that is in two segments or twice in the side table counts twice."""
        parts = self._open_parts()
        return sum(map(len, parts.segments)) + parts.side.count

    def add(self, codes: Codes, through: int) -> None:
        """Makes codes matchable. With them the index contains all entries up to `through`.

        Call it after the store has committed the entries, in the order of their ids.
        """
        scattered = scatter(codes)
        with self._changing:
            parts = self._open_parts()
            self._parts = _Parts(parts.segments, parts.side.with_codes(scattered, through))

    def search(self, queries: Codes, threshold: int) -> Found:
        """Every code within `threshold` (a distance, 0 to 254) of a query; none is missed."""
        if not 0 <= threshold < 255:
            raise ValueError(f"{threshold} is not a distance that can be searched for")
        parts = self._open_parts()
        queries = scatter(queries)
        askers, hits = [], []
        sources: tuple[Segment | SideTable, ...] = (*parts.segments, parts.side)
        for source in sources:
            pairs = source.search(queries, threshold)
            if len(pairs):
                asker, number = unpaired(pairs)
                askers.append(asker)
                hits.append(source.codes[number])
        if not hits:
            return NOTHING
        return _once(queries, np.concatenate(askers), np.concatenate(hits))

    def needs_merge(self) -> bool:
        """Whether the side table has grown so large that reading it through costs too much."""
        return self._open_parts().side.count >= _SIDE_TABLE

    def merge(self) -> None:
        """Moves the side table into a segment. Stays as it was with OSError when the disk is full."""
        with self._merging:
            parts = self._open_parts()
            kept, outgrown = _parted(parts.segments, parts.side.count)
            sources = [*(segment.codes for segment in outgrown), sort_codes(parts.side.codes)]
            segments = kept + _new_segment(self._folder, sources)
            through = parts.side.through
            _commit(self._folder, through, segments)
            with self._changing:
                side = self._open_parts().side.without_first(parts.side.count)
                self._parts = _Parts(segments, side)
                self._through = through

    def close(self) -> None:
        """Ends searches, additions and, after the one under way, merges: they raise StoreError.

        Searches under way are answered; the files are unmapped after the last of them.
        """
        with self._merging, self._changing:
            self._parts = None

    def _open_parts(self) -> _Parts:
        if self._parts is None:
            raise StoreError("The index is closed.")
        return self._parts


def _once(queries: Codes, askers: npt.NDArray[np.intp], hits: Codes) -> Found:
    """What was found in several places, each pair of query and code once."""
    order = np.lexsort((*hits.T, askers))
    askers, hits = askers[order], hits[order]
    again = (askers[1:] == askers[:-1]) & (hits[1:] == hits[:-1]).all(axis=1)
    first = np.insert(~again, 0, True)
    askers, hits = askers[first], hits[first]
    return Found(askers, gather(hits), distances(hits, queries[askers]))


def _parted(segments: tuple[Segment, ...], newer: int) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """The segments that stay, and those to be merged with so many newer codes."""
    kept = len(segments)
    while kept and len(segments[kept - 1]) < _RATIO * newer:
        kept -= 1
        newer += len(segments[kept])
    return segments[:kept], segments[kept:]


def _new_segment(folder: Path, sources: list[Codes]) -> tuple[Segment, ...]:
    """A segment of all codes of the sources, whole and in place; none where there are no codes."""
    path = folder / f"{secrets.token_hex(8)}.segment"
    written = being_written(path)
    try:
        checksum = write_segment(written, sources)
        put_in_place(written, path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    segment = Segment(path, checksum)
    return (segment,) if len(segment) else ()


def _commit(folder: Path, through: int, segments: tuple[Segment, ...]) -> None:
    files = tuple(SegmentFile(segment.path.name, segment.checksum) for segment in segments)
    manifest = Manifest(through, files)
    write_manifest(folder, manifest)
    sweep(folder, manifest)


def _gathered(batches: Iterable[Codes]) -> Iterator[Codes]:
    """The codes of small batches in large ones."""
    waiting: list[Codes] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count >= _RUN:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    if count:
        yield np.concatenate(waiting)


def _run(folder: Path, codes: Codes) -> Codes:
    """The codes as a source to merge, in a file of its own instead of in memory."""
    path = folder / f"{secrets.token_hex(8)}.run"
    sort_codes(scatter(codes)).tofile(path)
    return np.asarray(np.memmap(path, np.uint64, "r")).reshape(-1, 4)
