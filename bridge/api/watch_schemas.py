"""JSON schemas of what the bridge does by itself to prove that nothing is missed."""

from __future__ import annotations

from bridge.api.schema_parts import MAYBE_WHOLE, WHOLE, Schema, object_of, one_of

WATCH_SCHEMAS: dict[str, Schema] = {
    "Rematch": object_of(
        {
            "state": one_of("running", "waiting", "done"),
            "entries": WHOLE,
            "done": WHOLE,
            "total": WHOLE,
            "found": WHOLE,
            "began_at": MAYBE_WHOLE,
            "ended_at": MAYBE_WHOLE,
        }
    ),
}
