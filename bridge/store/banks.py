"""Banks in the store: statements on a connection, values in and out."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, RowMapping, insert, text

from bridge.catalogue import Bank, Category, Mode, OnMatch, Role
from bridge.errors import Conflict, NotFound
from bridge.records import BankRecord
from bridge.signals import SignalType
from bridge.store import tables
from bridge.store.exchanges import exchange_of_bank
from bridge.uploads import now_ms


def insert_bank(connection: Connection, bank: Bank) -> Bank:
    """Raises Conflict where the name is taken, in whatever case."""
    if connection.scalar(text("SELECT 1 FROM banks WHERE name = :name"), {"name": bank.name}):
        raise Conflict(f"A bank named {bank.name} exists already.", "Choose another name.")
    now = now_ms()
    row = connection.execute(
        insert(tables.banks).values(
            name=bank.name,
            category=bank.category.value,
            role=bank.role.value,
            on_match=bank.on_match.value,
            mode=bank.mode.value,
            threshold=bank.threshold,
            description=bank.description,
            takes_poor_quality=int(bank.takes_poor_quality),
            origin=bank.origin,
            created_at=now,
            updated_at=now,
        )
    )
    assert row.inserted_primary_key is not None
    return replace(bank, id=int(row.inserted_primary_key[0]))


def find_bank(connection: Connection, name: str) -> Bank:
    """Raises NotFound."""
    row = (
        connection.execute(text("SELECT * FROM banks WHERE name = :name"), {"name": name}).mappings().first()
    )
    if row is None:
        raise NotFound(f"There is no bank named {name[:64]!r}.", "`hma-console bank list` names them all.")
    return _bank(row)


def require_bank(connection: Connection, bank: Bank) -> None:
    """Raises NotFound where the bank was deleted meanwhile."""
    if not connection.scalar(text("SELECT 1 FROM banks WHERE id = :id"), {"id": bank.id}):
        raise NotFound(f"The bank {bank.name} was deleted meanwhile.")


def all_banks(connection: Connection) -> list[Bank]:
    return [_bank(row) for row in connection.execute(text("SELECT * FROM banks ORDER BY id")).mappings()]


def made_at(connection: Connection, origin: str) -> dict[str, int]:
    """When each bank of that origin was made here, by its name, in milliseconds."""
    made = text("SELECT name, created_at FROM banks WHERE origin = :origin ORDER BY id")
    return {row.name: row.created_at for row in connection.execute(made, {"origin": origin})}


def filled_block_banks(connection: Connection) -> list[Bank]:
    """The block banks that have an entry: only with these can an upload be compared. With the self-test's."""
    return [
        _bank(row)
        for row in connection.execute(
            text(
                "SELECT * FROM banks WHERE role = 'block'"
                " AND EXISTS (SELECT 1 FROM entry_counts WHERE bank_id = banks.id AND n > 0) ORDER BY id"
            )
        ).mappings()
    ]


def bank_records(connection: Connection, name: str | None = None) -> list[BankRecord]:
    """All banks but the self-test's with their counts, or the one of that name. Raises NotFound."""
    listed = [bank for bank in all_banks(connection) if not bank.is_self_test]
    banks = listed if name is None else [find_bank(connection, name)]
    counts: dict[int, dict[SignalType, int]] = {}
    for row in connection.execute(text("SELECT bank_id, signal_type, n FROM entry_counts WHERE n > 0")):
        counts.setdefault(row.bank_id, {})[SignalType(row.signal_type)] = row.n
    hits = text("SELECT count(DISTINCT upload_id) FROM matches WHERE bank_id = :id")
    times = text("SELECT created_at, updated_at FROM banks WHERE id = :id")
    return [
        BankRecord(
            bank,
            counts.get(bank.id, {}),
            connection.scalar(hits, {"id": bank.id}) or 0,
            *connection.execute(times, {"id": bank.id}).one(),
        )
        for bank in banks
    ]


def touch(connection: Connection, bank: Bank) -> None:
    """It was changed just now."""
    connection.execute(
        text("UPDATE banks SET updated_at = :now WHERE id = :id"), {"now": now_ms(), "id": bank.id}
    )


def delete_bank(connection: Connection, name: str) -> Bank:
    """From this commit on the bank matches nothing. Its entries follow by `purge_orphans`.

    Raises NotFound, and Conflict where a list of somebody else's fills it.
    """
    bank = find_bank(connection, name)
    if filled_by := exchange_of_bank(connection, bank.id):
        raise Conflict(
            f"The list {filled_by} fills this bank.",
            f"Remove the list first: `hma-console lists remove {filled_by}`.",
        )
    connection.execute(text("DELETE FROM banks WHERE id = :id"), {"id": bank.id})
    return bank


def _bank(row: RowMapping) -> Bank:
    return Bank(
        id=row["id"],
        name=row["name"],
        category=Category(row["category"]),
        role=Role(row["role"]),
        on_match=OnMatch(row["on_match"]),
        mode=Mode(row["mode"]),
        threshold=row["threshold"],
        description=row["description"],
        takes_poor_quality=bool(row["takes_poor_quality"]),
        origin=row["origin"],
    )
