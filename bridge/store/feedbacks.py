"""What owners of lists are told of their entries, in the store: planned with a decision, read when told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, text

from bridge.catalogue import Category
from bridge.signals import Signal, SignalType
from bridge.store.feedback_tables import feedbacks


class Opinion(StrEnum):
    """What was decided here of a match of the entry."""

    CONFIRMED = "confirmed"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that files of a case match, as a list that is connected has it."""

    exchange_id: int
    list: str
    kind: str
    settings: Mapping[str, str]
    key: str
    entry_id: int
    bank_id: int
    bank: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One to tell. `signal` is None where the entry is there no more, `kind` '' where the list is not."""

    list: str
    kind: str
    settings: Mapping[str, str]
    key: str
    opinion: Opinion
    signal: Signal | None = field(repr=False)


def matched_entries(connection: Connection, uploads: Sequence[str], category: Category) -> list[Listed]:
    """Those of connected lists that these uploads match in this category; each key of each list once."""
    if not uploads:
        return []
    rows = connection.execute(_MATCHED, {"uploads": list(uploads), "category": category.value})
    return [Listed(row[0], row[1], row[2], json.loads(row[3]), *row[4:]) for row in rows]


def was_told(connection: Connection, listed: Listed, opinion: Opinion) -> bool:
    """Whether this is the last that its owner was told of it, or will be."""
    newest: str | None = connection.scalar(
        text(
            "SELECT opinion FROM feedbacks JOIN actions ON actions.id = action_id"
            " WHERE exchange_id = :exchange AND key = :key AND state IN ('planned', 'running', 'confirmed')"
            " ORDER BY action_id DESC LIMIT 1"
        ),
        {"exchange": listed.exchange_id, "key": listed.key},
    )
    return newest == opinion.value


def insert_feedback(connection: Connection, action_key: str, listed: Listed, opinion: Opinion) -> None:
    """To the action of this idempotency key."""
    statement = text("SELECT id FROM actions WHERE idempotency_key = :key")
    action_id = connection.scalar(statement, {"key": action_key})
    connection.execute(
        insert(feedbacks),
        {
            "action_id": action_id,
            "exchange_id": listed.exchange_id,
            "key": listed.key,
            "entry_id": listed.entry_id,
            "opinion": opinion.value,
        },
    )


def read_feedback(connection: Connection, action_id: int) -> Feedback | None:
    """What the action tells, as things are now."""
    row = connection.execute(_ONE, {"id": action_id}).first()
    if row is None:
        return None
    signal = None
    if row.value is not None:
        signal = Signal(SignalType(row.signal_type), bytes(row.value), row.quality)
    settings = json.loads(row.settings) if row.settings else {}
    return Feedback(row.name or "", row.kind or "", settings, row.key, Opinion(row.opinion), signal)


_MATCHED = text(
    "SELECT DISTINCT exchanges.id, exchanges.name, exchanges.kind, exchanges.settings, exchange_entries.key,"
    " matches.entry_id, matches.bank_id, matches.bank FROM matches"
    " JOIN exchange_entries ON exchange_entries.entry_id = matches.entry_id"
    " JOIN exchanges ON exchanges.id = exchange_entries.exchange_id"
    " WHERE upload_id IN :uploads AND category = :category AND role = 'block' AND cancelled_by = ''"
    " ORDER BY exchanges.id, matches.entry_id, exchange_entries.key"
).bindparams(bindparam("uploads", expanding=True))
_ONE = text(
    "SELECT feedbacks.key, opinion, exchanges.name, exchanges.kind, exchanges.settings, signal_type, value,"
    " quality FROM feedbacks LEFT JOIN exchanges ON exchanges.id = feedbacks.exchange_id"
    " LEFT JOIN exchange_entries ON exchange_entries.exchange_id = feedbacks.exchange_id"
    "  AND exchange_entries.key = feedbacks.key AND exchange_entries.entry_id = feedbacks.entry_id"
    " LEFT JOIN entries ON entries.id = exchange_entries.entry_id WHERE action_id = :id"
)
"""An entry that its owner withdrew, or lists under this key no more, has no value any more."""
