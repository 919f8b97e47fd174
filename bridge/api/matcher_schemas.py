"""The shape in which `/status` says who compares uploads."""

from __future__ import annotations

from bridge.api.schema_parts import FLAG, MAYBE_WHOLE, TEXT, WHOLE, Schema, list_of, maybe, object_of, one_of

MATCHER_SCHEMA: Schema = object_of(
    {
        "kind": one_of("embedded", "hma", "both"),
        "hma": maybe(
            object_of(
                {
                    "url": TEXT,
                    "state": one_of("closed", "open", "half_open"),
                    "since": WHOLE,
                    "fault": TEXT,
                    "remedy": TEXT,
                    "trouble": TEXT,
                    "asked_at": MAYBE_WHOLE,
                    "banks": list_of(object_of({"name": TEXT, "is_on": FLAG, "is_sampled": FLAG})),
                    "hashes": WHOLE,
                    "has_token": FLAG,
                    "is_guarded": FLAG,
                    "pictures": maybe(object_of({"hashed": WHOLE, "refused": WHOLE, "fault": TEXT})),
                }
            )
        ),
    }
)

COMPARED_SCHEMA: Schema = object_of(
    {
        "uploads": WHOLE,
        "matches": WHOLE,
        "disagreements": list_of(
            object_of(
                {
                    "upload_id": TEXT,
                    "bank": TEXT,
                    "matched_by": one_of("hma", "here"),
                    "number": WHOLE,
                    "distance": WHOLE,
                    "why": TEXT,
                    "words": TEXT,
                }
            )
        ),
        "next": MAYBE_WHOLE,
    }
)
