"""What this bridge has put into banks of an HMA: noted before it is sent, numbered when it was answered.

HMA takes the same hash twice and lists no bank, so this is what knows. A content that was sent and never
answered may be there: its number is above `after`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, text

from bridge.catalogue import Bank
from bridge.signals import Signal, SignalType
from bridge.store import hma_tables as tables
from bridge.store.entries import SLICE


@dataclass(frozen=True, slots=True)
class Sent:
    """The signals of one content; `content_id` is HMA's number, None while it has not answered."""

    batch: str
    signals: tuple[Signal, ...]
    after: int
    content_id: int | None


def known(connection: Connection, bank: Bank, signals: Sequence[Signal]) -> set[Signal]:
    """Those of `signals` that were sent to the bank already."""
    statement = text(
        "SELECT 1 FROM hma_contents WHERE bank_id = :bank AND signal_type = :type AND value = :value"
    )
    return {
        signal
        for signal in signals
        if connection.scalar(statement, {"bank": bank.id, "type": signal.type.value, "value": signal.value})
    }


def note_sending(connection: Connection, bank: Bank, contents: Mapping[str, Sequence[Signal]]) -> None:
    """Before they are sent: contents by the name of their batch."""
    after = highest(connection)
    rows = [
        {
            "batch": batch,
            "bank_id": bank.id,
            "signal_type": signal.type.value,
            "value": signal.value,
            "after": after,
        }
        for batch, signals in contents.items()
        for signal in signals
    ]
    if rows:
        connection.execute(insert(tables.hma_contents), rows)


def note_answers(connection: Connection, answers: Mapping[str, int]) -> int:
    """The numbers that HMA gave, by batch; how many signals these are."""
    numbered = text("UPDATE hma_contents SET content_id = :id WHERE batch = :batch AND content_id IS NULL")
    return sum(
        connection.execute(numbered, {"id": content_id, "batch": batch}).rowcount
        for batch, content_id in answers.items()
    )


def take_back(connection: Connection, batches: Sequence[str]) -> None:
    """They were not sent after all."""
    for batch in batches:
        connection.execute(
            text("DELETE FROM hma_contents WHERE batch = :batch AND content_id IS NULL"), {"batch": batch}
        )


def highest(connection: Connection) -> int:
    """The highest number that HMA is known to have given."""
    return connection.scalar(text("SELECT max(content_id) FROM hma_contents")) or 0


def unanswered(connection: Connection, bank: Bank) -> list[Sent]:
    return _sent(connection, "bank_id = :bank AND content_id IS NULL", {"bank": bank.id})


def with_signal(connection: Connection, bank: Bank, signal: Signal) -> list[Sent]:
    """The content that was sent with this signal, none where there is none."""
    batch = connection.scalar(
        text(
            "SELECT batch FROM hma_contents WHERE bank_id = :bank AND signal_type = :type AND value = :value"
        ),
        {"bank": bank.id, "type": signal.type.value, "value": signal.value},
    )
    return _sent(connection, "batch = :batch", {"batch": batch}) if batch else []


def with_number(connection: Connection, bank: Bank, content_id: int) -> list[Sent]:
    return _sent(connection, "bank_id = :bank AND content_id = :id", {"bank": bank.id, "id": content_id})


def ends(connection: Connection, bank: Bank) -> list[Sent]:
    """The contents with the lowest and with the highest number."""
    return _sent(
        connection,
        "bank_id = :bank AND content_id IN ((SELECT min(content_id) FROM hma_contents WHERE bank_id = :bank),"
        " (SELECT max(content_id) FROM hma_contents WHERE bank_id = :bank))",
        {"bank": bank.id},
    )


def forget(connection: Connection, batches: Sequence[str]) -> int:
    """Contents that are not in HMA any more; how many signals these were."""
    gone = text("DELETE FROM hma_contents WHERE batch = :batch")
    return sum(connection.execute(gone, {"batch": batch}).rowcount for batch in batches)


def forget_bank(connection: Connection, bank: Bank) -> int:
    """The same of all that was sent to the bank."""
    return connection.execute(
        text("DELETE FROM hma_contents WHERE bank_id = :bank"), {"bank": bank.id}
    ).rowcount


def has_orphans(connection: Connection) -> bool:
    """Whether there is something of banks that were deleted."""
    return bool(
        connection.scalar(
            text("SELECT 1 FROM hma_contents WHERE bank_id NOT IN (SELECT id FROM banks) LIMIT 1")
        )
    )


def purge_orphans(connection: Connection) -> int:
    """Forgets one slice of these: their values are no longer to be kept."""
    return connection.execute(
        text(
            "DELETE FROM hma_contents WHERE id IN (SELECT id FROM hma_contents"
            " WHERE bank_id NOT IN (SELECT id FROM banks) LIMIT :slice)"
        ),
        {"slice": SLICE},
    ).rowcount


def not_sent(
    connection: Connection, bank: Bank, types: Sequence[SignalType], after: int, limit: int
) -> dict[int, Signal]:
    """The next entries of an own bank, above id `after` and of these types, that HMA has not."""
    rows = connection.execute(
        text(
            "SELECT id, signal_type, value, quality FROM entries"
            " WHERE bank_id = :bank AND signal_type IN :types AND id > :after"
            " AND NOT EXISTS (SELECT 1 FROM hma_contents WHERE hma_contents.bank_id = :bank"
            " AND hma_contents.signal_type = entries.signal_type AND hma_contents.value = entries.value)"
            " ORDER BY id LIMIT :limit"
        ).bindparams(bindparam("types", expanding=True)),
        {
            "bank": bank.id,
            "types": [each.value for each in types],
            "after": after,
            "limit": limit,
        },
    )
    return {row.id: Signal(SignalType(row.signal_type), row.value, row.quality) for row in rows}


def left_the_bank(connection: Connection, bank: Bank, limit: int) -> list[Sent]:
    """Contents that mirror entries which an own bank has no longer."""
    return _sent(
        connection,
        "batch IN (SELECT batch FROM hma_contents WHERE bank_id = :bank"
        " AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.bank_id = :bank"
        " AND entries.signal_type = hma_contents.signal_type AND entries.value = hma_contents.value)"
        " LIMIT :limit)",
        {"bank": bank.id, "limit": limit},
    )


def count_left(connection: Connection, bank: Bank, types: Sequence[SignalType]) -> tuple[int, int]:
    """Entries of an own bank that HMA has not yet, and those of types that HMA does not hold."""
    counts = connection.execute(
        text("SELECT signal_type, n FROM entry_counts WHERE bank_id = :bank"), {"bank": bank.id}
    )
    held = others = 0
    for row in counts:
        if SignalType(row.signal_type) in types:
            held += row.n
        else:
            others += row.n
    sent = connection.scalar(
        text("SELECT count(*) FROM hma_contents WHERE bank_id = :bank"), {"bank": bank.id}
    )
    return max(held - (sent or 0), 0), others


def _sent(connection: Connection, where: str, values: Mapping[str, object]) -> list[Sent]:
    rows = connection.execute(
        text(
            "SELECT batch, signal_type, value, after, content_id FROM hma_contents"
            f" WHERE {where} ORDER BY batch, id"
        ),
        dict(values),
    )
    found: dict[str, Sent] = {}
    for row in rows:
        signal = Signal(SignalType(row.signal_type), row.value)
        before = found[row.batch].signals if row.batch in found else ()
        found[row.batch] = Sent(row.batch, (*before, signal), row.after, row.content_id)
    return list(found.values())
