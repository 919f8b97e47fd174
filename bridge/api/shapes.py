"""The bridge's values as JSON, one function each; `docs/api.md` describes them.

`reveals_lists` is true on the operator's socket only: over TCP nothing of a listed bank is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from bridge.banks.banks import Addition, Import
from bridge.catalogue import Category
from bridge.decisions import Choice
from bridge.outcomes import Outcome
from bridge.policy import standing
from bridge.reasons import Reason, reasons_for
from bridge.records import (
    ApiKeyRecord,
    BankRecord,
    CaseRecord,
    EvidenceRecord,
    MatchRecord,
    ReportRecord,
    UploadRecord,
)
from bridge.signals import Signal, Signals, SignalType
from bridge.verdicts import Match, Verdict

Json = dict[str, Any]


def hashes(signals: Signals) -> Json:
    """`hash` is the reference view's PDQ, null for what is no picture."""
    view = signals.reference
    pdq = [{"algorithm": "pdq", "hash_value": view.pdq.hex(), "quality": view.quality}] if view else []
    return {
        "hash": view.pdq.hex() if view else None,
        "quality": view.quality if view else None,
        "hashes": [*pdq, *({"algorithm": s.type.value, "hash_value": s.hex} for s in signals.exact)],
    }


def outcome(done: Outcome, *, reveals_lists: bool) -> Json:
    """The answer for an upload that was compared: matched or no_match."""
    view = done.signals.reference
    shown = [match(one) for one in _told(done.matches, reveals_lists)]
    return {
        "success": True,
        "status": done.verdict.value,
        "matched": done.verdict is Verdict.MATCHED,
        "match_count": len(shown),
        "action": done.answer.value,
        "hash": view.pdq.hex() if view else None,
        "quality": view.quality if view else None,
        "upload_id": done.upload.id,
        "banks": list(done.banks),
        "matches": shown,
        **({"case_id": done.case_id} if done.case_id else {}),
        **({} if any(view.quality >= 50 for view in done.signals.views) else {"exact_only": True}),
    }


def comparison(matches: Iterable[Match], banks: Iterable[str], *, reveals_lists: bool) -> Json:
    """The answer for a hash that was compared."""
    found = tuple(matches)
    shown = [match(one) for one in _told(found, reveals_lists)]
    return {
        "success": True,
        "status": (Verdict.MATCHED if found else Verdict.NO_MATCH).value,
        "matched": bool(found),
        "match_count": len(shown),
        "action": "none",
        "banks": list(banks),
        "matches": shown,
    }


def _told(matches: Iterable[Match], reveals_lists: bool) -> list[Match]:
    return [one for one in standing(tuple(matches)) if reveals_lists or not one.bank.category.is_listed]


def match(one: Match) -> Json:
    """A match; the entry's value is given for own and test banks only."""
    return {
        "bank": one.bank.name,
        "bank_name": one.bank.name,
        "category": one.bank.category.value,
        "content_id": one.content_id,
        "hash_type": one.signal_type.value,
        "distance": one.distance,
        "quality": one.quality,
        "view": one.view.words,
        "likeness": one.likeness,
        **({} if one.bank.category.is_listed or one.is_elsewhere else {"hash": one.value.hex()}),
    }


def match_record(one: MatchRecord) -> Json:
    return {
        "bank": one.bank,
        "category": one.category.value,
        "role": one.role.value,
        "entry_id": one.entry_id,
        "content_id": one.content_id,
        "hash_type": one.signal_type.value,
        "distance": one.distance,
        "quality": one.quality,
        "view": one.view.words,
        "likeness": one.likeness,
        "cancelled_by": one.cancelled_by,
        "retroactive": one.retroactive,
    }


def upload(record: UploadRecord, *, reveals_lists: bool) -> Json:
    return {
        "seq": record.seq,
        "id": record.id,
        "received_at": record.received_at,
        "source": record.source.value,
        "sender": record.sender,
        "did": record.did,
        "claimed_author": record.claimed_author,
        "cid": record.cid,
        "uri": record.uri,
        "photo_id": record.photo_id,
        "verdict": record.verdict.value,
        "reason": record.reason,
        "media_type": record.media_type,
        "size": record.size,
        "width": record.width,
        "height": record.height,
        "quality": record.quality,
        "banks": list(record.banks),
        "took_ms": record.took_ms,
        "action": record.action,
        "case_id": record.case_id,
        "retry_at": record.retry_at,
        "needs_you": record.needs_you,
        "matches": [
            match_record(one) for one in record.matches if reveals_lists or not one.category.is_listed
        ],
    }


def case(record: CaseRecord) -> Json:
    closest = record.closest
    return {
        "id": record.id,
        "state": record.state.value,
        "category": record.category.value,
        "opened_at": record.opened_at,
        "updated_at": record.updated_at,
        "did": record.did,
        "claimed_author": record.claimed_author,
        "sender": record.sender,
        "banks": list(record.banks),
        "file_count": record.file_count,
        "closest": match_record(closest) if closest else None,
        "action": record.action,
        "taken_down": record.taken_down,
        "to_take_down": record.to_take_down,
        "reporters": record.reporters,
        "report_reason": record.report_reason,
        "later_until": record.later_until,
        "escalated_at": record.escalated_at,
        "decided_at": record.decided_at,
        "decided": asdict(record.decided) if record.decided else None,
        "appealed_at": record.appealed_at,
    }


def reasons(category: Category, among: Sequence[Reason]) -> Json:
    """What each choice's reasons are in this category, the default first."""
    return {
        choice.value: [{"code": one.code, "words": one.words} for one in reasons_for(choice, category, among)]
        for choice in Choice
    }


def report(record: ReportRecord) -> Json:
    return {
        "id": record.id,
        "reported_at": record.reported_at,
        "reporter": record.reporter,
        "reason_type": record.reason_type,
        "reason": record.reason,
        "subject": dict(record.subject),
    }


def evidence(record: EvidenceRecord) -> Json:
    """Whether the vault has the upload's bytes, and until when; never the bytes."""
    return {
        "upload_id": record.upload_id,
        "kept_at": record.kept_at,
        "has_bytes": record.sha256 is not None,
        "has_context": record.context is not None,
        "why": record.why,
        "destroy_at": record.destroy_at,
        "destroyed_at": record.destroyed_at,
    }


def bank(record: BankRecord, *, told: bool, share: float | None = None) -> Json:
    """Counts are null unless `told`; those of a bank that is elsewhere, where none are told, always.

    `share` is that of the look-ups which a bank of HMA takes part in.
    """
    one = record.bank
    counted = told and not one.is_elsewhere
    return {
        "name": one.name,
        "description": one.description,
        "category": one.category.value,
        "role": one.role.value,
        "threshold": one.threshold,
        "on_match": one.on_match.value,
        "mode": one.mode.value,
        "origin": one.origin,
        "share": share,
        "entry_count": record.entry_count if counted else None,
        "signals": {kind.value: record.signals.get(kind, 0) for kind in SignalType} if counted else None,
        "hit_count": record.hit_count if told else None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def addition(done: Addition, *, told: bool) -> Json:
    """What was there already is null unless `told`: it would tell what the bank holds."""
    shown = () if done.bank.category.is_listed else done.signals
    return {
        "success": True,
        "bank": done.bank.name,
        "content_id": done.content_id if told else None,
        "added": done.added if told else None,
        "already": done.already if told else None,
        "hashes": [signal(one) for one in shown],
    }


def signal(one: Signal) -> Json:
    quality = {} if one.quality is None else {"quality": one.quality}
    return {"algorithm": one.type.value, "hash_value": one.hex, **quality}


def import_done(job: Import, *, told: bool) -> Json:
    """What was there already is null unless `told`."""
    return {
        "success": True,
        "bank": job.bank,
        "lines": job.lines,
        "added": job.added if told else None,
        "already": job.already if told else None,
        "bad_count": job.bad_count,
        "bad": [{"line": bad.line, "why": bad.why} for bad in job.bad],
    }


def import_running(job: Import) -> Json:
    return {
        **import_done(job, told=True),
        "id": job.id,
        "kind": "import",
        "actor": job.actor,
        "started_at": job.started_at,
        "bytes_read": job.bytes_read,
        "bytes_total": job.bytes_total,
    }


def api_key(record: ApiKeyRecord) -> Json:
    return {
        "name": record.name,
        "scopes": list(record.scopes),
        "created_at": record.created_at,
        "revoked_at": record.revoked_at,
    }
