"""JSON schemas of what the log's endpoints take and give."""

from __future__ import annotations

from bridge.api.schema_parts import (
    FLAG,
    MAYBE_TEXT,
    MAYBE_WHOLE,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    object_of,
    one_of,
    ref,
)

_KEYS = {
    "state": one_of("missing", "locked", "signing", "open"),
    "fingerprint": MAYBE_TEXT,
    "ssh": MAYBE_TEXT,
    "opened_by": TEXT,
    "tried": list_of(object_of({"source": TEXT, "why": TEXT})),
}
_MAYBE_PASSPHRASE = {"passphrase": TEXT}

LOG_SCHEMAS: dict[str, Schema] = {
    "LogSummary": object_of(
        {
            "entries": WHOLE,
            "signed": WHOLE,
            "trouble": FLAG,
            "keys": _KEYS["state"],
            "outside_at": MAYBE_WHOLE,
            "outside_fault": FLAG,
            "stamp_fault": FLAG,
        }
    ),
    "Log": object_of(
        {
            "origin": TEXT,
            "entries": WHOLE,
            "signed": WHOLE,
            "root": TEXT,
            "trouble": MAYBE_TEXT,
            "keys": object_of(_KEYS),
            "outside": object_of({"folder": TEXT, "written_at": MAYBE_WHOLE, "fault": TEXT, "journal": FLAG}),
            "kept_heads": WHOLE,
            "first_head_at": MAYBE_WHOLE,
            "time_stamps": object_of(
                {"service": TEXT, "count": WHOLE, "last_at": MAYBE_WHOLE, "fault": TEXT}
            ),
            "jobs": list_of(ref("LogJob")),
        }
    ),
    "LogEntry": object_of(
        {
            "index": WHOLE,
            "at": WHOLE,
            "type": TEXT,
            "actor": TEXT,
            "who": TEXT,
            "what": TEXT,
            "case": TEXT,
            "case_seq": WHOLE,
            "facts": {"type": "object"},
            "hash": TEXT,
        }
    ),
    "LogEntries": object_of({"entries": list_of(ref("LogEntry")), "next": MAYBE_WHOLE}),
    "LogJob": object_of(
        {
            "id": TEXT,
            "kind": one_of("check", "export"),
            "what": TEXT,
            "actor": TEXT,
            "started_at": WHOLE,
            "ended_at": MAYBE_WHOLE,
            "state": one_of("running", "done", "failed", "stopped"),
            "step": TEXT,
            "done": WHOLE,
            "total": WHOLE,
            "error": {"anyOf": [object_of({"message": TEXT, "hint": TEXT}), {"type": "null"}]},
            "check": {"anyOf": [ref("LogChecked"), {"type": "null"}]},
            "export": {"anyOf": [ref("LogExported"), {"type": "null"}]},
        }
    ),
    "LogChecked": object_of(
        {
            "entries": WHOLE,
            "signed": WHOLE,
            "whole": FLAG,
            "problems": list_of(TEXT),
            "proven": list_of(TEXT),
            "not_proven": list_of(TEXT),
            "took_ms": WHOLE,
        }
    ),
    "LogExported": object_of(
        {"path": TEXT, "fingerprint": TEXT, "entries": WHOLE, "disclosed": list_of(TEXT)}
    ),
    "LogStamped": object_of({"entries": WHOLE, "attested_at": WHOLE}),
    "NewExport": object_of({"scope": {"type": "object"}, "output": TEXT}, {"disclose": list_of(TEXT)}),
    "LogKeys": object_of(
        {
            **_KEYS,
            "history": list_of(
                object_of(
                    {
                        "fingerprint": TEXT,
                        "from_entry": WHOLE,
                        "at": WHOLE,
                        "ended_at": MAYBE_WHOLE,
                        "ended_by": one_of("", "rotated", "lost", "revoked"),
                    }
                )
            ),
        }
    ),
    "NewKeys": object_of({}, {**_MAYBE_PASSPHRASE, "keyring": FLAG}),
    "Passphrase": object_of({}, _MAYBE_PASSPHRASE),
    "Fingerprint": object_of({"fingerprint": TEXT}),
    "Secrets": object_of({"secrets": list_of(object_of({"name": TEXT, "set_at": WHOLE}))}),
    "NewSecret": object_of({"value": TEXT}),
    "Hold": object_of({"until": WHOLE, "basis": TEXT}),
    "Erase": object_of({"basis": TEXT}, {"account": TEXT}),
    "Erased": object_of({"erased": FLAG, "until": MAYBE_WHOLE, "entries": WHOLE, "evidence": WHOLE}),
}
