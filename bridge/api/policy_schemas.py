"""JSON schemas of the policy and of its simulation."""

from __future__ import annotations

from bridge.api.case_schemas import CATEGORY
from bridge.api.schema_parts import (
    FLAG,
    MAYBE_TEXT,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    maybe,
    object_of,
    one_of,
    ref,
)
from bridge.catalogue import Mode, OnMatch, Role
from bridge.decisions import Choice
from bridge.policy import GateMode
from bridge.rules import AtTheGate

_CHANGES = {
    "threshold": {"type": "integer", "minimum": 0, "maximum": 31},
    "mode": one_of(*Mode),
    "on_match": one_of(*OnMatch),
    "gate": one_of(*AtTheGate),
}
_BANK = {
    "bank": TEXT,
    "category": CATEGORY,
    "role": one_of(*Role),
    "threshold": WHOLE,
    "mode": one_of(*Mode),
    "on_match": one_of(*OnMatch),
}
_VERSION = {"version": WHOLE, "at": WHOLE, "actor": TEXT, "digest": TEXT}
_DISTANCES: Schema = {"type": "array", "items": WHOLE, "minItems": 32, "maxItems": 32}

POLICY_SCHEMAS: dict[str, Schema] = {
    "PolicyVersion": object_of(_VERSION, {"text": TEXT}),
    "BankRule": object_of(
        {
            **_BANK,
            "id": WHOLE,
            "gate": one_of(*AtTheGate),
            "automatic_distance": WHOLE,
            "automatic_quality": WHOLE,
            "tell": FLAG,
            "report": FLAG,
        }
    ),
    "Policy": object_of(
        {
            "newest": maybe(ref("PolicyVersion")),
            "text": TEXT,
            "rules": list_of(ref("BankRule")),
            "brakes": object_of(
                {
                    "automatic_a_day": WHOLE,
                    "automatic_an_hour": WHOLE,
                    "entry_an_hour": WHOLE,
                    "account_an_hour": WHOLE,
                }
            ),
            "today": WHOLE,
            "reasons": list_of(
                object_of(
                    {
                        "code": TEXT,
                        "words": TEXT,
                        "choices": list_of(one_of(*Choice)),
                        "categories": list_of(CATEGORY),
                    }
                )
            ),
            "gate": maybe(one_of(*GateMode)),
        }
    ),
    "ChangeOfBank": object_of({}, _CHANGES),
    "NewSimulation": object_of({"bank": TEXT}, _CHANGES),
    "RuledBank": object_of(_BANK),
    "Simulated": object_of(
        {
            "before": ref("RuledBank"),
            "after": ref("RuledBank"),
            "days": WHOLE,
            "uploads": WHOLE,
            "distances": _DISTANCES,
            "decided": WHOLE,
            "taken_down": WHOLE,
            "released": WHOLE,
            "missed": WHOLE,
            "waiting": list_of(TEXT),
        }
    ),
    "PolicyTested": object_of(
        {
            "differences": list_of(object_of({"name": TEXT, "before": MAYBE_TEXT, "after": MAYBE_TEXT})),
            "simulated": list_of(ref("Simulated")),
        }
    ),
}
