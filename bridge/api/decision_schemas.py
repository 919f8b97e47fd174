"""JSON schemas of decisions and actions."""

from __future__ import annotations

from bridge.actions.asking import Asked
from bridge.api.schema_parts import FLAG, MAYBE_WHOLE, TEXT, WHOLE, Schema, list_of, object_of, one_of, ref
from bridge.decisions import Choice

_CHOICE = one_of(*Choice)
_STATE = one_of("planned", "running", "confirmed", "failed", "cancelled")
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
            "superseded_at": MAYBE_WHOLE,
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
                object_of(
                    {"did": TEXT, "upload_id": TEXT, "received_at": WHOLE, "case_id": TEXT, "is_same": FLAG}
                )
            )
        }
    ),
    "FilesToAdd": object_of({"bank": TEXT}, {"uploads": list_of(TEXT)}),
    "FilesAdded": object_of({"bank": TEXT, "added": WHOLE, "already": WHOLE}),
    "NewNote": object_of({"text": TEXT}),
    "Noted": object_of({"case_id": TEXT}),
    "CaseAppeal": object_of({}, {"text": TEXT}),
    "UploadAppeal": object_of({}, {"upload_id": TEXT, "photo_id": TEXT, "text": TEXT}),
    "NewPause": object_of({}, {"reason": TEXT}),
    "Paused": object_of({"since": WHOLE, "actor": TEXT, "reason": TEXT}),
    "Resumed": object_of({"since": WHOLE, "actor": TEXT, "reason": TEXT, "uploads": WHOLE}),
    "Appealed": object_of({"cases": list_of(TEXT), "opened": FLAG}),
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
            "notes": list_of(object_of({"at": WHOLE, "actor": TEXT, "text": TEXT, "is_appeal": FLAG})),
            "earlier": list_of(object_of({"id": TEXT, "category": TEXT, "opened_at": WHOLE, "choice": TEXT})),
        }
    ),
    "Ask": object_of(
        {"action_type": one_of(*Asked)},
        dict.fromkeys(("case_id", "photo_id", "did", "cid", "uri", "reason", "idempotency_key"), TEXT),
    ),
    "HmaCallback": object_of(
        {}, {"photo_id": TEXT, "sha256": TEXT, "upload_id": TEXT, "category": TEXT, "reason": TEXT}
    ),
    "AtprotoCallback": object_of({}, {"did": TEXT, "cid": TEXT, "uri": TEXT, "reason": TEXT}),
    "Callback": object_of({"success": FLAG, "uploads": WHOLE, "case_ids": list_of(TEXT)}),
    "Asks": object_of({"actions": list_of(ref("Ask"))}),
    "AskedAction": object_of(
        {
            "success": FLAG,
            "id": TEXT,
            "action_type": one_of(*Asked),
            "state": _STATE,
            "at": WHOLE,
            "case_id": TEXT,
        }
    ),
    "AskedBatch": object_of(
        {"success": FLAG, "results": list_of({"anyOf": [ref("AskedAction"), ref("FailedItem")]})}
    ),
    "Actions": object_of({"actions": list_of(ref("Action"))}),
    "Action": object_of(
        {
            "id": WHOLE,
            "type": TEXT,
            "state": _STATE,
            "automatic": FLAG,
            "case_id": TEXT,
            "upload_id": TEXT,
            "subject": TEXT,
            "did": TEXT,
            "named": TEXT,
            "reason": TEXT,
            "planned_at": WHOLE,
            "ended_at": MAYBE_WHOLE,
            "wait_until": WHOLE,
            "decision": TEXT,
            "attempts": WHOLE,
            "due_at": MAYBE_WHOLE,
            "trouble": TEXT,
            "remedy": TEXT,
            "decided_by": TEXT,
            "decided_at": WHOLE,
            "ground": TEXT,
            "message": TEXT,
            "receiver": TEXT,
            "tries": list_of(object_of({"at": WHOLE, "what": TEXT, "remedy": TEXT})),
        }
    ),
}
