"""JSON schemas of what the endpoints take and give; tests hold every answer against them."""

from __future__ import annotations

from bridge.alarm import Kind, Level
from bridge.api.case_schemas import ANSWER, CASE_SCHEMAS, CATEGORY
from bridge.api.decision_schemas import DECISION_SCHEMAS
from bridge.api.exchange_schemas import EXCHANGE_SCHEMAS
from bridge.api.hma_schemas import HMA_SCHEMAS
from bridge.api.log_schemas import LOG_SCHEMAS
from bridge.api.matcher_schemas import COMPARED_SCHEMA, MATCHER_SCHEMA
from bridge.api.pds_schemas import PDS_SCHEMAS
from bridge.api.policy_schemas import POLICY_SCHEMAS
from bridge.api.reveal_schemas import REVEAL_SCHEMAS
from bridge.api.schema_parts import (
    FLAG,
    MAYBE_NUMBER,
    MAYBE_TEXT,
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
from bridge.api.watch_schemas import WATCH_SCHEMAS
from bridge.origins import Source as Origin
from bridge.store.outbox import ActionState
from bridge.uploads import Source

_ROLE = one_of("block", "allow")
_ON_MATCH = one_of("log", "review", "takedown")
_MODE = one_of("shadow", "enforce")
_HASH_TYPE = one_of("pdq", "md5", "sha1", "sha256")
_MATCHED_TYPE = one_of("pdq", "md5", "sha1", "sha256", "other")
_FOURTEEN: Schema = {"type": "array", "items": WHOLE, "minItems": 14, "maxItems": 14}

_MATCH_RECORD = {
    "bank": TEXT,
    "category": CATEGORY,
    "role": _ROLE,
    "entry_id": WHOLE,
    "content_id": WHOLE,
    "hash_type": _MATCHED_TYPE,
    "distance": WHOLE,
    "quality": MAYBE_WHOLE,
    "view": TEXT,
    "likeness": TEXT,
    "cancelled_by": TEXT,
    "retroactive": FLAG,
}
_IMPORT = {
    "success": FLAG,
    "bank": TEXT,
    "lines": WHOLE,
    "added": MAYBE_WHOLE,
    "already": MAYBE_WHOLE,
    "bad_count": WHOLE,
    "bad": list_of(object_of({"line": WHOLE, "why": TEXT})),
}

SCHEMAS: dict[str, Schema] = {
    **HMA_SCHEMAS,
    **LOG_SCHEMAS,
    **PDS_SCHEMAS,
    **CASE_SCHEMAS,
    **DECISION_SCHEMAS,
    **POLICY_SCHEMAS,
    **REVEAL_SCHEMAS,
    **WATCH_SCHEMAS,
    **EXCHANGE_SCHEMAS,
    "Error": object_of(
        {"error": TEXT, "message": TEXT, "hint": TEXT},
        {"status": one_of("not_checked", "unhashable"), "reason": TEXT, "upload_id": TEXT},
    ),
    "Success": object_of({"success": FLAG}, {"removed": WHOLE}),
    "Health": object_of({"status": one_of("ok", "starting")}),
    "Hash": object_of({"algorithm": _HASH_TYPE, "hash_value": TEXT}, {"quality": WHOLE}),
    "Hashes": object_of({"success": FLAG, "hash": TEXT, "quality": WHOLE, "hashes": list_of(ref("Hash"))}),
    "Match": object_of(
        {
            "bank": TEXT,
            "bank_name": TEXT,
            "category": CATEGORY,
            "content_id": WHOLE,
            "hash_type": _MATCHED_TYPE,
            "distance": WHOLE,
            "quality": MAYBE_WHOLE,
            "view": TEXT,
            "likeness": TEXT,
        },
        {"hash": TEXT},
    ),
    "Matched": object_of(
        {
            "success": FLAG,
            "status": one_of("matched", "no_match"),
            "matched": FLAG,
            "match_count": WHOLE,
            "action": ANSWER,
            "banks": list_of(TEXT),
            "matches": list_of(ref("Match")),
        },
        {"hash": MAYBE_TEXT, "quality": MAYBE_WHOLE, "upload_id": TEXT, "case_id": TEXT, "exact_only": FLAG},
    ),
    "Batch": object_of({"success": FLAG, "results": list_of({"anyOf": [ref("Matched"), ref("FailedItem")]})}),
    "FailedItem": object_of(
        {"success": FLAG, "error": TEXT, "message": TEXT, "hint": TEXT},
        {"status": one_of("not_checked", "unhashable"), "reason": TEXT, "upload_id": TEXT},
    ),
    "MatchRecord": object_of(_MATCH_RECORD),
    "Upload": object_of(
        {
            "seq": WHOLE,
            "id": TEXT,
            "received_at": WHOLE,
            "source": one_of(*Source),
            "sender": TEXT,
            "did": TEXT,
            "claimed_author": TEXT,
            "cid": TEXT,
            "uri": TEXT,
            "photo_id": TEXT,
            "verdict": one_of("matched", "no_match", "not_checked", "unhashable"),
            "reason": TEXT,
            "media_type": TEXT,
            "size": WHOLE,
            "width": WHOLE,
            "height": WHOLE,
            "quality": MAYBE_WHOLE,
            "banks": list_of(TEXT),
            "took_ms": WHOLE,
            "action": ANSWER,
            "case_id": TEXT,
            "retry_at": MAYBE_WHOLE,
            "needs_you": FLAG,
            "matches": list_of(ref("MatchRecord")),
        }
    ),
    "Logs": object_of({"logs": list_of(ref("Upload")), "next": MAYBE_WHOLE}),
    "Uploads": object_of({"uploads": list_of(ref("Upload")), "next": MAYBE_WHOLE}),
    "Settings": object_of({"settings": list_of(ref("Setting"))}),
    "Setting": object_of(
        {
            "name": TEXT,
            "value": TEXT,
            "source": one_of(*Origin),
            "place": TEXT,
            "started_with": TEXT,
            "can_change": FLAG,
            "takes": TEXT,
            "choices": list_of(TEXT),
        }
    ),
    "NewSetting": object_of({"value": {"type": ["string", "integer"]}}),
    "Digest": object_of({"until": WHOLE, "text": TEXT}),
    "Alarm": object_of(
        {
            "kind": one_of(*Kind),
            "level": one_of(*Level),
            "subject": TEXT,
            "words": TEXT,
            "do": TEXT,
            "place": TEXT,
            "count": WHOLE,
            "told_at": MAYBE_WHOLE,
            "told": maybe(one_of(*ActionState)),
        }
    ),
    "NewBank": object_of(
        {"name": TEXT},
        {
            "description": TEXT,
            "category": CATEGORY,
            "role": _ROLE,
            "threshold": {"type": "integer", "minimum": 0, "maximum": 31},
            "on_match": _ON_MATCH,
            "mode": _MODE,
            "origin": one_of("here", "hma"),
        },
    ),
    "Bank": object_of(
        {
            "name": TEXT,
            "description": TEXT,
            "category": CATEGORY,
            "role": _ROLE,
            "threshold": WHOLE,
            "on_match": _ON_MATCH,
            "mode": _MODE,
            "origin": TEXT,
            "share": MAYBE_NUMBER,
            "entry_count": MAYBE_WHOLE,
            "signals": maybe({"type": "object", "additionalProperties": WHOLE}),
            "hit_count": MAYBE_WHOLE,
            "created_at": WHOLE,
            "updated_at": WHOLE,
        }
    ),
    "Banks": object_of({"banks": list_of(ref("Bank")), "hma": FLAG}),
    "NewSignal": object_of(
        {},
        dict.fromkeys(("hash", "pdq", "md5", "sha1", "sha256"), TEXT) | {"metadata": {"type": "object"}},
    ),
    "Addition": object_of(
        {
            "success": FLAG,
            "bank": TEXT,
            "content_id": MAYBE_WHOLE,
            "added": MAYBE_WHOLE,
            "already": MAYBE_WHOLE,
            "hashes": list_of(ref("Hash")),
        }
    ),
    "Import": object_of(_IMPORT),
    "Job": object_of(
        {
            **_IMPORT,
            "id": TEXT,
            "kind": one_of("import"),
            "actor": TEXT,
            "started_at": WHOLE,
            "bytes_read": WHOLE,
            "bytes_total": MAYBE_WHOLE,
        }
    ),
    "Url": object_of({"url": TEXT}),
    "HashToMatch": object_of(
        {"hash_value": TEXT}, {"hash_type": TEXT, "threshold": {"type": ["number", "string", "null"]}}
    ),
    "HashesToMatch": object_of(
        {"hashes": list_of(object_of({"hash_value": TEXT}, {"hash_type": TEXT}))},
        {"threshold": {"type": ["number", "string", "null"]}},
    ),
    "NewApiKey": object_of({"name": TEXT, "scopes": list_of(TEXT)}),
    "ApiKeyMade": object_of({"name": TEXT, "key": TEXT}),
    "ApiKey": object_of(
        {"name": TEXT, "scopes": list_of(TEXT), "created_at": WHOLE, "revoked_at": MAYBE_WHOLE}
    ),
    "ApiKeys": object_of({"apikeys": list_of(ref("ApiKey"))}),
    "HmaCompared": COMPARED_SCHEMA,
    "Status": object_of(
        {
            "version": TEXT,
            "state": one_of("ready", "starting"),
            "started_at": WHOLE,
            "seq": WHOLE,
            "uploads": object_of(
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
            "matches": object_of({"days": _FOURTEEN}),
            "cases": object_of(
                {
                    "open": WHOLE,
                    "oldest_opened_at": MAYBE_WHOLE,
                    "last_opened_at": MAYBE_WHOLE,
                    "last_decided_at": MAYBE_WHOLE,
                    "later": WHOLE,
                }
            ),
            "banks": object_of(
                {"count": WHOLE, "block_lists": WHOLE, "entries": WHOLE, "oldest_update_at": MAYBE_WHOLE}
            ),
            "index": object_of({"state": one_of("ready", "building"), "codes": MAYBE_WHOLE}),
            "matcher": MATCHER_SCHEMA,
            "actions": object_of({"planned": WHOLE, "failed": WHOLE, "fault": TEXT, "remedy": TEXT}),
            "undo": maybe(ref("Undoable")),
            "paused": maybe(object_of({"since": WHOLE, "by": TEXT, "reason": TEXT})),
            "alarms": list_of(ref("Alarm")),
            "store": object_of({"events": WHOLE, "bytes": WHOLE}),
            "machine": object_of({"disk_used_percent": WHOLE, "memory_bytes": WHOLE}),
            "log": ref("LogSummary"),
            "pds": maybe(ref("Pds")),
            "evidence": object_of(
                {"country": TEXT, "keeps": FLAG, "files": WHOLE, "bytes": WHOLE, "fault": TEXT}
            ),
            "rematch": maybe(ref("Rematch")),
            "self_test": maybe(ref("SelfTest")),
            "jobs": list_of(ref("Job")),
        }
    ),
}
