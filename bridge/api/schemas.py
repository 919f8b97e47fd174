"""JSON schemas of what the endpoints take and give; tests hold every answer against them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _object(needed: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_CATEGORY = _one_of("child_safety", "exploitative", "ncii", "terrorism", "own", "test")
_ROLE = _one_of("block", "allow")
_ON_MATCH = _one_of("log", "review", "takedown")
_MODE = _one_of("shadow", "enforce")
_HASH_TYPE = _one_of("pdq", "md5", "sha1", "sha256")
_ANSWER = _one_of("none", "REVIEW", "BLOCK")
_FOURTEEN: Schema = {"type": "array", "items": WHOLE, "minItems": 14, "maxItems": 14}

_MATCH_RECORD = {
    "bank": TEXT,
    "category": _CATEGORY,
    "role": _ROLE,
    "entry_id": WHOLE,
    "content_id": WHOLE,
    "hash_type": _HASH_TYPE,
    "distance": WHOLE,
    "quality": MAYBE_WHOLE,
    "view": TEXT,
    "likeness": TEXT,
    "cancelled_by": TEXT,
}
_CASE = {
    "id": TEXT,
    "state": _one_of("open", "decided"),
    "category": _CATEGORY,
    "opened_at": WHOLE,
    "updated_at": WHOLE,
    "did": TEXT,
    "claimed_author": TEXT,
    "sender": TEXT,
    "banks": _list(TEXT),
    "file_count": WHOLE,
    "closest": {"anyOf": [ref("MatchRecord"), {"type": "null"}]},
    "action": _ANSWER,
}
_IMPORT = {
    "success": FLAG,
    "bank": TEXT,
    "lines": WHOLE,
    "added": MAYBE_WHOLE,
    "already": MAYBE_WHOLE,
    "bad_count": WHOLE,
    "bad": _list(_object({"line": WHOLE, "why": TEXT})),
}

SCHEMAS: dict[str, Schema] = {
    "Error": _object(
        {"error": TEXT, "message": TEXT, "hint": TEXT},
        {"status": _one_of("not_checked", "unhashable"), "reason": TEXT, "upload_id": TEXT},
    ),
    "Success": _object({"success": FLAG}, {"removed": WHOLE}),
    "Health": _object({"status": _one_of("ok", "starting")}),
    "Hash": _object({"algorithm": _HASH_TYPE, "hash_value": TEXT}, {"quality": WHOLE}),
    "Hashes": _object({"success": FLAG, "hash": TEXT, "quality": WHOLE, "hashes": _list(ref("Hash"))}),
    "Match": _object(
        {
            "bank": TEXT,
            "bank_name": TEXT,
            "category": _CATEGORY,
            "content_id": WHOLE,
            "hash_type": _HASH_TYPE,
            "distance": WHOLE,
            "quality": MAYBE_WHOLE,
            "view": TEXT,
            "likeness": TEXT,
        },
        {"hash": TEXT},
    ),
    "Matched": _object(
        {
            "success": FLAG,
            "status": _one_of("matched", "no_match"),
            "matched": FLAG,
            "match_count": WHOLE,
            "action": _ANSWER,
            "banks": _list(TEXT),
            "matches": _list(ref("Match")),
        },
        {"hash": MAYBE_TEXT, "quality": MAYBE_WHOLE, "upload_id": TEXT, "case_id": TEXT, "exact_only": FLAG},
    ),
    "Batch": _object({"success": FLAG, "results": _list({"anyOf": [ref("Matched"), ref("FailedItem")]})}),
    "FailedItem": _object(
        {"success": FLAG, "error": TEXT, "message": TEXT, "hint": TEXT},
        {"status": _one_of("not_checked", "unhashable"), "reason": TEXT, "upload_id": TEXT},
    ),
    "MatchRecord": _object(_MATCH_RECORD),
    "Upload": _object(
        {
            "seq": WHOLE,
            "id": TEXT,
            "received_at": WHOLE,
            "source": _one_of("api", "scan"),
            "sender": TEXT,
            "did": TEXT,
            "claimed_author": TEXT,
            "cid": TEXT,
            "uri": TEXT,
            "photo_id": TEXT,
            "verdict": _one_of("matched", "no_match", "not_checked", "unhashable"),
            "reason": TEXT,
            "media_type": TEXT,
            "size": WHOLE,
            "width": WHOLE,
            "height": WHOLE,
            "quality": MAYBE_WHOLE,
            "banks": _list(TEXT),
            "took_ms": WHOLE,
            "action": _ANSWER,
            "case_id": TEXT,
            "retry_at": MAYBE_WHOLE,
            "needs_you": FLAG,
            "matches": _list(ref("MatchRecord")),
        }
    ),
    "Logs": _object({"logs": _list(ref("Upload")), "next": MAYBE_WHOLE}),
    "Uploads": _object({"uploads": _list(ref("Upload")), "next": MAYBE_WHOLE}),
    "Case": _object(_CASE, {"files": _list(ref("Upload"))}),
    "Cases": _object({"cases": _list(ref("Case"))}),
    "NewBank": _object(
        {"name": TEXT},
        {
            "description": TEXT,
            "category": _CATEGORY,
            "role": _ROLE,
            "threshold": {"type": "integer", "minimum": 0, "maximum": 31},
            "on_match": _ON_MATCH,
            "mode": _MODE,
        },
    ),
    "Bank": _object(
        {
            "name": TEXT,
            "description": TEXT,
            "category": _CATEGORY,
            "role": _ROLE,
            "threshold": WHOLE,
            "on_match": _ON_MATCH,
            "mode": _MODE,
            "entry_count": MAYBE_WHOLE,
            "signals": {"anyOf": [{"type": "object", "additionalProperties": WHOLE}, {"type": "null"}]},
            "hit_count": MAYBE_WHOLE,
            "created_at": WHOLE,
            "updated_at": WHOLE,
        }
    ),
    "Banks": _object({"banks": _list(ref("Bank"))}),
    "NewSignal": _object(
        {},
        dict.fromkeys(("hash", "pdq", "md5", "sha1", "sha256"), TEXT) | {"metadata": {"type": "object"}},
    ),
    "Addition": _object(
        {
            "success": FLAG,
            "bank": TEXT,
            "content_id": MAYBE_WHOLE,
            "added": MAYBE_WHOLE,
            "already": MAYBE_WHOLE,
            "hashes": _list(ref("Hash")),
        }
    ),
    "Import": _object(_IMPORT),
    "Job": _object(
        {
            **_IMPORT,
            "id": TEXT,
            "kind": _one_of("import"),
            "actor": TEXT,
            "started_at": WHOLE,
            "bytes_read": WHOLE,
            "bytes_total": MAYBE_WHOLE,
        }
    ),
    "Url": _object({"url": TEXT}),
    "HashToMatch": _object(
        {"hash_value": TEXT}, {"hash_type": TEXT, "threshold": {"type": ["number", "string", "null"]}}
    ),
    "HashesToMatch": _object(
        {"hashes": _list(_object({"hash_value": TEXT}, {"hash_type": TEXT}))},
        {"threshold": {"type": ["number", "string", "null"]}},
    ),
    "NewApiKey": _object({"name": TEXT, "scopes": _list(TEXT)}),
    "ApiKeyMade": _object({"name": TEXT, "key": TEXT}),
    "ApiKey": _object({"name": TEXT, "scopes": _list(TEXT), "created_at": WHOLE, "revoked_at": MAYBE_WHOLE}),
    "ApiKeys": _object({"apikeys": _list(ref("ApiKey"))}),
    "Status": _object(
        {
            "version": TEXT,
            "state": _one_of("ready", "starting"),
            "started_at": WHOLE,
            "seq": WHOLE,
            "uploads": _object(
                {
                    "total": WHOLE,
                    "matched": WHOLE,
                    "no_match": WHOLE,
                    "unhashable": WHOLE,
                    "not_checked": WHOLE,
                    "not_checked_final": WHOLE,
                    "not_checked_oldest_at": MAYBE_WHOLE,
                    "last_at": MAYBE_WHOLE,
                    "days": _FOURTEEN,
                }
            ),
            "matches": _object({"days": _FOURTEEN}),
            "cases": _object(
                {
                    "open": WHOLE,
                    "oldest_opened_at": MAYBE_WHOLE,
                    "last_opened_at": MAYBE_WHOLE,
                    "last_decided_at": MAYBE_WHOLE,
                }
            ),
            "banks": _object(
                {"count": WHOLE, "block_lists": WHOLE, "entries": WHOLE, "oldest_update_at": MAYBE_WHOLE}
            ),
            "index": _object({"state": _one_of("ready", "building"), "codes": MAYBE_WHOLE}),
            "actions": _object({"planned": WHOLE, "failed": WHOLE}),
            "store": _object({"events": WHOLE, "bytes": WHOLE}),
            "machine": _object({"disk_used_percent": WHOLE, "memory_bytes": WHOLE}),
            "jobs": _list(ref("Job")),
        }
    ),
}
