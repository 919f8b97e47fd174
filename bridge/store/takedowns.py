"""Takedowns at the PDS, counted; and how much is remembered of what was taken down."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.catalogue import MEMORY


@dataclass(frozen=True, slots=True)
class Takedowns:
    """Holds are counted too: they are takedowns until somebody decides. `planned` are those under way.

    `remembered` counts the entries of the banks of what was taken down.
    """

    confirmed: int
    planned: int
    failed: int
    remembered: int


def count_takedowns(connection: Connection) -> Takedowns:
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE state = 'confirmed') AS confirmed,"
            " count(*) FILTER (WHERE state IN ('planned', 'running')) AS planned,"
            " count(*) FILTER (WHERE state = 'failed') AS failed"
            " FROM actions WHERE type IN ('takedown', 'hold')"
        )
    ).one()
    remembered = connection.scalar(
        text(
            "SELECT sum(n) FROM entry_counts JOIN banks ON banks.id = bank_id"
            " WHERE substr(name, 1, length(:memory)) = :memory"
        ),
        {"memory": MEMORY},
    )
    return Takedowns(row.confirmed, row.planned, row.failed, remembered or 0)
