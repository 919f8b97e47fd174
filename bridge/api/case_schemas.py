"""JSON schemas of cases and what is in them."""

from __future__ import annotations

from bridge.api.schema_parts import (
    FLAG,
    MAYBE_WHOLE,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    maybe,
    object_of,
    one_of,
    ref,
)

CATEGORY = one_of("child_safety", "exploitative", "ncii", "terrorism", "own", "test")
ANSWER = one_of("none", "REVIEW", "BLOCK")

_CASE = {
    "id": TEXT,
    "state": one_of("open", "decided"),
    "category": CATEGORY,
    "opened_at": WHOLE,
    "updated_at": WHOLE,
    "did": TEXT,
    "claimed_author": TEXT,
    "sender": TEXT,
    "banks": list_of(TEXT),
    "file_count": WHOLE,
    "closest": maybe(ref("MatchRecord")),
    "action": ANSWER,
    "taken_down": WHOLE,
    "to_take_down": WHOLE,
    "reporters": WHOLE,
    "report_reason": TEXT,
    "later_until": WHOLE,
    "escalated_at": WHOLE,
    "decided_at": WHOLE,
    "decided": maybe(ref("CaseDecision")),
    "appealed_at": WHOLE,
}

CASE_SCHEMAS: dict[str, Schema] = {
    "Case": object_of(
        _CASE,
        {
            "handle": TEXT,
            "files": list_of(ref("Upload")),
            "reports": list_of(ref("Report")),
            "actions": list_of(ref("CaseAction")),
            "evidence": list_of(ref("Evidence")),
            "viewed": list_of(ref("Viewed")),
            "decisions": list_of(ref("Decision")),
            "facts": ref("CaseFacts"),
            "reasons": {"type": "object", "additionalProperties": list_of(ref("Reason"))},
        },
    ),
    "CaseDecision": object_of({"batch": TEXT, "choice": TEXT, "actor": TEXT}),
    "Evidence": object_of(
        {
            "upload_id": TEXT,
            "kept_at": WHOLE,
            "has_bytes": FLAG,
            "has_context": FLAG,
            "why": TEXT,
            "destroy_at": MAYBE_WHOLE,
            "destroyed_at": MAYBE_WHOLE,
        }
    ),
    "CaseAction": object_of(
        {"type": TEXT, "state": TEXT, "subject": TEXT, "named": TEXT, "planned_at": WHOLE, "why": TEXT}
    ),
    "NewCase": object_of({"subject": TEXT}, {"category": CATEGORY, "take_down": FLAG}),
    "CaseOpened": object_of(
        {"case_id": TEXT, "did": TEXT, "files": WHOLE, "not_there": WHOLE, "takes_down": FLAG}
    ),
    "Report": object_of(
        {
            "id": WHOLE,
            "reported_at": WHOLE,
            "reporter": TEXT,
            "reason_type": TEXT,
            "reason": TEXT,
            "subject": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "Cases": object_of({"cases": list_of(ref("Case")), "total": WHOLE}),
}
