"""What a leaf may say: each type's facts, and each fact's closed set of values.

Nothing here lets a DID, a handle, a CID, a hash of an upload, an address or free text through:
what is not listed is refused when the event is given to the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from bridge.alarm import Kind as AlarmKind
from bridge.alarm import Level
from bridge.catalogue import Category, ListKind, Mode, OnMatch, Role
from bridge.changeable import CHANGEABLE
from bridge.decisions import Choice
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName
from bridge.policy import Answer
from bridge.reasons import CODE
from bridge.self_test_result import Step, Way
from bridge.signals import OtherType, SignalType
from bridge.verdicts import Verdict

Kind = Callable[[object], bool]


def _words(values: Iterable[str]) -> Kind:
    known = frozenset(values)
    return lambda value: isinstance(value, str) and value in known


def _pattern(pattern: str) -> Kind:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _setting(value: object) -> bool:
    """A value of a setting that can be changed: a number, one of its words, hours."""
    return any(takes.fits(str(value)) for takes in CHANGEABLE.values() if takes.is_number is _number(value))


ID = _pattern(r"[a-z2-9]{16}")
DIGEST = _pattern(r"[A-Za-z0-9+/]{43}=")
TIME = _pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_VERSION = _pattern(r"\d{1,4}(\.\d{1,4}){1,3}([a-z]+\d{0,4})?")
_ORIGIN = _pattern(r"hma-console/[a-z2-9]{16}")
_VKEY = _pattern(r"hma-console/[a-z2-9]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}")
_SSH = _pattern(r"ssh-ed25519 [A-Za-z0-9+/]{68}")
_FINGERPRINT = _pattern(r"SHA256:[A-Za-z0-9+/]{43}")
_CATEGORY = _words(Category)
_SCOPE = "(hash|match|action|banks|read|all)"
_BASES = _words(("consent", "court-order", "data-subject", "preservation", "retention", "law-enforcement"))
_UPLOAD: Mapping[str, Kind] = {
    "upload": ID,
    "verdict": _words(Verdict),
    "matches": _number,
    "action": _words(Answer),
    "category": _words((*Category, "")),
}
_BANK: Mapping[str, Kind] = {
    "bank": _number,
    "category": _CATEGORY,
    "role": _words(Role),
    "on_match": _words(OnMatch),
    "mode": _words(Mode),
    "threshold": _number,
}
_ACTIONS = _words(("takedown", "hold", "block", "preserve", "restore", "webhook", "notify", "feedback"))
_ACTION: Mapping[str, Kind] = {"action": _ACTIONS, "upload": ID}
_REVEAL: Mapping[str, Kind] = {
    "reveal": ID,
    "upload": ID,
    "step": _number,
    "colour": _words(("grey", "colour")),
    "size": _words(("part", "whole")),
}
_ALARM: Mapping[str, Kind] = {"alarm": _words(AlarmKind), "level": _words(Level)}
_NEW_KEY: Mapping[str, Kind] = {"vkey": _VKEY, "ssh": _SSH, "old": _FINGERPRINT}

FACTS: Mapping[EventType, Mapping[str, Kind]] = {
    EventType.UPLOAD_RECORDED: _UPLOAD,
    EventType.UPLOAD_RECHECKED: _UPLOAD,
    EventType.CASE_OPENED: {"upload": ID, "category": _CATEGORY},
    EventType.CASE_JOINED: {"upload": ID, "category": _CATEGORY},
    EventType.CASE_MATCHED: {
        "upload": ID,
        "category": _CATEGORY,
        "bank": _number,
        "entry": _number,
        "signal": _words((*SignalType, *OtherType)),
        "distance": _number,
        "view": _number,
        "retroactive": _number,
    },
    EventType.CASE_REPORTED: {"report": ID, "category": _CATEGORY},
    EventType.ACTION_PLANNED: {
        "action": _ACTIONS,
        "category": _CATEGORY,
        "upload": ID,
        "bank": _number,
        "entry": _number,
        "opinion": _words(("confirmed", "false")),
    },
    EventType.ACTION_STARTED: _ACTION,
    EventType.ACTION_CONFIRMED: _ACTION,
    EventType.ACTION_FAILED: _ACTION,
    EventType.ACTION_CANCELLED: _ACTION,
    EventType.ACTION_RETRIED: _ACTION,
    EventType.DECISION_MADE: {
        "decision": ID,
        "choice": _words(Choice),
        "reason": _pattern(CODE.pattern),
        "files": _number,
        "kept_down": _number,
        "category": _CATEGORY,
    },
    EventType.DECISION_UNDONE: {"decision": ID, "told": _number},
    EventType.CASE_NOTED: {},
    EventType.CASE_APPEALED: {"upload": ID, "superseded": _number},
    EventType.POLICY_CHANGED: {"version": _number, "digest": DIGEST},
    EventType.REVEAL_SHOWN: _REVEAL,
    EventType.REVEAL_ENDED: {**_REVEAL, "shown_ms": _number, "by": _words(("person", "limit"))},
    EventType.BANK_CREATED: _BANK,
    EventType.BANK_DELETED: {"bank": _number},
    EventType.BANK_SWITCHED: {"bank": _number, "state": _words(("on", "off"))},
    EventType.BANK_MIRRORED: {"bank": _number, "entries": _number, "change": _words(("added", "removed"))},
    EventType.ENTRIES_ADDED: {"bank": _number, "entries": _number},
    EventType.ENTRIES_REMOVED: {"bank": _number, "entries": _number},
    EventType.LIST_CONNECTED: {"list": _number, "kind": _words(ListKind), "bank": _number},
    EventType.LIST_REMOVED: {"list": _number, "bank": _number},
    EventType.API_KEY_CREATED: {"scopes": _pattern(rf"{_SCOPE}( {_SCOPE})*")},
    EventType.API_KEY_REVOKED: {},
    EventType.SETTING_CHANGED: {"setting": _words(CHANGEABLE), "value": _setting},
    EventType.SECRET_SET: {"secret": _words(SecretName)},
    EventType.SECRET_DELETED: {"secret": _words(SecretName)},
    EventType.HOLD_SET: {"until": TIME, "basis": _BASES},
    EventType.HOLD_ENDED: {},
    EventType.EVIDENCE_KEPT: {"upload": ID, "what": _words(("bytes", "context", "nothing"))},
    EventType.EVIDENCE_CLOCK: {"until": TIME},
    EventType.EVIDENCE_DESTROYED: {"uploads": _number, "basis": _BASES},
    EventType.ERASED: {"entries": _number, "basis": _BASES},
    EventType.ERASURE_DEFERRED: {"until": TIME, "basis": _BASES},
    EventType.FIREHOSE_GAP: {"gap": _words(("outdated", "future", "unreadable"))},
    EventType.ALARM_RAISED: _ALARM,
    EventType.ALARM_CLEARED: _ALARM,
    EventType.BRIDGE_STARTED: {"tool": _VERSION},
    EventType.BRIDGE_STOPPED: {},
    EventType.BRIDGE_PAUSED: {},
    EventType.BRIDGE_RESUMED: {"uploads": _number},
    EventType.REMATCHED: {"entries": _number, "seen": _number, "found": _number},
    EventType.SELF_TEST_PASSED: {"way": _words(Way), "took_ms": _number},
    EventType.SELF_TEST_FAILED: {"way": _words(Way), "took_ms": _number, "step": _words(Step)},
    EventType.HEARTBEAT: {"entries": _number},
    EventType.CLOCK_STEPPED: {"by_ms": _number},
    EventType.LOG_BEGUN: {"origin": _ORIGIN, "tool": _VERSION},
    EventType.LOG_EXPORTED: {
        "scope": _words(("all", "case", "range")),
        "entries": _number,
        "indices": DIGEST,
        "case": ID,
        "case_last": _number,
        "from": _number,
        "to": _number,
        "disclosed": _number,
    },
    EventType.LOG_VERIFIED: {"entries": _number, "result": _words(("whole", "damaged"))},
    EventType.LOG_STAMP_ASKED: {"kind": _words(("rfc3161",))},
    EventType.LOG_ANCHORED: {"kind": _words(("rfc3161",)), "size": _number, "receipt": DIGEST, "at": _number},
    EventType.ROLLBACK_ACCEPTED: {
        "outside_size": _number,
        "outside_root": DIGEST,
        "size": _number,
        "root": DIGEST,
    },
    EventType.KEY_CREATED: {"vkey": _VKEY, "ssh": _SSH},
    EventType.KEY_UNLOCKED: {
        "by": _words(("agent", "keyring", "credential", "command", "fd", "typed")),
    },
    EventType.KEY_ROTATED: _NEW_KEY,
    EventType.KEY_LOST: _NEW_KEY,
    EventType.KEY_REVOKED: {"fingerprint": _FINGERPRINT},
    EventType.ACTOR_NAMED: {"who": _pattern(r"(op|key):\d{1,9}")},
    EventType.SCAN_BATCH: {
        "uploads": _number,
        "no_match": _number,
        "not_checked": _number,
        "unhashable": _number,
        "rechecked": _number,
    },
}

PRIVATE = frozenset({"account", "record", "content", "sender", "bank", "name", "note"})


def check(event: Event) -> None:
    """Raises ValueError where the event says what no leaf may say, in any of its facts."""
    known = FACTS[event.type]
    for name, value in event.facts.items():
        if name not in known or not known[name](value):
            raise ValueError(f"{event.type}: {name} may not be {str(value)[:40]!r}")
    if unknown := set(event.private) - PRIVATE:
        raise ValueError(f"{event.type}: there is no committed field {unknown.pop()!r}")
    if event.case_id and not ID(event.case_id):
        raise ValueError(f"{event.type}: {event.case_id[:40]!r} is no case id")
