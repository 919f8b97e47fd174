"""The log's values as JSON; `docs/api.md` describes them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from bridge.api.parts import Parts
from bridge.compliance.check import Checked
from bridge.compliance.export import Exported
from bridge.compliance.jobs import Job
from bridge.compliance.leaf import Leaf
from bridge.compliance.reading import reading
from bridge.compliance.wording import words
from bridge.errors import KeysError
from bridge.keys.keychain import Keychain
from bridge.keys.ssh import fingerprint

Json = dict[str, Any]


def state(part: Parts) -> Json:
    """Reads the store: for a thread."""
    log, outside = part.compliance, part.compliance.outside
    with reading(part.store.path) as reader:
        kept, stamps = reader.kept_checkpoints(), reader.anchors()
        first_head_at = reader.time_of(kept[0].size - 1) if kept else None
    return {
        "origin": log.state.origin,
        "entries": log.state.size,
        "signed": log.state.signed,
        "root": base64.b64encode(log.state.root).decode(),
        "trouble": log.trouble.message if log.trouble else None,
        "keys": _keys(part.keychain),
        "outside": {
            "folder": str(outside.folder),
            "written_at": outside.written_at,
            "fault": outside.fault,
            "journal": outside.journal,
        },
        "kept_heads": len(kept),
        "first_head_at": first_head_at,
        "time_stamps": {
            "service": part.stamps.url,
            "count": len(stamps),
            "last_at": stamps[-1].at if stamps else None,
            "fault": part.stamps.fault,
        },
        "jobs": [job(each) for each in part.jobs.all],
    }


def summary(part: Parts) -> Json:
    """What the status says of the log."""
    log, outside = part.compliance, part.compliance.outside
    return {
        "entries": log.state.size,
        "signed": log.state.signed,
        "trouble": log.trouble is not None,
        "keys": part.keychain.state.value,
        "outside_at": outside.written_at,
        "outside_fault": bool(outside.fault),
        "stamp_fault": bool(part.stamps.fault),
    }


def entry(idx: int, leaf: Leaf, hashed: bytes, names: Mapping[str, str]) -> Json:
    return {
        "index": idx,
        "at": leaf.at,
        "type": leaf.type,
        "actor": leaf.actor,
        "who": names.get(leaf.actor, leaf.actor),
        "what": words(leaf.type, leaf.facts),
        "case": leaf.case_id,
        "case_seq": leaf.case_seq,
        "facts": dict(leaf.facts),
        "hash": base64.b64encode(hashed).decode(),
    }


def job(one: Job) -> Json:
    result = one.result
    return {
        "id": one.id,
        "kind": one.kind.value,
        "what": one.what,
        "actor": one.actor,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "state": one.state.value,
        "step": one.step,
        "done": one.done,
        "total": one.total,
        "error": {"message": one.error.message, "hint": one.error.hint} if one.error else None,
        "check": checked(result) if isinstance(result, Checked) else None,
        "export": exported(result) if isinstance(result, Exported) else None,
    }


def checked(result: Checked) -> Json:
    return {
        "entries": result.entries,
        "signed": result.signed,
        "whole": result.is_whole,
        "problems": list(result.problems),
        "proven": list(result.proven),
        "not_proven": list(result.not_proven),
        "took_ms": result.took_ms,
    }


def exported(result: Exported) -> Json:
    return {
        "path": str(result.path),
        "fingerprint": result.fingerprint,
        "entries": result.entries,
        "disclosed": list(result.disclosed),
    }


def keys(part: Parts) -> Json:
    """The keys and their history. Reads the store: for a thread."""
    with reading(part.store.path) as reader:
        history = reader.history()
    return {
        **_keys(part.keychain),
        "history": [
            {
                "fingerprint": fingerprint(each.public),
                "from_entry": each.idx,
                "at": each.at,
                "ended_at": each.ended_at,
                "ended_by": each.ended_by,
            }
            for each in history
        ],
    }


def _keys(keychain: Keychain) -> Json:
    tried = [{"source": each.source.words, "why": each.why} for each in keychain.tried]
    fingerprint_, line = None, None
    try:
        if keychain.exists:
            fingerprint_, line = keychain.fingerprint, keychain.ssh_line
    except KeysError as error:
        tried.append({"source": "the key files", "why": error.message})
    return {
        "state": keychain.state.value,
        "fingerprint": fingerprint_,
        "ssh": line,
        "opened_by": keychain.opened_by.words if keychain.opened_by else "",
        "tried": tried,
    }
