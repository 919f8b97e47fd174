"""What the store has for the time when a list grows: new entries, all that was seen, and how far it got.

Nothing is missed between the two. A run notes its `target`, the newest entry it is about, and then reads
what was recorded up to that commit; an upload that is recorded after it was either compared with all of
these entries, or is put down as late (`note_late`), in the transaction that records it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, text, update

from bridge.catalogue import Bank, Role
from bridge.signals import SignalType
from bridge.store import rematch_tables as tables
from bridge.store.banks import all_banks
from bridge.store.retries import upload_of
from bridge.uploads import Upload, now_ms


@dataclass(frozen=True, slots=True)
class Rematch:
    """A run or, where `target` equals `through`, the last one. Entries by id, signals by number.

    `entries`, and `found` in uploads, count over all runs since the first that found everything compared;
    it began at `began_at`. `ended_at` is 0 until everything is compared again.
    """

    through: int
    target: int
    done: int
    last: int
    entries: int
    found: int
    began_at: int
    ended_at: int

    @property
    def is_running(self) -> bool:
        return self.target > self.through


@dataclass(frozen=True, slots=True)
class NewEntries:
    """Of block banks, up to id `target`: their PDQ hashes end to end, and their exact ones."""

    target: int
    count: int
    pdq: bytes
    exact: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Former:
    """How an upload stands: what it was answered, with which banks it was compared, what it matches."""

    action: str
    banks: tuple[str, ...]
    entries: frozenset[int]


Seen = Row[tuple[int, bytes, bytes, bytes, bytes]]
"""Number, sha256, sha1, md5 and packed views of some bytes."""


def rematch_state(connection: Connection) -> Rematch:
    row = connection.execute(
        text("SELECT through, target, done, last, entries, found, began_at, ended_at FROM rematch")
    ).one()
    return Rematch(*row)


def is_compared(bank: Bank) -> bool:
    """Whether its new entries are. Who has what was taken down here is asked when it is taken down."""
    return bank.role is Role.BLOCK and not bank.is_memory and not bank.is_self_test


def new_entries(connection: Connection, after: int, target: int, limit: int) -> NewEntries:
    """Those above id `after` up to id `target`; where there are more than `limit`, the first of them."""
    banks = [bank.id for bank in all_banks(connection) if is_compared(bank)]
    rows = connection.exec_driver_sql(
        "SELECT id, signal_type, value FROM entries WHERE id > ? AND id <= ?"
        " AND bank_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
        (after, target, json.dumps(banks), limit),
    )
    pdq, exact, count, last = bytearray(), set(), 0, target
    for last, signal_type, value in rows:  # noqa: B007 - the last one's id is wanted
        count += 1
        if signal_type == SignalType.PDQ.value:
            pdq += value
        else:
            exact.add(value)
    return NewEntries(last if count == limit else target, count, bytes(pdq), frozenset(exact))


def last_seen(connection: Connection) -> int:
    """The number of the newest signals; 0 where nothing was seen."""
    return int(connection.execute(text("SELECT coalesce(max(number), 0) FROM signals")).scalar_one())


def begin_run(connection: Connection, target: int, entries: int) -> None:
    """Where the one before did not come to the end of what is new, this one goes on counting from it."""
    connection.execute(
        text(
            "UPDATE rematch SET target = :target, done = 0, last = :last, ended_at = 0,"
            " entries = iif(ended_at = 0, entries, 0) + :entries, found = iif(ended_at = 0, found, 0),"
            " began_at = iif(ended_at = 0 AND began_at > 0, began_at, :now)"
        ),
        {"target": target, "entries": entries, "now": now_ms(), "last": last_seen(connection)},
    )


def advance(connection: Connection, done: int, found: int) -> None:
    """The run has come to the signals of number `done`, and found something in so many uploads more."""
    connection.execute(
        text("UPDATE rematch SET done = max(done, :done), found = found + :found"),
        {"done": done, "found": found},
    )


def end_run(connection: Connection) -> Rematch | None:
    """All entries up to its target were compared with everything: how it ended, where nothing new is left."""
    run = tables.rematch
    connection.execute(update(run).values(through=run.c.target, done=run.c.last))
    return _ended(connection)


def skip_to(connection: Connection, through: int) -> Rematch | None:
    """Up to there is nothing to compare: how the runs before ended, where nothing new is left."""
    connection.execute(update(tables.rematch).values(through=through, target=through))
    return _ended(connection)


def _ended(connection: Connection) -> Rematch | None:
    """Notes the end of runs that went on from each other."""
    ends = (
        "UPDATE rematch SET ended_at = :now WHERE ended_at = 0 AND began_at > 0"
        " AND through >= (SELECT coalesce(max(id), 0) FROM entries)"
    )
    is_over = connection.execute(text(ends), {"now": now_ms()}).rowcount > 0
    return rematch_state(connection) if is_over else None


def seen_after(connection: Connection, number: int, last: int, limit: int) -> Sequence[Seen]:
    """The next signals by number, up to `last`."""
    return connection.exec_driver_sql(
        "SELECT number, sha256, sha1, md5, views FROM signals WHERE number > ? AND number <= ?"
        " ORDER BY number LIMIT ?",
        (number, last, limit),
    ).all()


def note_late(connection: Connection, upload_id: str, through: int | None) -> None:
    """Puts an upload down as late where the entries it was compared with, up to id `through`, are not all
    that a run is about; None where whoever compared it cannot say.
    """
    if through is not None:
        connection.execute(
            text(
                "INSERT OR IGNORE INTO late_uploads SELECT :id FROM rematch"
                " WHERE :through < target AND EXISTS (SELECT 1 FROM uploads WHERE id = :id)"
            ),
            {"id": upload_id, "through": through},
        )


def late_uploads(connection: Connection, limit: int) -> list[tuple[Upload, bytes]]:
    """Late ones, each with the sha256 of its bytes."""
    rows = connection.execute(
        text("SELECT uploads.* FROM late_uploads JOIN uploads ON uploads.id = upload_id LIMIT :limit"),
        {"limit": limit},
    ).mappings()
    return [(upload_of(row), row["sha256"]) for row in rows]


def no_longer_late(connection: Connection, upload_ids: Sequence[str]) -> None:
    late = tables.late_uploads
    connection.execute(delete(late).where(late.c.upload_id.in_(upload_ids)))


def uploads_of_bytes(
    connection: Connection, sha256: bytes, after: int, limit: int
) -> list[tuple[int, Upload]]:
    """The next uploads of these very bytes by `seq`, each with it."""
    rows = connection.execute(
        text("SELECT * FROM uploads WHERE sha256 = :sha256 AND seq > :after ORDER BY seq LIMIT :limit"),
        {"sha256": sha256, "after": after, "limit": limit},
    ).mappings()
    return [(row["seq"], upload_of(row)) for row in rows]


def former(connection: Connection, upload_id: str, sha256: bytes) -> Former | None:
    """None where it was erased meanwhile."""
    row = connection.execute(
        text("SELECT action, banks FROM uploads WHERE id = :id AND sha256 = :sha256"),
        {"id": upload_id, "sha256": sha256},
    ).first()
    if row is None:
        return None
    found = connection.scalars(text("SELECT entry_id FROM matches WHERE upload_id = :id"), {"id": upload_id})
    return Former(row.action, tuple(json.loads(row.banks)), frozenset(found))


def is_kept_down(connection: Connection, upload_id: str, category: str) -> bool:
    """Whether somebody decided under this category that it goes down, and that stands."""
    statement = (
        "SELECT 1 FROM decision_uploads JOIN decisions ON decisions.id = decision_id"
        " JOIN cases ON cases.id = case_id WHERE upload_id = :id AND category = :category"
        " AND choice LIKE 'takedown%' AND undone_at IS NULL AND superseded_at IS NULL LIMIT 1"
    )
    return connection.scalar(text(statement), {"id": upload_id, "category": category}) is not None
