"""Events: what happened. The store streams them as news, the compliance log makes leaves of them.

What may stand in the log for ever (`facts`: random ids, numbers, words of a closed vocabulary) is
kept apart from what must stay erasable (`private`: accounts, files, names, free text).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventType(StrEnum):
    UPLOAD_RECORDED = "upload.recorded"
    UPLOAD_RECHECKED = "upload.rechecked"
    CASE_OPENED = "case.opened"
    CASE_JOINED = "case.joined"
    CASE_MATCHED = "case.matched"
    CASE_REPORTED = "case.reported"
    ACTION_PLANNED = "action.planned"
    ACTION_STARTED = "action.started"
    ACTION_CONFIRMED = "action.confirmed"
    ACTION_FAILED = "action.failed"
    ACTION_CANCELLED = "action.cancelled"
    ACTION_RETRIED = "action.retried"
    DECISION_MADE = "decision.made"
    DECISION_UNDONE = "decision.undone"
    CASE_NOTED = "case.noted"
    CASE_APPEALED = "case.appealed"
    POLICY_CHANGED = "policy.changed"
    REVEAL_SHOWN = "reveal.shown"
    REVEAL_ENDED = "reveal.ended"
    BANK_CREATED = "bank.created"
    BANK_DELETED = "bank.deleted"
    BANK_SWITCHED = "bank.switched"
    BANK_MIRRORED = "bank.mirrored"
    ENTRIES_ADDED = "bank.entries_added"
    ENTRIES_REMOVED = "bank.entries_removed"
    LIST_CONNECTED = "list.connected"
    LIST_REMOVED = "list.removed"
    API_KEY_CREATED = "apikey.created"
    API_KEY_REVOKED = "apikey.revoked"
    SETTING_CHANGED = "setting.changed"
    SECRET_SET = "secret.set"
    SECRET_DELETED = "secret.deleted"
    HOLD_SET = "hold.set"
    HOLD_ENDED = "hold.ended"
    EVIDENCE_KEPT = "evidence.kept"
    EVIDENCE_CLOCK = "evidence.clock"
    EVIDENCE_DESTROYED = "evidence.destroyed"
    ERASED = "erase.done"
    ERASURE_DEFERRED = "erase.deferred"
    FIREHOSE_GAP = "pds.firehose_gap"
    ALARM_RAISED = "alarm.raised"
    ALARM_CLEARED = "alarm.cleared"
    BRIDGE_STARTED = "bridge.started"
    BRIDGE_STOPPED = "bridge.stopped"
    BRIDGE_PAUSED = "bridge.paused"
    BRIDGE_RESUMED = "bridge.resumed"
    REMATCHED = "rematch.done"
    SELF_TEST_PASSED = "selftest.passed"
    SELF_TEST_FAILED = "selftest.failed"
    HEARTBEAT = "heartbeat"
    CLOCK_STEPPED = "clock.step"
    LOG_BEGUN = "log.genesis"
    LOG_EXPORTED = "log.exported"
    LOG_VERIFIED = "log.verified"
    LOG_STAMP_ASKED = "log.stamp_asked"
    LOG_ANCHORED = "log.anchored"
    ROLLBACK_ACCEPTED = "log.rollback_accepted"
    KEY_CREATED = "key.created"
    KEY_UNLOCKED = "key.unlocked"
    KEY_ROTATED = "key.rotated"
    KEY_LOST = "key.lost"
    KEY_REVOKED = "key.revoked"
    ACTOR_NAMED = "actor.named"
    SCAN_BATCH = "scan.batch"


@dataclass(frozen=True, slots=True)
class Event:
    """`actor` is who did it: `key:NAME`, `user:NAME`, or `bridge` for what it does by itself.

    `case_id` chains it to the case's other entries. `private` values are canonical JSON: texts,
    whole numbers, lists and mappings of them.
    """

    type: EventType
    subject: str
    actor: str = "bridge"
    facts: Mapping[str, str | int] = field(default_factory=dict)
    private: Mapping[str, object] = field(default_factory=dict)
    case_id: str = ""
