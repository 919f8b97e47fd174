"""JSON schemas of lists of others."""

from __future__ import annotations

from bridge.api.schema_parts import (
    FLAG,
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
from bridge.catalogue import Category, ListKind, ListState

_KIND = one_of(*ListKind)
_TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}

EXCHANGE_SCHEMAS: dict[str, Schema] = {
    "Exchange": object_of(
        {
            "name": TEXT,
            "kind": _KIND,
            "bank": TEXT,
            "settings": _TEXTS,
            "state": one_of(*ListState),
            "entries": WHOLE,
            "unread": WHOLE,
            "changes_read": WHOLE,
            "connected_at": WHOLE,
            "tried_at": MAYBE_WHOLE,
            "succeeded_at": MAYBE_WHOLE,
            "due_at": WHOLE,
            "fault": TEXT,
            "remedy": TEXT,
        }
    ),
    "Programme": object_of(
        {
            **dict.fromkeys(("name", "title", "holds", "who", "send", "takes"), TEXT),
            "kind": MAYBE_TEXT,
            "secret": MAYBE_TEXT,
            "secret_is_set": FLAG,
            "lists": list_of(TEXT),
            "settings": list_of(
                object_of({"name": TEXT, "takes": TEXT, "usual": MAYBE_TEXT, "is_rare": FLAG})
            ),
            "asks_category": FLAG,
            "shield": maybe(object_of({"answered_at": MAYBE_WHOLE, "fault": TEXT, "remedy": TEXT})),
        }
    ),
    "Exchanges": object_of({"exchanges": list_of(ref("Exchange")), "programmes": list_of(ref("Programme"))}),
    "NewExchange": object_of(
        {"name": TEXT, "kind": _KIND}, {"settings": _TEXTS, "bank": TEXT, "category": one_of(*Category)}
    ),
}
