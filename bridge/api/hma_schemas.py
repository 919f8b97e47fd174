"""JSON schemas of what is done in an HMA."""

from __future__ import annotations

from bridge.api.schema_parts import FLAG, TEXT, WHOLE, Schema, object_of

HMA_SCHEMAS: dict[str, Schema] = {
    "BankSwitch": object_of({"on": FLAG}),
    "NewMirror": object_of({}, {"after": WHOLE}),
    "Mirrored": object_of(
        {
            "bank": TEXT,
            "there": TEXT,
            "added": WHOLE,
            "already": WHOLE,
            "removed": WHOLE,
            "left": WHOLE,
            "unheld": WHOLE,
            "next": WHOLE,
            "done": FLAG,
        }
    ),
    "NewPull": object_of({"from": TEXT}),
    "Pulled": object_of(
        {
            "bank": TEXT,
            "added": WHOLE,
            "already": WHOLE,
            "refused": WHOLE,
            "seen": WHOLE,
            "stored": WHOLE,
            "done": FLAG,
            "whole": FLAG,
        }
    ),
}
