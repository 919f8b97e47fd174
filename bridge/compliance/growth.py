"""How one commit grows the log: its leaves written and read back, the tree over them, the signed head."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bridge.compliance.leaf import Leaf
from bridge.compliance.merkle import Frontier, leaf_hash
from bridge.compliance.notes import (
    Checkpoint,
    Sign,
    VerifierKey,
    read_checkpoint,
    read_vkey,
    sign_checkpoint,
)
from bridge.compliance.openings import Committed, commit_fields, seal_opening
from bridge.compliance.reading import NODE_LEVELS, Head, LogReader
from bridge.errors import KeysError, KeysLocked, StoreError
from bridge.events import Event, EventType
from bridge.keys.ssh import fingerprint
from bridge.uploads import DAY_MS, now_ms

_KEPT = {
    EventType.KEY_ROTATED: "rotated",
    EventType.LOG_EXPORTED: "exported",
    EventType.LOG_STAMP_ASKED: "anchored",
}


class Keys(Protocol):
    """What the log needs of the keychain."""

    @property
    def exists(self) -> bool: ...
    @property
    def can_sign(self) -> bool: ...
    @property
    def public(self) -> bytes: ...
    @property
    def seal_public(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LogState:
    """The log after its last commit. `signed` is the size that the newest signature covers."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    signed: int = 0
    note: str = ""


class Growth:
    """The leaves of one commit as they are written, and the tree as they grow it."""

    def __init__(self, connection: sqlite3.Connection, keys: Keys, inst: str) -> None:
        self._connection = connection
        self._inst = inst
        self._seal_public = _seal_public(keys)
        self._head = LogReader(connection).head
        self._frontier = Frontier.of_bytes(self._head.size, self._head.frontier)
        self._at = now_ms()

    def add(self, event: Event, committed: Committed) -> int:
        """Writes the event's leaf; its index."""
        actor = self._actor(event.actor)
        idx = self._frontier.size
        leaf = Leaf(event.type.value, self._at, self._inst, actor, event.facts)
        if event.case_id:
            seq, previous = self._last_of_case(event.case_id)
            leaf = replace(leaf, case_id=event.case_id, case_seq=seq + 1, case_prev=previous)
        if committed.commitments and self._seal_public is not None:
            leaf = replace(leaf, commitments=committed.commitments)
            key = event.case_id or leaf_day(self._at)
            seal_opening(self._connection, self._seal_public, idx, key, committed.opening)
        self._write(idx, bytes(leaf))
        self._note_key(event, idx)
        if event.case_id:
            self._connection.execute(
                "INSERT INTO log_case_entries (case_id, case_seq, idx) VALUES (?, ?, ?)",
                (leaf.case_id, leaf.case_seq, idx),
            )
        return idx

    def finish(self, signers: Sequence[tuple[bytes, Sign]], types: Sequence[EventType]) -> LogState:
        """Writes the new head, signed by each of `signers`; where one is locked, the older note stays.

        Keeps the signed head where it is the day's first, or is of a kind that is kept.
        """
        head, root = self._head, self._frontier.root
        note = head.note
        if signers:
            checkpoint = Checkpoint(head.origin, self._frontier.size, root)
            named = [(VerifierKey(head.origin, public), sign) for public, sign in signers]
            try:
                note = sign_checkpoint(checkpoint, *named).note
            except KeysLocked:
                if len(signers) > 1:
                    raise
        self._connection.execute(
            "UPDATE log_head SET size = ?, frontier = ?, note = ?",
            (self._frontier.size, bytes(self._frontier), note),
        )
        if note != head.note and (why := self._worth_keeping(types)):
            self._connection.execute(
                "INSERT INTO log_checkpoints (size, why, note) VALUES (?, ?, ?)",
                (self._frontier.size, why, note),
            )
        return state_of(Head(head.origin, self._frontier.size, bytes(self._frontier), note))

    def _worth_keeping(self, types: Sequence[EventType]) -> str:
        for type_, why in _KEPT.items():
            if type_ in types:
                return why
        (last,) = self._connection.execute("SELECT max(size) FROM log_checkpoints").fetchone()
        if last is None:
            return "daily"
        return (
            "daily" if LogReader(self._connection).time_of(last - 1) // DAY_MS != self._at // DAY_MS else ""
        )

    def _note_key(self, event: Event, idx: int) -> None:
        """Keeps the history of keys beside the log, for whoever verifies an older signature."""
        if event.type in (EventType.KEY_ROTATED, EventType.KEY_LOST):
            self._connection.execute(
                "UPDATE log_keys SET ended_at = ?, ended_by = ? WHERE ended_at IS NULL",
                (self._at, "rotated" if event.type is EventType.KEY_ROTATED else "lost"),
            )
        if event.type in (EventType.KEY_CREATED, EventType.KEY_ROTATED, EventType.KEY_LOST):
            public = read_vkey(str(event.facts["vkey"])).public
            self._connection.execute(
                "INSERT INTO log_keys (public, idx, at, ended_at, ended_by) VALUES (?, ?, ?, NULL, '')",
                (public, idx, self._at),
            )
        if event.type is EventType.KEY_REVOKED:
            for (public,) in self._connection.execute("SELECT public FROM log_keys").fetchall():
                if fingerprint(public) == event.facts["fingerprint"]:
                    self._connection.execute(
                        "UPDATE log_keys SET ended_at = coalesce(ended_at, ?), ended_by = 'revoked'"
                        " WHERE public = ?",
                        (self._at, public),
                    )

    def _write(self, idx: int, leaf: bytes) -> None:
        hashed = leaf_hash(leaf)
        self._connection.execute("INSERT INTO log_entries (idx, leaf) VALUES (?, ?)", (idx, leaf))
        (stored,) = self._connection.execute("SELECT leaf FROM log_entries WHERE idx = ?", (idx,)).fetchone()
        if leaf_hash(stored) != hashed:
            raise StoreError(
                f"Entry {idx} of the log reads back other than it was written: nothing was recorded.",
                "Test this machine's memory and disk.",
            )
        for level, index, node in self._frontier.append(hashed):
            if level % NODE_LEVELS == 0:
                self._connection.execute(
                    "INSERT INTO log_nodes (level, idx, hash) VALUES (?, ?, ?)", (level, index, node)
                )

    def _last_of_case(self, case_id: str) -> tuple[int, str]:
        row = self._connection.execute(
            "SELECT case_seq, leaf FROM log_case_entries JOIN log_entries USING (idx)"
            " WHERE case_id = ? ORDER BY case_seq DESC LIMIT 1",
            (case_id,),
        ).fetchone()
        return (0, "") if row is None else (row[0], base64.b64encode(leaf_hash(row[1])).decode())

    def _actor(self, actor: str) -> str:
        """The number under which the log knows a person or an API key; new ones are named first."""
        if actor == "bridge":
            return actor
        kind, _, name = actor.partition(":")
        kind = "key" if kind == "key" else "op"
        row = self._connection.execute(
            "SELECT id FROM log_actors WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        if row is not None:
            return f"{kind}:{row[0]}"
        number = self._connection.execute(
            "INSERT INTO log_actors (kind, name) VALUES (?, ?)", (kind, name)
        ).lastrowid
        who = f"{kind}:{number}"
        self.add(Event(EventType.ACTOR_NAMED, who, facts={"who": who}), commit_fields({"name": name}))
        return who


def _seal_public(keys: Keys) -> bytes | None:
    """None without keys, and while their files cannot be read: the log goes on without openings."""
    try:
        return keys.seal_public if keys.exists else None
    except KeysError:
        return None


def leaf_day(at: int) -> str:
    """The name of the group whose key seals what belongs to no case: the day, counted from 1970."""
    return f"day-{at // DAY_MS}"


def state_of(head: Head) -> LogState:
    signed = read_checkpoint(head.note).checkpoint.size if head.note else 0
    return LogState(head.origin, head.size, head.root, signed, head.note)
