"""The entries of banks in the store: up to ten million, found by their values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, text

from bridge.catalogue import Bank
from bridge.errors import NotFound
from bridge.signals import Signal, SignalType
from bridge.store import tables
from bridge.store.banks import all_banks, require_bank, touch
from bridge.uploads import now_ms

SLICE = 20_000
"""Rows of a very large deletion taken in one transaction, so that nobody waits long for the writer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A signal in a bank; `content_id` gathers the signals of one picture."""

    id: int
    bank: Bank
    content_id: int
    signal: Signal
    against: int | None


def has_orphans(connection: Connection) -> bool:
    """Whether there are entries that have lost their bank."""
    return bool(
        connection.scalar(
            text("SELECT 1 FROM entry_counts WHERE n > 0 AND bank_id NOT IN (SELECT id FROM banks) LIMIT 1")
        )
    )


def purge_orphans(connection: Connection) -> int:
    """Removes one slice of the entries that have lost their bank; how many these were."""
    return connection.execute(
        text(
            "DELETE FROM entries WHERE id IN (SELECT entries.id FROM entries LEFT JOIN banks"
            " ON banks.id = entries.bank_id WHERE banks.id IS NULL LIMIT :slice)"
        ),
        {"slice": SLICE},
    ).rowcount


def add_content(
    connection: Connection,
    bank: Bank,
    signals: Sequence[Signal],
    metadata: Mapping[str, object] | None = None,
    against: int | None = None,
) -> tuple[int, int]:
    """Adds the signals of one picture; (content id, how many were new).

    What the bank has already stays as it is; the content id is then that of the oldest it has.
    """
    require_bank(connection, bank)
    now, added, content_id = now_ms(), 0, None
    known = [_entry_content(connection, bank, signal) for signal in signals]
    content_id = min((found for found in known if found is not None), default=None)
    for signal, found in zip(signals, known, strict=True):
        if found is not None:
            keep_by_hand(connection, bank, [signal])
            continue
        row = connection.execute(
            insert(tables.entries).values(
                bank_id=bank.id,
                content_id=content_id,
                signal_type=signal.type.value,
                value=signal.value,
                quality=signal.quality,
                against=against,
                metadata=json.dumps(dict(metadata)) if metadata else None,
                added_at=now,
            )
        )
        assert row.inserted_primary_key is not None
        content_id = content_id or int(row.inserted_primary_key[0])
        added += 1
    if added:
        touch(connection, bank)
    return content_id or 0, added


def allow_against(connection: Connection, bank: Bank, signal: Signal, against: int) -> int | None:
    """Adds an entry of an allow bank against one block entry, a content of its own; its id if it is new."""
    row = connection.execute(
        insert(tables.entries)
        .prefix_with("OR IGNORE")
        .values(
            bank_id=bank.id,
            content_id=None,
            signal_type=signal.type.value,
            value=signal.value,
            quality=signal.quality,
            against=against,
            metadata=None,
            added_at=now_ms(),
        )
    )
    if not row.rowcount:
        return None
    touch(connection, bank)
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def add_entries(connection: Connection, bank: Bank, signals: Sequence[Signal]) -> int:
    """Adds many signals, each a content of its own; how many were new. After `keep_by_hand`.

    One statement a type, its hashes end to end, in the order of the index they go into: SQLite then
    works for itself instead of asking Python for every row.
    """
    require_bank(connection, bank)
    added = 0
    for signal_type in SignalType:
        rows = sorted(
            ((signal.value, signal.quality) for signal in signals if signal.type is signal_type),
            key=lambda row: row[0],
        )
        if rows:
            added += connection.exec_driver_sql(
                "INSERT OR IGNORE INTO entries (bank_id, signal_type, value, quality, added_at)"
                " SELECT ?, ?, substr(?, 1 + key * ?, ?), value, ? FROM json_each(?)",
                (
                    bank.id,
                    signal_type.value,
                    b"".join(value for value, _ in rows),
                    signal_type.size,
                    signal_type.size,
                    now_ms(),
                    json.dumps([quality for _, quality in rows]),
                ),
            ).rowcount
    if added:
        touch(connection, bank)
    return added


def remove_signal(connection: Connection, bank: Bank, signal: Signal) -> int:
    removed = connection.execute(
        text("DELETE FROM entries WHERE bank_id = :bank AND signal_type = :type AND value = :value"),
        {"bank": bank.id, "type": signal.type.value, "value": signal.value},
    ).rowcount
    if removed:
        touch(connection, bank)
    return removed


def remove_content(connection: Connection, bank: Bank, content_id: int) -> int:
    """Raises NotFound where the bank has no such content."""
    removed = connection.execute(
        text(
            "DELETE FROM entries WHERE bank_id = :bank"
            " AND (content_id = :content OR (id = :content AND content_id IS NULL))"
        ),
        {"bank": bank.id, "content": content_id},
    ).rowcount
    if not removed:
        raise NotFound(f"Bank {bank.name} has no content {content_id}.")
    touch(connection, bank)
    return removed


def entries_with(connection: Connection, wanted: Sequence[tuple[SignalType, bytes]]) -> list[Entry]:
    """The entries of all banks that have one of these very values."""
    banks = {bank.id: bank for bank in all_banks(connection)}
    found = []
    for at in range(0, len(wanted), _VALUES_AT_ONCE):
        some = set(wanted[at : at + _VALUES_AT_ONCE])
        for row in connection.execute(_ENTRIES_WITH, {"values": [value for _, value in some]}):
            bank, signal_type = banks.get(row.bank_id), SignalType(row.signal_type)
            if bank and (signal_type, row.value) in some:
                signal = Signal(signal_type, row.value, row.quality)
                found.append(Entry(row.id, bank, row.content_id, signal, row.against))
    return found


_VALUES_AT_ONCE = 500
_ENTRIES_WITH = text(
    "SELECT id, bank_id, coalesce(content_id, id) AS content_id, signal_type, value, quality, against"
    " FROM entries WHERE value IN :values ORDER BY id"
).bindparams(bindparam("values", expanding=True))


def newest_entry(connection: Connection) -> int:
    """The highest id any entry ever had."""
    return connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")) or 0


def pdq_after(connection: Connection, after: int, limit: int) -> tuple[bytes, int]:
    """The PDQ hashes of the next `limit` entries above id `after`, end to end, and the last one's id."""
    rows = connection.exec_driver_sql(
        "SELECT id, value FROM entries WHERE id > ? AND signal_type = 'pdq' ORDER BY id LIMIT ?",
        (after, limit),
    ).all()
    return b"".join(row[1] for row in rows), rows[-1][0] if rows else after


def count_of_pdq(connection: Connection) -> int:
    """How many entries are PDQ hashes."""
    return connection.scalar(text("SELECT sum(n) FROM entry_counts WHERE signal_type = 'pdq'")) or 0


def page_of_entries(connection: Connection, bank: Bank, after: int, limit: int) -> list[tuple[int, Signal]]:
    """The next entries of a bank by id, for an export in pages."""
    rows = connection.execute(
        text(
            "SELECT id, signal_type, value, quality FROM entries"
            " WHERE bank_id = :bank AND id > :after ORDER BY id LIMIT :limit"
        ),
        {"bank": bank.id, "after": after, "limit": limit},
    )
    return [(row.id, Signal(SignalType(row.signal_type), row.value, row.quality)) for row in rows]


def _entry_content(connection: Connection, bank: Bank, signal: Signal) -> int | None:
    found: int | None = connection.scalar(
        text(
            "SELECT coalesce(content_id, id) FROM entries"
            " WHERE bank_id = :bank AND signal_type = :type AND value = :value"
        ),
        {"bank": bank.id, "type": signal.type.value, "value": signal.value},
    )
    return found


def keep_by_hand(connection: Connection, bank: Bank, signals: Sequence[Signal]) -> None:
    """What a list of somebody else's brought, too, stays from now on when its owner withdraws it."""
    has_keys = connection.scalar(text("SELECT 1 FROM exchange_states LIMIT 1"))  # of lists removed, too
    if not (has_keys and signals):
        return
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO exchange_entries (exchange_id, key, entry_id, label, listing)"
        " SELECT 0, '', id, '', 0 FROM entries WHERE bank_id = ? AND signal_type = ? AND value = ?"
        " AND EXISTS (SELECT 1 FROM exchange_entries WHERE entry_id = entries.id)",
        [(bank.id, signal.type.value, signal.value) for signal in signals],
    )
