"""The whole log checked: every entry hashed again, every kept head, every case's chain, the outside copy.

Comparing roots without hashing the entries again would prove nothing: an edited entry would pass.
"""

from __future__ import annotations

import base64
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bridge.compliance.leaf import time_text
from bridge.compliance.merkle import Frontier, leaf_hash
from bridge.compliance.notes import VerifierKey, read_checkpoint
from bridge.compliance.outside import OutsideCopy, OutsideHeads
from bridge.compliance.reading import NODE_LEVELS, UNREADABLE, LogReader, reading
from bridge.compliance.side_tables import SideTables
from bridge.compliance.start_check import compare_with_outside
from bridge.errors import BridgeError, LogError

EVERY = 4096
"""Entries between two reports of progress."""
MOST_PROBLEMS = 20

Progress = Callable[[int, int], None]
"""Entries checked, entries in all. May raise to stop."""

_CASE = re.compile(rb'"case":"([a-z2-9]{16})",(?:"case_prev":"([A-Za-z0-9+/=]{44})",)?"case_seq":(\d+),')
"""Before it a leaf holds an actor and commitments only: nothing in them can look like this."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. Each list is of sentences; the log is whole where `problems` is empty."""

    entries: int
    signed: int
    problems: tuple[str, ...]
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]
    took_ms: int

    @property
    def is_whole(self) -> bool:
        return not self.problems


def check_whole(store_path: Path, outside: OutsideCopy, progress: Progress = lambda *_: None) -> Checked:
    """Checks one consistent state of the log, beside a bridge that goes on writing or without one.

    Raises LogError where there is no log or no head, sqlite3.Error where the file is no database.
    """
    began = time.monotonic_ns()
    with reading(store_path) as reader:
        head = reader.head
        heads = outside.read(head.origin)
        walk = _Walk(reader, heads)
        try:
            walk.run(progress)
            proven, not_proven = _summary(walk, heads, outside)
        except (sqlite3.Error, LogError, *UNREADABLE) as error:
            walk.say(f"The log cannot be read to its end: {str(error).rstrip('.')}.")
            proven, not_proven = (), ()
    took = (time.monotonic_ns() - began) // 1_000_000
    return Checked(head.size, walk.signed, tuple(walk.problems), proven, not_proven, took)


@dataclass(slots=True)
class _Walk:
    reader: LogReader
    outside: OutsideHeads | None
    problems: list[str] = field(default_factory=list)
    signed: int = 0
    heads_compared: int = 0
    _side_tables: SideTables = field(default_factory=SideTables)
    _wanted: dict[int, list[tuple[bytes, str]]] = field(default_factory=dict)

    def say(self, problem: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def run(self, progress: Progress) -> None:
        head = self.reader.head
        self._want_heads()
        frontier, cases = Frontier(), 0
        stored = {level: self.reader.nodes(level) for level in range(NODE_LEVELS, 64, NODE_LEVELS)}
        for idx, leaf in self.reader.leaves(0, 1 << 62):
            if idx != frontier.size:
                self.say(f"Entries {frontier.size} to {idx - 1} are missing.")
                return
            hashed = leaf_hash(leaf)
            for level, index, node in frontier.append(hashed):
                if level % NODE_LEVELS == 0 and next(stored[level], None) != node:
                    low, high = index << level, ((index + 1) << level) - 1
                    self.say(f"Entries {low} to {high} are not what they were: one was changed.")
            self._side_tables.hear(idx, leaf)
            if found := _CASE.search(leaf):
                cases += 1
                self._check_case(idx, *found.groups())
            if frontier.size in self._wanted:
                self._compare_heads(frontier)
            if frontier.size % EVERY == 0:
                progress(frontier.size, head.size)
        progress(frontier.size, head.size)
        self._check_end(frontier, cases, stored)

    def _want_heads(self) -> None:
        head, keys = self.reader.head, self.reader.history()
        verifiers = [VerifierKey(head.origin, key.public) for key in keys]
        kept = [("the kept head", each.note, each.size) for each in self.reader.kept_checkpoints()]
        for what, note, size in [*kept, ("the newest signed head", head.note, None)]:
            if not note:
                continue
            try:
                signed = read_checkpoint(note)
            except LogError as error:
                self.say(f"A head of the log was changed: {error.message}")
                continue
            checkpoint = signed.checkpoint
            name = f"{what} of {checkpoint.size} entries"
            if size not in (None, checkpoint.size):
                self.say(f"The list of kept heads was changed: {name} is kept as one of {size}.")
            if checkpoint.origin != head.origin or not any(signed.is_signed_by(key) for key in verifiers):
                self.say(f"The signature of {name} is wrong.")
            self._wanted.setdefault(checkpoint.size, []).append((checkpoint.root, name))
            self.signed = checkpoint.size

    def _compare_heads(self, frontier: Frontier) -> None:
        for root, name in self._wanted.pop(frontier.size):
            if frontier.root != root:
                self.say(f"The entries before {frontier.size} are not those that {name} covers.")
            self.heads_compared += 1

    def _check_case(self, idx: int, case_id: bytes, previous: bytes | None, seq: bytes) -> None:
        case, number = case_id.decode(), int(seq)
        if self.reader.case_entry(case, number) != idx:
            self.say(f"Entry {idx} is not where the list of case {case} has it.")
            return
        if number == 1:
            return
        before = self.reader.case_entry(case, number - 1)
        if before is None or previous is None:
            self.say(f"Case {case} has no entry before its {number}th.")
        elif base64.b64decode(previous) != leaf_hash(self.reader.leaf(before)):
            self.say(f"Entry {idx} of case {case} does not follow entry {before}.")

    def _check_end(self, frontier: Frontier, cases: int, stored: dict[int, Iterator[bytes]]) -> None:
        head = self.reader.head
        if frontier.size < head.size:
            self.say(f"The log's tail was cut: of {head.size} entries {frontier.size} are there.")
        elif frontier.size > head.size or bytes(frontier) != head.frontier:
            self.say("The log's entries and its head do not agree: something in it was changed.")
        for size in sorted(self._wanted):
            self.say(f"A head of {size} entries was signed, {frontier.size} are there: the log was cut.")
        if any(next(nodes, None) is not None for nodes in stored.values()):
            self.say("The log holds nodes over entries that are not there.")
        if cases != self.reader.count_case_entries():
            self.say("The list of the cases' entries and the entries do not agree.")
        for difference in self._side_tables.differences(self.reader):
            self.say(difference)
        if self.outside:
            try:
                compare_with_outside(self.reader, self.outside)
            except BridgeError as distrusted:
                self.say(distrusted.message)


def _summary(
    walk: _Walk, heads: OutsideHeads | None, outside: OutsideCopy
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    not_proven = ["that the clock was right"]
    if not walk.reader.anchors():
        not_proven.append("when the entries were written, to somebody who does not trust this machine")
    if heads is None:
        not_proven.append(f"that the log was not rolled back whole: no outside copy lies in {outside.folder}")
    else:
        not_proven.append("anything against somebody who could change the outside copy as well")
    size = walk.reader.head.size
    if walk.signed < size:
        not_proven.append(f"who wrote the last {size - walk.signed} entries: they are not signed yet")
    proven: list[str] = []
    if not walk.problems:
        said = f"no entry was changed, removed or added, measured against {walk.heads_compared} kept heads"
        if heads:
            said += f" and the outside copy of {time_text(heads.written_at)}"
        proven.append(said)
    return tuple(proven), tuple(not_proven)
