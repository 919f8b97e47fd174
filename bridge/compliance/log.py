"""The compliance log: every change's events as leaves, in the transaction that makes the change.

The store calls `append` on its writer's thread, last thing before the commit. It hashes each leaf,
reads it back and hashes it again (a bit that flips between hashing and signing would make the log
unverifiable for ever), grows the tree, signs the new head. An error in any of it rolls the whole
transaction back: what cannot be logged does not happen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bridge.compliance import vocabulary
from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.growth import Growth, Keys, LogState, state_of
from bridge.compliance.notes import Sign
from bridge.compliance.openings import commit_fields, commit_uploads
from bridge.compliance.outside import OutsideCopy
from bridge.compliance.reading import LogReader
from bridge.compliance.start_check import check_at_start
from bridge.errors import LogDistrusted, LogError
from bridge.events import Event, EventType
from bridge.uploads import new_id
from bridge.verdicts import Verdict
from bridge.version import VERSION

_UPLOADS = (EventType.UPLOAD_RECORDED, EventType.UPLOAD_RECHECKED)


@dataclass(frozen=True, slots=True)
class NextKey:
    """The key a rotation changes to: it signs the head that covers the rotation, with the old one."""

    public: bytes
    sign: Sign


class ComplianceLog:
    """One store's log. `trouble` says why it is not trusted; nothing is written meanwhile."""

    def __init__(self, keys: Keys, outside: OutsideCopy) -> None:
        self._keys = keys
        self.outside = outside
        self.inst = new_id(8)
        self.state = self._pending = LogState()
        self.trouble: LogDistrusted | None = None
        self.next_key: NextKey | None = None

    def open(self, connection: sqlite3.Connection) -> None:
        """Begins the log, or checks what is there against itself and its outside copy."""
        if connection.execute("SELECT 1 FROM log_head").fetchone() is None:
            self._begin(connection)
        else:
            reader = LogReader(connection)
            try:
                self.state = self._pending = state_of(reader.head)
            except LogError as error:
                self.trouble = LogDistrusted(error.message)
            else:
                self.trouble = check_at_start(reader, self.outside.read(self.state.origin))

    def admit(self, events: Iterable[Event]) -> None:
        """Raises ValueError for an event that no leaf may say: then only its caller's change fails."""
        for event in events:
            vocabulary.check(event)
            canonical(_json(event.private))

    def append(self, connection: sqlite3.Connection, events: Sequence[Event]) -> Sequence[int]:
        """Makes the events of one commit leaves; the index of each one's.

        Raises LogDistrusted, StoreError, sqlite3.Error.
        """
        if self.trouble and not any(event.type is EventType.ROLLBACK_ACCEPTED for event in events):
            raise self.trouble
        growth = Growth(connection, self._keys, self.inst)
        batch = [event for event in events if _is_quiet(event)]
        entries = [
            -1 if _is_quiet(event) else growth.add(event, commit_fields(_json(event.private)))
            for event in events
        ]
        if batch:
            shared = growth.add(
                _batch_event(batch), commit_uploads([_upload_value(event) for event in batch])
            )
            entries = [shared if entry < 0 else entry for entry in entries]
        self._pending = growth.finish(self._signers(events), [event.type for event in events])
        return entries

    def committed(self) -> None:
        """The transaction is on disk: the new head may be told."""
        if self.trouble and self._pending.size > self.state.size:
            self.trouble = None
        self.state = self._pending
        if self.trouble:  # the outside copy is the witness against what is here
            return
        self.outside.tell(self.state.origin, self.state.size, self.state.root, self.state.note)

    def _begin(self, connection: sqlite3.Connection) -> None:
        origin = f"hma-console/{new_id()}"
        connection.execute(
            "INSERT INTO log_head (one, origin, size, frontier, note) VALUES (1, ?, 0, x'', '')", (origin,)
        )
        begun = Event(EventType.LOG_BEGUN, origin, facts={"origin": origin, "tool": VERSION})
        self.append(connection, [begun])

    def _signers(self, events: Sequence[Event]) -> list[tuple[bytes, Sign]]:
        signers: list[tuple[bytes, Sign]] = []
        if self.next_key and any(event.type is EventType.KEY_ROTATED for event in events):
            signers.append((self.next_key.public, self.next_key.sign))
        if self._keys.exists and self._keys.can_sign:
            signers.append((self._keys.public, self._keys.sign))
        return signers


def _is_quiet(event: Event) -> bool:
    """Whether it is an upload without a match: those of one commit share a leaf."""
    return event.type in _UPLOADS and event.facts["verdict"] != Verdict.MATCHED


def _batch_event(batch: Sequence[Event]) -> Event:
    verdicts = [event.facts["verdict"] for event in batch]
    counts: dict[str, str | int] = {
        verdict.value: verdicts.count(verdict.value) for verdict in Verdict if verdict is not Verdict.MATCHED
    }
    rechecked = sum(event.type is EventType.UPLOAD_RECHECKED for event in batch)
    facts = {"uploads": len(batch), **counts, "rechecked": rechecked}
    return Event(EventType.SCAN_BATCH, "", facts=facts)


def _upload_value(event: Event) -> Mapping[str, JSON]:
    return {"id": event.subject, "verdict": str(event.facts["verdict"]), **_json(event.private)}


def _json(private: Mapping[str, object]) -> Mapping[str, JSON]:
    """`admit` has seen that they are."""
    return cast("Mapping[str, JSON]", private)
