"""JSON schemas of reveals."""

from __future__ import annotations

from bridge.api.schema_parts import FLAG, TEXT, WHOLE, Schema, list_of, object_of, one_of
from bridge.reveals.drawing import LARGEST_SIDE, Step

_SIDE: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIDE}

REVEAL_SCHEMAS: dict[str, Schema] = {
    "NewReveal": object_of(
        {
            "upload": TEXT,
            "step": {"type": "integer", "minimum": 1, "maximum": len(Step)},
            "width": _SIDE,
            "height": _SIDE,
        },
        {"colour": FLAG, "reveal": TEXT, "word": TEXT, "go_on": FLAG},
    ),
    "RevealEnd": object_of({"shown_ms": WHOLE}),
    "RevealEnded": object_of({"reveal": TEXT, "shown_ms": WHOLE}),
    "Allowance": object_of(
        {
            "left": WHOLE,
            "a_day": WHOLE,
            "pause": one_of("none", "offered", "needed"),
            "pause_until": WHOLE,
            "child_safety": one_of("never", "ask"),
        }
    ),
    "Viewed": object_of(
        {
            "upload_id": TEXT,
            "viewed": one_of("yes", "no"),
            "reveals": WHOLE,
            "step": WHOLE,
            "colour": FLAG,
            "whole": FLAG,
            "shown_ms": WHOLE,
            "by": list_of(TEXT),
        }
    ),
}
