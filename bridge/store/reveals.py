"""Reveals in the store: who looked at which picture, how much of it, for how long. The only source of
"viewed by us" in any answer or report.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, text

from bridge.catalogue import Category
from bridge.errors import NotFound
from bridge.store import reveal_tables as tables
from bridge.uploads import DAY_MS


@dataclass(frozen=True, slots=True)
class Sought:
    """An upload somebody wants to see. `is_child_safety` where any case or match of these bytes is."""

    case_id: str
    upload_id: str
    sha256: bytes
    did: str
    cid: str
    media_type: str
    is_child_safety: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is shown: the step, 1 blurred to 4 clear; grey or in colour; the whole picture or a part."""

    step: int
    colour: bool
    whole: bool

    @property
    def is_view(self) -> bool:
        return self.step == 4 and self.whole


@dataclass(frozen=True, slots=True)
class Reveal:
    """`shown_ms` is None while it may be on a screen."""

    id: str
    case_id: str
    upload_id: str
    actor: str
    began_at: int
    ends_by: int
    extent: Extent
    shown_ms: int | None


@dataclass(frozen=True, slots=True)
class Used:
    """How many reveals one person began within a day, and when the last one ended; 0 where none did."""

    number: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Viewed:
    """What was seen of an upload, in any of its cases. `viewed` is "yes" only after a clear, whole drawing;
    the rest names the most of the lesser ones.
    """

    upload_id: str
    viewed: str
    reveals: int
    step: int
    colour: bool
    whole: bool
    shown_ms: int
    by: tuple[str, ...]


def find_sought(connection: Connection, case_id: str, upload_id: str) -> Sought:
    """Raises NotFound where the case has no such upload."""
    row = connection.execute(
        text(
            "SELECT uploads.id, uploads.sha256, did, cid, coalesce(media_type, '') AS media_type"
            " FROM case_uploads JOIN uploads ON uploads.id = upload_id"
            " LEFT JOIN signals ON signals.sha256 = uploads.sha256"
            " WHERE case_id = :case AND uploads.id = :upload"
        ),
        {"case": case_id, "upload": upload_id},
    ).first()
    if row is None:
        raise NotFound("This case has no such upload.")
    listed = connection.scalar(
        text(_CHILD_SAFETY),
        {"upload": row.id, "sha256": row.sha256, "category": Category.CHILD_SAFETY.value},
    )
    return Sought(case_id, row.id, row.sha256, row.did, row.cid, row.media_type, bool(listed))


_SAME_BYTES = "SELECT id FROM uploads WHERE id = :upload OR (sha256 = :sha256 AND sha256 <> x'')"
_CHILD_SAFETY = (
    f"SELECT EXISTS (SELECT 1 FROM matches WHERE upload_id IN ({_SAME_BYTES}) AND category = :category)"
    f" OR EXISTS (SELECT 1 FROM case_uploads JOIN cases ON cases.id = case_id"
    f" WHERE upload_id IN ({_SAME_BYTES}) AND category = :category)"
)
"""Also where the match was cancelled: a picture is not shown because somebody allowed it."""


def used(connection: Connection, actor: str, now: int) -> Used:
    row = connection.execute(
        text(
            "SELECT count(*) AS n, coalesce(max(coalesce(ended_at, began_at)), 0) AS last FROM reveals"
            " WHERE actor = :actor AND began_at > :since"
        ),
        {"actor": actor, "since": now - DAY_MS},
    ).one()
    return Used(row.n, row.last)


def insert_reveal(connection: Connection, reveal: Reveal) -> None:
    connection.execute(
        insert(tables.reveals),
        {
            "id": reveal.id,
            "case_id": reveal.case_id,
            "upload_id": reveal.upload_id,
            "actor": reveal.actor,
            "began_at": reveal.began_at,
            "ends_by": reveal.ends_by,
            "step": reveal.extent.step,
            "colour": int(reveal.extent.colour),
            "whole": int(reveal.extent.whole),
            "viewed": int(reveal.extent.is_view),
            "ended_at": None,
            "shown_ms": None,
        },
    )


def widen(connection: Connection, reveal_id: str, extent: Extent) -> None:
    """More of it is shown now, or less: the row keeps the most."""
    connection.execute(
        text(
            "UPDATE reveals SET step = max(step, :step), colour = max(colour, :colour),"
            " whole = max(whole, :whole), viewed = max(viewed, :viewed) WHERE id = :id"
        ),
        {
            "id": reveal_id,
            "step": extent.step,
            "colour": int(extent.colour),
            "whole": int(extent.whole),
            "viewed": int(extent.is_view),
        },
    )


def end_reveal(connection: Connection, reveal_id: str, now: int, shown_ms: int) -> None:
    connection.execute(
        text("UPDATE reveals SET ended_at = :now, shown_ms = :shown WHERE id = :id AND ended_at IS NULL"),
        {"id": reveal_id, "now": now, "shown": shown_ms},
    )


def find_reveal(connection: Connection, reveal_id: str) -> Reveal:
    """Raises NotFound."""
    row = connection.execute(text("SELECT * FROM reveals WHERE id = :id"), {"id": reveal_id}).first()
    if row is None:
        raise NotFound("There is no such reveal.")
    return Reveal(
        row.id,
        row.case_id,
        row.upload_id,
        row.actor,
        row.began_at,
        row.ends_by,
        Extent(row.step, bool(row.colour), bool(row.whole)),
        row.shown_ms,
    )


def unfinished(connection: Connection) -> list[tuple[str, int]]:
    """Reveals that may be on a screen, each with when it ends at the latest; the first to end first."""
    rows = connection.execute(
        text("SELECT id, ends_by FROM reveals WHERE ended_at IS NULL ORDER BY ends_by LIMIT 100")
    )
    return [(row.id, row.ends_by) for row in rows]


def viewed_of_case(connection: Connection, case_id: str) -> list[Viewed]:
    """Of each file of a case that was revealed; a reveal that ended before anything was drawn is none."""
    rows = connection.execute(
        text(
            "SELECT reveals.upload_id, count(*) AS n, max(step) AS step, max(colour) AS colour,"
            " max(whole) AS whole, max(viewed) AS viewed, sum(coalesce(shown_ms, 0)) AS shown,"
            " group_concat(DISTINCT actor) AS actors FROM reveals"
            " WHERE reveals.upload_id IN (SELECT upload_id FROM case_uploads WHERE case_id = :case)"
            " AND (shown_ms IS NULL OR shown_ms > 0) GROUP BY reveals.upload_id ORDER BY min(began_at)"
        ),
        {"case": case_id},
    )
    return [
        Viewed(
            row.upload_id,
            "yes" if row.viewed else "no",
            row.n,
            row.step,
            bool(row.colour),
            bool(row.whole),
            row.shown,
            tuple(sorted(row.actors.split(","))),
        )
        for row in rows
    ]
