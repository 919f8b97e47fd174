"""Callbacks that were taken: none is taken twice while its time would still pass."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.errors import Conflict, NotAvailable
from bridge.signing import WINDOW_SECONDS
from bridge.uploads import now_ms

MOST_KEPT = 10_000


def take_once(connection: Connection, nonce: bytes) -> None:
    """Raises Conflict for one that was taken already, NotAvailable where no more can be remembered."""
    now = now_ms()
    old = now - 2 * WINDOW_SECONDS * 1000  # its time may lie ahead as far as it may lie behind
    connection.execute(text("DELETE FROM callbacks_seen WHERE at < :old"), {"old": old})
    if (connection.scalar(text("SELECT count(*) FROM callbacks_seen")) or 0) >= MOST_KEPT:
        raise NotAvailable("Too many callbacks came within ten minutes.", "Send it again later.")
    inserted = connection.execute(
        text("INSERT OR IGNORE INTO callbacks_seen (signature, at) VALUES (:nonce, :now)"),
        {"nonce": nonce, "now": now},
    )
    if not inserted.rowcount:
        raise Conflict("This callback was taken already.", "Sign each anew.")
