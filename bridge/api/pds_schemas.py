"""JSON schemas of the PDS: how it is watched, and what is asked of it."""

from __future__ import annotations

from bridge.api.schema_parts import (
    FLAG,
    MAYBE_WHOLE,
    TEXT,
    WHOLE,
    Schema,
    maybe,
    object_of,
    one_of,
    ref,
)

PDS_SCHEMAS: dict[str, Schema] = {
    "Pds": object_of(
        {
            "url": TEXT,
            "version": TEXT,
            "firehose": one_of("connecting", "live", "down"),
            "since": WHOLE,
            "seq": MAYBE_WHOLE,
            "frame_at": MAYBE_WHOLE,
            "fault": TEXT,
            "to_fetch": WHOLE,
            "to_fetch_oldest_at": MAYBE_WHOLE,
            "accounts_to_list": WHOLE,
            "is_listing": FLAG,
            "listed_at": MAYBE_WHOLE,
            "backfill": maybe(ref("Backfill")),
            "gate": maybe(ref("Gate")),
            "takedowns": ref("Takedowns"),
            "can_take_down": FLAG,
        }
    ),
    "Backfill": object_of(
        {
            "begun_at": WHOLE,
            "ended_at": MAYBE_WHOLE,
            "accounts_listed": WHOLE,
            "blobs_found": WHOLE,
            "blobs_to_fetch": WHOLE,
        }
    ),
    "Gate": object_of(
        {
            "mode": one_of("observe", "hold", "block"),
            "fail": one_of("open", "closed"),
            **dict.fromkeys(("let_in", "held", "blocked", "unchecked", "refused_by_pds"), WHOLE),
        }
    ),
    "Takedowns": object_of(
        {"confirmed": WHOLE, "planned": WHOLE, "failed": WHOLE, "remembered": MAYBE_WHOLE}
    ),
    "BackfillBegun": object_of({"begun_at": WHOLE}),
    "PdsRetried": object_of({"files": WHOLE}),
}
