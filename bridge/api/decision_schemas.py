"""JSON schemas of decisions and actions."""

from __future__ import annotations

from bridge.api.schema_parts import FLAG, MAYBE_WHOLE, TEXT, WHOLE, Schema, list_of, object_of, one_of, ref
from bridge.decisions import Choice

_CHOICE = one_of(*Choice)
_OPTIONAL = {"note": TEXT, "key": TEXT}

DECISION_SCHEMAS: dict[str, Schema] = {
    "NewDecision": object_of({"choice": _CHOICE, "reason": TEXT}, {"uploads": list_of(TEXT), **_OPTIONAL}),
    "NewDecisions": object_of(
        {"cases": list_of(ref("CaseToDecide")), "choice": _CHOICE, "reason": TEXT}, _OPTIONAL
    ),
    "CaseToDecide": object_of({"case": TEXT}, {"uploads": list_of(TEXT)}),
    "Decided": object_of(
        {
            "batch": TEXT,
            "choice": _CHOICE,
            "cases": list_of(TEXT),
            "files": WHOLE,
            "undo_until": WHOLE,
            "kept_down": WHOLE,
            "left": list_of(TEXT),
        }
    ),
    "Undone": object_of({"batch": TEXT, "cases": list_of(TEXT), "told": WHOLE}),
    "Decision": object_of(
        {
            "batch": TEXT,
            "case_id": TEXT,
            "at": WHOLE,
            "actor": TEXT,
            "choice": _CHOICE,
            "reason": TEXT,
            "note": TEXT,
            "undo_until": WHOLE,
            "undone_at": MAYBE_WHOLE,
            "undone_by": TEXT,
            "uploads": list_of(TEXT),
        }
    ),
    "Reason": object_of({"code": TEXT, "words": TEXT}),
    "Undoable": object_of(
        {
            "batch": TEXT,
            "choice": _CHOICE,
            "cases": list_of(TEXT),
            "files": WHOLE,
            "actor": TEXT,
            "at": WHOLE,
            "until": WHOLE,
        }
    ),
    "Others": object_of(
        {
            "others": list_of(
                object_of({"did": TEXT, "upload_id": TEXT, "received_at": WHOLE, "case_id": TEXT})
            )
        }
    ),
    "FilesToAdd": object_of({"bank": TEXT}, {"uploads": list_of(TEXT)}),
    "FilesAdded": object_of({"bank": TEXT, "added": WHOLE, "already": WHOLE}),
    "NewNote": object_of({"text": TEXT}),
    "Noted": object_of({"case_id": TEXT}),
    "CaseFacts": object_of(
        {
            "wrong": WHOLE,
            "decided": WHOLE,
            "alike": WHOLE,
            "others": WHOLE,
            "uploads": WHOLE,
            "first_at": MAYBE_WHOLE,
            "posts": list_of(TEXT),
            "waiting": list_of(TEXT),
            "notes": list_of(object_of({"at": WHOLE, "actor": TEXT, "text": TEXT})),
            "earlier": list_of(object_of({"id": TEXT, "category": TEXT, "opened_at": WHOLE, "choice": TEXT})),
        }
    ),
    "Actions": object_of({"actions": list_of(ref("Action"))}),
    "Action": object_of(
        {
            "id": WHOLE,
            "type": TEXT,
            "state": one_of("planned", "running", "confirmed", "failed", "cancelled"),
            "automatic": FLAG,
            "case_id": TEXT,
            "upload_id": TEXT,
            "subject": TEXT,
            "did": TEXT,
            "named": TEXT,
            "reason": TEXT,
            "planned_at": WHOLE,
            "wait_until": WHOLE,
            "decision": TEXT,
            "attempts": WHOLE,
            "due_at": MAYBE_WHOLE,
            "trouble": TEXT,
            "tries": list_of(object_of({"at": WHOLE, "what": TEXT})),
        }
    ),
}
