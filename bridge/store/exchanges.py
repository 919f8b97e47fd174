"""Lists of others in the store: which there are, how far each was read, and why it stands still."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, text

from bridge.errors import Conflict, NotFound
from bridge.store.exchange_tables import exchanges
from bridge.uploads import now_ms


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A list and its state. Times are milliseconds since 1970.

    `entries` counts what it holds by its owner's keys, `unread` what it has that cannot be compared
    here, `changes_read` what the sync that runs, or ran last, has read.
    """

    id: int
    name: str
    kind: str
    bank_id: int
    bank: str
    settings: Mapping[str, str]
    created_at: int
    checkpoint: str
    withdrawing: bool
    entries: int
    unread: int
    changes_read: int
    tried_at: int | None
    succeeded_at: int | None
    due_at: int
    failures: int
    fault: str
    remedy: str


def insert_exchange(
    connection: Connection, name: str, kind: str, bank_id: int, settings: Mapping[str, str]
) -> int:
    """Its id. Raises Conflict where the name is taken, in whatever case."""
    if connection.scalar(text("SELECT 1 FROM exchanges WHERE name = :name"), {"name": name}):
        raise Conflict(f"A list named {name} is connected already.", "Choose another name.")
    row = connection.execute(
        insert(exchanges).values(
            name=name, kind=kind, bank_id=bank_id, settings=json.dumps(dict(settings)), created_at=now_ms()
        )
    )
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def find_exchange(connection: Connection, name: str) -> StoredExchange:
    """Raises NotFound."""
    row = connection.execute(text(f"{_ALL} WHERE exchanges.name = :name"), {"name": name}).first()
    if row is None:
        raise NotFound(f"No list named {name[:64]!r} is connected.", "`hma-console lists` names them all.")
    return _exchange(row)


def all_exchanges(connection: Connection) -> list[StoredExchange]:
    return [_exchange(row) for row in connection.execute(text(f"{_ALL} ORDER BY exchanges.id"))]


def exchange_of_bank(connection: Connection, bank_id: int) -> str | None:
    """The name of a list that fills this bank."""
    found: str | None = connection.scalar(
        text("SELECT name FROM exchanges WHERE bank_id = :bank ORDER BY id LIMIT 1"), {"bank": bank_id}
    )
    return found


def delete_exchange(connection: Connection, name: str) -> StoredExchange:
    """From this commit on nothing is read. What only this list had follows by `purge_removed`."""
    found = find_exchange(connection, name)
    connection.execute(text("DELETE FROM exchanges WHERE id = :id"), {"id": found.id})
    return found


def begin_sync(connection: Connection, id_: int) -> None:
    _set(connection, id_, "tried_at = :now, changes_read = 0", now=now_ms())


def begin_listing(connection: Connection, id_: int) -> None:
    """The list is read from its beginning, and what it does not name any more will be withdrawn."""
    _set(connection, id_, "checkpoint = '', listing = listing + 1, unread = 0, changes_read = 0")


def end_sync(connection: Connection, id_: int, due_at: int) -> None:
    _set(
        connection,
        id_,
        "succeeded_at = :now, due_at = :due, failures = 0, fault = '', remedy = ''",
        now=now_ms(),
        due=due_at,
    )


def fail_sync(connection: Connection, id_: int, fault: str, remedy: str, due_at: int) -> None:
    _set(
        connection,
        id_,
        "due_at = :due, failures = failures + 1, fault = :fault, remedy = :remedy",
        due=due_at,
        fault=fault,
        remedy=remedy,
    )


def end_withdrawal(connection: Connection, id_: int) -> None:
    _set(connection, id_, "withdrawing = 0, listing = listing + 1")


def _set(connection: Connection, id_: int, assignments: str, **values: object) -> None:
    """Raises NotFound where the list was removed meanwhile."""
    statement = text(f"UPDATE exchange_states SET {assignments} WHERE exchange_id = :id")
    if not connection.execute(statement, {"id": id_, **values}).rowcount:
        raise NotFound("The list was removed meanwhile.")


_ALL = (
    "SELECT exchanges.*, coalesce(banks.name, '') AS bank, exchange_states.* FROM exchanges"
    " JOIN exchange_states ON exchange_states.exchange_id = exchanges.id"
    " LEFT JOIN banks ON banks.id = exchanges.bank_id"
)


def _exchange(row: Row[tuple[object, ...]]) -> StoredExchange:
    values = row._mapping
    return StoredExchange(
        id=values["id"],
        name=values["name"],
        kind=values["kind"],
        bank_id=values["bank_id"],
        bank=values["bank"],
        settings=json.loads(values["settings"]),
        created_at=values["created_at"],
        checkpoint=values["checkpoint"],
        withdrawing=bool(values["withdrawing"]),
        entries=values["entries"],
        unread=values["unread"],
        changes_read=values["changes_read"],
        tried_at=values["tried_at"],
        succeeded_at=values["succeeded_at"],
        due_at=values["due_at"],
        failures=values["failures"],
        fault=values["fault"],
        remedy=values["remedy"],
    )
