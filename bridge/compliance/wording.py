"""What an entry says, in words for people: the report's, the console's and the commands' alike."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.events import EventType
from bridge.spoken import entry

_WORDS: Mapping[EventType, str] = {
    EventType.UPLOAD_RECORDED: "upload {verdict}",
    EventType.UPLOAD_RECHECKED: "upload compared again: {verdict}",
    EventType.CASE_OPENED: "case opened",
    EventType.CASE_JOINED: "another file joined the case",
    EventType.CASE_MATCHED: "matched {entry} of bank {bank}, distance {distance}",
    EventType.CASE_REPORTED: "reported, or labelled elsewhere",
    EventType.ACTION_PLANNED: "{action} planned",
    EventType.ACTION_STARTED: "{action} begun",
    EventType.ACTION_CONFIRMED: "{action} confirmed",
    EventType.ACTION_FAILED: "{action} failed",
    EventType.ACTION_CANCELLED: "{action} cancelled",
    EventType.ACTION_RETRIED: "{action} tried again",
    EventType.DECISION_MADE: "decided: {choice} ({reason})",
    EventType.DECISION_UNDONE: "decision undone",
    EventType.CASE_NOTED: "note written",
    EventType.CASE_APPEALED: "appealed: it waits for another decision",
    EventType.POLICY_CHANGED: "policy {version} put in force",
    EventType.REVEAL_SHOWN: "picture shown: step {step} of 4, {colour}, {size}",
    EventType.REVEAL_ENDED: "picture hidden after {shown_ms} ms: step {step} of 4, {colour}, {size}",
    EventType.BANK_CREATED: "bank {bank} made",
    EventType.BANK_DELETED: "bank {bank} deleted",
    EventType.BANK_SWITCHED: "bank {bank} switched {state}",
    EventType.BANK_MIRRORED: "{entries} entries {change} in HMA, which mirrors bank {bank}",
    EventType.ENTRIES_ADDED: "{entries} entries added to bank {bank}",
    EventType.ENTRIES_REMOVED: "{entries} entries removed from bank {bank}",
    EventType.LIST_CONNECTED: "list {list} connected ({kind}), into bank {bank}",
    EventType.LIST_REMOVED: "list {list} removed, and what bank {bank} had from it",
    EventType.API_KEY_CREATED: "API key made",
    EventType.API_KEY_REVOKED: "API key revoked",
    EventType.SETTING_CHANGED: "setting {setting} is {value} now",
    EventType.SECRET_SET: "secret {secret} set",
    EventType.SECRET_DELETED: "secret {secret} deleted",
    EventType.HOLD_SET: "legal hold set until {until}",
    EventType.HOLD_ENDED: "legal hold ended",
    EventType.EVIDENCE_KEPT: "evidence of an upload kept: {what}",
    EventType.EVIDENCE_CLOCK: "evidence kept until {until}",
    EventType.EVIDENCE_DESTROYED: "evidence of {uploads} uploads destroyed ({basis})",
    EventType.ERASED: "erased what opens {entries} entries",
    EventType.ERASURE_DEFERRED: "erasure deferred until {until}, a hold keeps it",
    EventType.ALARM_RAISED: "alarm raised: {alarm}",
    EventType.ALARM_CLEARED: "alarm cleared: {alarm}",
    EventType.BRIDGE_STARTED: "bridge started, version {tool}",
    EventType.BRIDGE_STOPPED: "bridge stopped",
    EventType.BRIDGE_PAUSED: "paused: nothing is done by itself",
    EventType.BRIDGE_RESUMED: "pause ended, {uploads} uploads to check",
    EventType.REMATCHED: "{entries} new entries compared with {seen} files, {found} uploads matched",
    EventType.SELF_TEST_PASSED: "self-test passed",
    EventType.SELF_TEST_FAILED: "self-test failed at its step {step}",
    EventType.HEARTBEAT: "heartbeat",
    EventType.CLOCK_STEPPED: "the clock was set by {by_ms} ms",
    EventType.FIREHOSE_GAP: "the firehose left something out ({gap}): all accounts are looked through",
    EventType.LOG_BEGUN: "log begun",
    EventType.LOG_EXPORTED: "{entries} entries exported ({scope})",
    EventType.LOG_VERIFIED: "log checked: {result}",
    EventType.LOG_STAMP_ASKED: "time stamp asked for",
    EventType.LOG_ANCHORED: "head of {size} entries time-stamped",
    EventType.ROLLBACK_ACCEPTED: "went on from {size} entries, the outside copy had {outside_size}",
    EventType.KEY_CREATED: "keys made",
    EventType.KEY_UNLOCKED: "keys unlocked by {by}",
    EventType.KEY_ROTATED: "signing key changed",
    EventType.KEY_LOST: "signing key lost, a new one made",
    EventType.KEY_REVOKED: "signing key {fingerprint} revoked",
    EventType.ACTOR_NAMED: "{who} named",
}


def words(type_: str, facts: Mapping[str, object]) -> str:
    """What happened, in a few words; the type's own name where a later version wrote it."""
    if type_ == EventType.SCAN_BATCH:
        return _batch(facts)
    try:
        said = _WORDS[EventType(type_)].format_map(_Facts(_named(facts)))
    except ValueError:
        return type_
    for many, one in (("1 entries ", "1 entry "), ("1 uploads ", "1 upload ")):
        if said.startswith(many):
            return said.replace(many, one, 1)
    return said


def _named(facts: Mapping[str, object]) -> Mapping[str, object]:
    number = facts.get("entry")
    return {**facts, "entry": entry(number) if isinstance(number, int) else "an entry"}


def _batch(facts: Mapping[str, object]) -> str:
    """What became of the uploads of one commit that matched nothing."""
    parts = (
        ("no_match", "without a match"),
        ("not_checked", "not checked"),
        ("unhashable", "not to be hashed"),
    )
    told = [f"{facts[name]} {said}" for name, said in parts if facts.get(name)]
    again = facts.get("rechecked")
    return f"uploads: {', '.join(told) or '0'}" + (f" ({again} compared again)" if again else "")


class _Facts(dict[str, object]):
    """A fact that an entry leaves out is a question mark; underscores are blanks."""

    def __getitem__(self, name: str) -> str:
        return str(self.get(name, "?")).replace("_", " ")
