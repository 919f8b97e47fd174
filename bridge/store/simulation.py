"""What the store has to simulate a policy on: matches with distances, and what became of their cases."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.decisions import Choice
from bridge.signals import ViewName
from bridge.simulation import DAYS, Fate, Seen, StoredMatch, histogram
from bridge.uploads import DAY_MS, now_ms

_STANDING = "role = 'block' AND cancelled_by = ''"
_COUNTS = text(
    "SELECT distance, count(DISTINCT upload_id) AS n FROM matches"
    f" WHERE bank_id = :bank AND matched_at > :since AND {_STANDING} GROUP BY distance"
)
_UPLOADS = text(
    "SELECT count(DISTINCT upload_id) FROM matches"
    f" WHERE bank_id = :bank AND matched_at > :since AND {_STANDING}"
)
# A case that was reported is there without any match: no threshold releases it.
_CASES = (
    "WITH touched AS MATERIALIZED (SELECT DISTINCT case_id FROM matches JOIN case_uploads USING (upload_id)"
    " JOIN cases ON cases.id = case_id AND cases.category = matches.category"
    f" WHERE bank_id = :bank AND matched_at > :since AND {_STANDING}"
    " AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.case_id = cases.id))"
)
_MATCHES = text(
    f"{_CASES} SELECT DISTINCT case_id, bank_id, distance, quality, view FROM touched"
    " JOIN cases ON cases.id = case_id JOIN case_uploads USING (case_id) JOIN matches USING (upload_id)"
    f" WHERE matches.category = cases.category AND {_STANDING}"
)
_FATES = text(
    f"{_CASES} SELECT touched.case_id AS case_id, state, group_concat(DISTINCT choice) AS choices"
    " FROM touched"
    " JOIN cases ON cases.id = touched.case_id"
    " LEFT JOIN decisions ON decisions.case_id = touched.case_id AND undone_at IS NULL"
    " AND superseded_at IS NULL"
    " GROUP BY touched.case_id, state"
)


def seen(connection: Connection, bank_id: int) -> Seen:
    """The matches of one bank within the last DAYS days, and their cases with all matches they have."""
    values = {"bank": bank_id, "since": now_ms() - DAYS * DAY_MS}
    matches = [
        StoredMatch(
            row.case_id,
            row.bank_id,
            row.distance,
            row.quality,
            ViewName.of_code(row.view),
        )
        for row in connection.execute(_MATCHES, values)
    ]
    fates = {
        row.case_id: fate
        for row in connection.execute(_FATES, values)
        if (fate := _fate(row.state, row.choices or ""))
    }
    counts = {row.distance: row.n for row in connection.execute(_COUNTS, values)}
    return Seen(connection.scalar(_UPLOADS, values) or 0, histogram(counts), matches, fates)


def _fate(state: str, choices: str) -> Fate | None:
    """None for a case that ended without a decision; one of several that took down counts most."""
    made = [Choice(one) for one in choices.split(",") if one]
    if any(choice.takes_down for choice in made):
        return Fate.TAKEN_DOWN
    if state == "open":
        return Fate.WAITING
    return Fate.RELEASED if any(choice.lets_go for choice in made) else None
