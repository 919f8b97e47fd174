"""JSON schemas of what the bridge does by itself to prove that nothing is missed."""

from __future__ import annotations

from bridge.api.schema_parts import FLAG, MAYBE_WHOLE, TEXT, WHOLE, Schema, object_of, one_of
from bridge.self_test_result import Step, Way

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
    "SelfTest": object_of(
        {
            "passed": FLAG,
            "at": WHOLE,
            "passed_at": MAYBE_WHOLE,
            "way": one_of(*Way),
            "step": one_of("", *Step),
            "why": TEXT,
            "do": TEXT,
            "took_ms": WHOLE,
        }
    ),
}
