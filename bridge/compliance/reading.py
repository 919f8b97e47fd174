"""The log read back: leaves, subtrees, proofs, heads. On a plain sqlite3 connection, in any thread.

Nodes are kept every fourth level only: below, leaves are hashed again, sixteen at a time. That
costs a proof some 0.2 ms and saves nine tenths of the nodes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bridge.compliance import merkle
from bridge.compliance.leaf import Leaf
from bridge.compliance.merkle import Frontier, leaf_hash, node_hash, root_of
from bridge.errors import LogError

UNREADABLE = (ValueError, TypeError)
"""What a damaged row raises: its values, or their types, are not those that its table has."""
NODE_LEVELS = 4
"""Nodes of levels 4, 8, 12, ... are stored: over 16, 256, 4096, ... leaves."""


@dataclass(frozen=True, slots=True)
class Head:
    """The tree as it stands. `note` is the newest signed checkpoint, of an earlier size while locked."""

    origin: str
    size: int
    frontier: bytes
    note: str

    @property
    def root(self) -> bytes:
        return Frontier.of_bytes(self.size, self.frontier).root


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A signed head that was kept: `why` is daily, exported, anchored or rotated."""

    size: int
    why: str
    note: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What another attested of the kept head of `size` entries, exactly as it answered, at `at`."""

    size: int
    at: int
    kind: str
    receipt: bytes


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key the log was signed with from entry `idx` on; `ended_by` is "", rotated, lost or revoked."""

    public: bytes
    idx: int
    at: int
    ended_at: int | None
    ended_by: str


@contextmanager
def reading(store_path: Path) -> Iterator[LogReader]:
    """One consistent state of the log, for as long as the block lasts; writes nothing."""
    with closing(
        sqlite3.connect(f"{store_path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    ) as connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("BEGIN")
        yield LogReader(connection)


class LogReader:
    """Queries of the log's tables. sqlite3.Error where the file cannot be read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.subtree = lru_cache(4096)(self._subtree)

    @property
    def head(self) -> Head:
        """Raises LogError where the log was never begun."""
        try:
            rows = self._connection.execute(
                "SELECT origin, size, frontier, note, one FROM log_head LIMIT 2"
            ).fetchall()
            if not rows:
                raise LogError("There is no log here yet.", "It begins with the first `hma-console serve`.")
            [(*row, one)] = rows
            Frontier.of_bytes(row[1], row[2])
            if one != 1:
                raise ValueError("the one head is number one")
        except (*UNREADABLE, sqlite3.DataError) as error:
            raise LogError("The log's head was changed: it cannot be read.") from error
        return Head(*row)

    def leaf(self, idx: int) -> bytes:
        """Raises LogError where the entry is missing."""
        row = self._connection.execute("SELECT leaf FROM log_entries WHERE idx = ?", (idx,)).fetchone()
        if row is None:
            raise LogError(f"Entry {idx} is missing from the log.")
        return bytes(row[0])

    def time_of(self, idx: int) -> int:
        """When an entry says that it was written, in milliseconds since 1970."""
        return Leaf.of_bytes(self.leaf(idx)).at

    def leaves(self, low: int, high: int) -> Iterator[tuple[int, bytes]]:
        """Entries low up to high, high excluded, as (index, exact bytes)."""
        yield from self._connection.execute(
            "SELECT idx, leaf FROM log_entries WHERE idx >= ? AND idx < ? ORDER BY idx", (low, high)
        )

    def holding(self, words: Sequence[bytes], below: int, limit: int) -> list[tuple[int, bytes]]:
        """Entries below an index whose bytes hold each of `words`, newest first; a million take a second."""
        wanted = "".join(" AND instr(leaf, ?)" for _ in words)
        return self._connection.execute(
            f"SELECT idx, leaf FROM log_entries WHERE idx < ?{wanted} ORDER BY idx DESC LIMIT ?",
            (below, *words, limit),
        ).fetchall()

    def newest_index(self) -> int:
        """The highest index of an entry that is there; -1 in an empty log."""
        (newest,) = self._connection.execute("SELECT max(idx) FROM log_entries").fetchone()
        return -1 if newest is None else int(newest)

    def hashed_again(self, low: int, count: int) -> bytes:
        """The root over `count` leaves from `low` on, from their bytes, no stored node believed."""
        hashes = [leaf_hash(leaf) for _, leaf in self.leaves(low, low + count)]
        if len(hashes) != count:
            raise LogError(f"Of the {count} entries from {low} on, {count - len(hashes)} are missing.")
        return root_of(hashes)

    def case_entries(self, case_id: str) -> list[int]:
        """The indices of a case's entries, in the case's order."""
        return [
            row[0]
            for row in self._connection.execute(
                "SELECT idx FROM log_case_entries WHERE case_id = ? ORDER BY case_seq", (case_id,)
            )
        ]

    def case_entry(self, case_id: str, case_seq: int) -> int | None:
        """The index of a case's entry by its number within the case, from 1."""
        row = self._connection.execute(
            "SELECT idx FROM log_case_entries WHERE case_id = ? AND case_seq = ?", (case_id, case_seq)
        ).fetchone()
        return None if row is None else int(row[0])

    def count_case_entries(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM log_case_entries").fetchone()
        return int(count)

    def nodes(self, level: int) -> Iterator[bytes]:
        """The stored nodes of a level, from the left."""
        for (node,) in self._connection.execute(
            "SELECT hash FROM log_nodes WHERE level = ? ORDER BY idx", (level,)
        ):
            yield node

    def kept_checkpoints(self) -> list[KeptCheckpoint]:
        rows = self._connection.execute("SELECT size, why, note FROM log_checkpoints ORDER BY size")
        return [KeptCheckpoint(*row) for row in rows]

    def anchors(self) -> list[Anchor]:
        """Oldest first."""
        rows = self._connection.execute("SELECT size, at, kind, receipt FROM log_anchors ORDER BY id")
        return [Anchor(*row) for row in rows]

    def history(self) -> list[LogKey]:
        """The keys it was signed with, oldest first."""
        rows = self._connection.execute(
            "SELECT public, idx, at, ended_at, ended_by FROM log_keys ORDER BY idx, rowid"
        )
        return [LogKey(*row) for row in rows]

    def schema(self) -> list[tuple[str, str]]:
        """How the log's tables and what guards them were made, by name."""
        return self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name LIKE 'log!_%' ESCAPE '!' AND sql IS NOT NULL"
            " ORDER BY name"
        ).fetchall()

    def actor_names(self) -> dict[str, str]:
        """The names behind "op:3" and "key:2", as far as they were not erased."""
        rows = self._connection.execute("SELECT kind || ':' || id, name FROM log_actors")
        return {str(who): str(name) for who, name in rows}

    def opening(self, idx: int) -> tuple[str, bytes, bytes] | None:
        """What opens entry `idx`: its key's name, the key's sealed private half, the sealed opening."""
        row = self._connection.execute(
            "SELECT key, log_opening_keys.sealed, log_openings.sealed FROM log_openings"
            " JOIN log_opening_keys ON name = key WHERE idx = ?",
            (idx,),
        ).fetchone()
        return None if row is None else (str(row[0]), bytes(row[1]), bytes(row[2]))

    def root_at(self, size: int) -> bytes:
        """The root when the log had `size` entries."""
        return Frontier(size, [self.subtree(level, index) for level, index in complete_subtrees(size)]).root

    def inclusion_proof(self, idx: int, size: int) -> list[bytes]:
        return merkle.inclusion_proof(idx, size, self.subtree)

    def consistency_proof(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency_proof(old, size, self.subtree)

    def _subtree(self, level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hash(self.leaf(index))
        if level % NODE_LEVELS == 0:
            row = self._connection.execute(
                "SELECT hash FROM log_nodes WHERE level = ? AND idx = ?", (level, index)
            ).fetchone()
            if row is None:
                raise LogError(f"The node over entries from {index << level} on is missing from the log.")
            return bytes(row[0])
        return node_hash(self.subtree(level - 1, 2 * index), self.subtree(level - 1, 2 * index + 1))


def complete_subtrees(size: int) -> list[tuple[int, int]]:
    """The complete subtrees, largest first, that make up a tree of `size` leaves, as (level, index)."""
    found, low = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, low >> level))
            low += 1 << level
    return found
