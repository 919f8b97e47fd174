"""How far a list that grew was compared with everything seen, as JSON."""

from __future__ import annotations

from bridge.api.parts import Parts
from bridge.api.shapes import Json
from bridge.store.entries import newest_entry
from bridge.store.rematching import rematch_state


async def summary(part: Parts, *, told: bool) -> Json | None:
    """The run under way, or the last one; over TCP nothing, for it tells how lists grow and what they hit."""
    if not told:
        return None
    run, newest = await part.store.read(lambda c: (rematch_state(c), newest_entry(c)))
    return {
        "state": "running" if run.is_running else "waiting" if newest > run.through else "done",
        "entries": run.entries,
        "done": run.done,
        "total": run.last,
        "found": run.found,
        "began_at": run.began_at or None,
        "ended_at": run.ended_at or None,
    }
