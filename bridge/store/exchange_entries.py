"""The entries of a list of somebody else's: each page of it as one change of its bank.

An entry may be there for several reasons: keys of this list, those of another list that fills the
same bank, somebody's hand. It goes with the last of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from bridge.errors import NotFound
from bridge.signals import Signal
from bridge.store.entries import SLICE, newest_entry
from bridge.uploads import now_ms


@dataclass(frozen=True, slots=True)
class Listed:
    """A signal as a list has it."""

    key: str
    signal: Signal = field(repr=False)
    label: str


@dataclass(frozen=True, slots=True)
class PageOfList:
    """What a page names: every key of it, and the signals of those that were not withdrawn."""

    keys: Sequence[str]
    listed: Sequence[Listed] = field(repr=False)
    checkpoint: str
    unread: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """How many entries a bank gained and lost."""

    added: int
    removed: int


def take_page(connection: Connection, exchange_id: int, page: PageOfList) -> Changed:
    """Makes the bank follow a page, and keeps its checkpoint. Raises NotFound where the list was removed.

    The page goes into tables of this connection first; SQLite then works for itself, in the order of
    its indexes, instead of asking Python for every row.
    """
    state = connection.execute(
        text(
            "SELECT bank_id, listing FROM exchanges JOIN exchange_states ON exchange_id = id"
            " WHERE id = :id AND EXISTS (SELECT 1 FROM banks WHERE banks.id = bank_id)"
        ),
        {"id": exchange_id},
    ).first()
    if state is None:
        raise NotFound("The list, or its bank, was removed meanwhile.")
    _load(connection, page)
    known = {"exchange": exchange_id, "bank": state.bank_id, "listing": state.listing, "now": now_ms()}
    known["newest"] = newest_entry(connection)
    connection.execute(_FORMERLY, known)
    added = connection.execute(_MISSING, known).rowcount
    if added < len(page.listed):
        connection.execute(_KEEP_BY_HAND, known)
    if added:
        connection.execute(_ADD_ENTRIES, known)
    connection.execute(_ADD_KEYS, known)
    if added and connection.execute(_PICTURES, known).rowcount:
        connection.execute(_GATHER_PICTURES)
    removed = 0
    if connection.execute(_GONE, known).rowcount:
        connection.execute(_REMOVE_KEYS, known)
        removed = _remove_entries(connection)
    connection.execute(
        text(
            "UPDATE exchange_states SET checkpoint = :checkpoint, withdrawing = :withdrawing,"
            " unread = unread + :unread, changes_read = changes_read + :read WHERE exchange_id = :exchange"
        ),
        {
            "exchange": exchange_id,
            "checkpoint": page.checkpoint,
            "withdrawing": int(page.complete),
            "unread": page.unread,
            "read": len(page.keys),
        },
    )
    return _touched(connection, state.bank_id, Changed(added, removed))


def withdraw_unnamed(connection: Connection, exchange_id: int, after: str) -> tuple[Changed, str | None]:
    """Looks through the next keys after `after` for what a complete listing did not name.

    How the bank changed, and the last key seen, None at the end.
    """
    state = connection.execute(
        text(
            "SELECT bank_id, listing FROM exchanges JOIN exchange_states ON exchange_id = id WHERE id = :id"
        ),
        {"id": exchange_id},
    ).first()
    if state is None:
        raise NotFound("The list was removed meanwhile.")
    known = {"exchange": exchange_id, "after": after, "listing": state.listing, "slice": SLICE}
    last: str | None = connection.scalar(_LAST_OF_SLICE, known)
    if last is None:
        return Changed(0, 0), None
    _make_tables(connection)
    connection.execute(_UNNAMED, {**known, "last": last})
    connection.execute(_REMOVE_KEYS, known)
    removed = _remove_entries(connection)
    return _touched(connection, state.bank_id, Changed(0, removed)), last


def has_removed(connection: Connection) -> bool:
    """Whether there is a list that was removed, with what is left of its keys."""
    return connection.scalar(_OLDEST_REMOVED) is not None


def purge_removed(connection: Connection) -> int:
    """Takes one slice of what only a removed list had out of its bank; how many entries these were."""
    _make_tables(connection)
    known = {"exchange": connection.scalar(_OLDEST_REMOVED), "slice": SLICE}
    if not connection.execute(_NEXT_KEYS, known).rowcount:
        connection.execute(text("DELETE FROM exchange_states WHERE exchange_id = :exchange"), known)
        return 0
    connection.execute(_REMOVE_KEYS, known)
    return _remove_entries(connection)


def _remove_entries(connection: Connection) -> int:
    """Those whose last key went; how many. Without any, `entries` is not even named: no event tells of it."""
    connection.execute(_STILL_THERE)
    if not connection.scalar(text("SELECT 1 FROM gone LIMIT 1")):
        return 0
    return connection.execute(_REMOVE_ENTRIES).rowcount


def _load(connection: Connection, page: PageOfList) -> None:
    _make_tables(connection)
    if page.keys:
        connection.exec_driver_sql("INSERT INTO named VALUES (?)", [(key,) for key in page.keys])
    rows = [
        (each.key, each.signal.type.value, each.signal.value, each.signal.quality, each.label)
        for each in page.listed
    ]
    if rows:
        connection.exec_driver_sql("INSERT OR IGNORE INTO incoming VALUES (?, ?, ?, ?, ?)", rows)


def _make_tables(connection: Connection) -> None:
    """They belong to this connection alone, and are emptied before each use."""
    for name, columns in _TABLES.items():
        connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}) WITHOUT ROWID")
        connection.exec_driver_sql(f"DELETE FROM {name}")


def _touched(connection: Connection, bank_id: int, changed: Changed) -> Changed:
    if changed.added or changed.removed:
        connection.execute(
            text("UPDATE banks SET updated_at = :now WHERE id = :id"), {"now": now_ms(), "id": bank_id}
        )
    return changed


_TABLES = {
    "named": "key TEXT PRIMARY KEY",
    "incoming": "key TEXT, type TEXT, value BLOB, quality INTEGER, label TEXT,"
    " PRIMARY KEY (key, type, value)",
    "missing": "type TEXT, value BLOB, quality INTEGER, PRIMARY KEY (value, type)",
    "formerly": "key TEXT, entry_id INTEGER, PRIMARY KEY (key, entry_id)",
    "pictures": "entry_id INTEGER PRIMARY KEY, content INTEGER",
    "gone": "key TEXT, entry_id INTEGER, PRIMARY KEY (key, entry_id)",
}

_FORMERLY = text(
    "INSERT INTO formerly SELECT named.key, entry_id FROM named CROSS JOIN exchange_entries"
    " ON exchange_id = :exchange AND exchange_entries.key = named.key"
)
_MISSING = text(
    "INSERT OR IGNORE INTO missing SELECT type, value, quality FROM incoming WHERE NOT EXISTS ("
    " SELECT 1 FROM entries WHERE entries.value = incoming.value AND signal_type = type"
    " AND bank_id = :bank)"
)
_ADD_ENTRIES = text(
    "INSERT INTO entries (bank_id, signal_type, value, quality, added_at)"
    " SELECT :bank, type, value, quality, :now FROM missing ORDER BY value"
)
_KEEP_BY_HAND = text(
    "INSERT INTO exchange_entries (exchange_id, key, entry_id, label, listing)"
    " SELECT DISTINCT 0, '', entries.id, '', 0 FROM incoming CROSS JOIN entries"
    " ON entries.value = incoming.value AND signal_type = type AND +bank_id = :bank"
    " WHERE +entries.id <= :newest"
    " AND NOT EXISTS (SELECT 1 FROM exchange_entries WHERE entry_id = entries.id)"
)
"""What was there for no list's sake stays when the list withdraws it. The signs keep SQLite to the index by
value: by bank it would read all of it for each row."""
_ADD_KEYS = text(
    "INSERT INTO exchange_entries (exchange_id, key, entry_id, label, listing)"
    " SELECT :exchange, incoming.key, entries.id, incoming.label, :listing FROM incoming CROSS JOIN entries"
    " ON entries.value = incoming.value AND signal_type = type AND bank_id = :bank WHERE true"
    " ON CONFLICT DO UPDATE SET label = excluded.label, listing = excluded.listing"
)
_PICTURES = text(
    "INSERT OR IGNORE INTO pictures SELECT y.entry_id, picture.content FROM ("
    "  SELECT x.key, min(coalesce(e.content_id, e.id)) AS content FROM"
    "   (SELECT key FROM incoming GROUP BY key HAVING count(*) > 1) AS several"
    "   CROSS JOIN exchange_entries AS x ON x.exchange_id = :exchange AND x.key = several.key"
    "   CROSS JOIN entries AS e ON e.id = x.entry_id GROUP BY x.key) AS picture"
    " CROSS JOIN exchange_entries AS y ON y.exchange_id = :exchange AND y.key = picture.key"
    " WHERE y.entry_id <> picture.content"
)
_GATHER_PICTURES = text(
    "UPDATE entries SET content_id = (SELECT content FROM pictures WHERE entry_id = entries.id)"
    " WHERE id IN (SELECT entry_id FROM pictures) AND content_id IS NULL"
)
"""The signals of one key are those of one picture: one content, as if it had been added by hand."""
_GONE = text(
    "INSERT INTO gone SELECT formerly.key, formerly.entry_id FROM formerly WHERE NOT EXISTS ("
    " SELECT 1 FROM entries CROSS JOIN incoming ON incoming.key = formerly.key"
    " AND incoming.type = entries.signal_type AND incoming.value = entries.value"
    " WHERE entries.id = formerly.entry_id)"
)
_UNNAMED = text(
    "INSERT INTO gone SELECT key, entry_id FROM exchange_entries"
    " WHERE exchange_id = :exchange AND key > :after AND key <= :last AND listing < :listing"
)
_REMOVE_KEYS = text(
    "DELETE FROM exchange_entries WHERE exchange_id = :exchange"
    " AND (key, entry_id) IN (SELECT key, entry_id FROM gone)"
)
_STILL_THERE = text(
    "DELETE FROM gone WHERE EXISTS"
    " (SELECT 1 FROM exchange_entries WHERE exchange_entries.entry_id = gone.entry_id)"
)
_REMOVE_ENTRIES = text("DELETE FROM entries WHERE id IN (SELECT entry_id FROM gone)")
_LAST_OF_SLICE = text(
    "SELECT max(key) FROM (SELECT key FROM exchange_entries"
    " WHERE exchange_id = :exchange AND key > :after ORDER BY key LIMIT :slice)"
)
_OLDEST_REMOVED = text(
    "SELECT exchange_id FROM exchange_states WHERE exchange_id NOT IN (SELECT id FROM exchanges) LIMIT 1"
)
_NEXT_KEYS = text(
    "INSERT INTO gone SELECT key, entry_id FROM exchange_entries WHERE exchange_id = :exchange LIMIT :slice"
)
