"""The bridge's answers as JSON, shaped as `docs/api.md` says; keyword arguments change fields."""

from __future__ import annotations

from typing import Any

from tests.fakes.clock import DAY, HOUR, MINUTE, NOW, SECOND, Json
from tests.fakes.watch_answers import rematch, self_test

__all__ = ["DAY", "HOUR", "MINUTE", "NOW", "SECOND", "Json"]


def status(**changes: Any) -> Json:
    """The status of a bridge where all is well; dotted names change one field."""
    answer: Json = {
        "version": "0.1.0",
        "state": "ready",
        "started_at": NOW - 3 * DAY,
        "seq": 1000,
        "uploads": {
            "total": 48112,
            "matched": 7,
            "no_match": 48105,
            "not_checked": 0,
            "unhashable": 0,
            "last_at": NOW - 12 * SECOND,
            "not_checked_oldest_at": None,
            "not_checked_final": 0,
            "days": [210, 340, 180, 520, 330, 200, 120, 190, 350, 610, 340, 200, 190, 330],
        },
        "matches": {"days": [0] * 14},
        "cases": {
            "open": 0,
            "later": 0,
            "oldest_opened_at": None,
            "last_decided_at": None,
            "last_opened_at": NOW - 28 * DAY,
        },
        "banks": {"count": 4, "block_lists": 3, "entries": 1204551, "oldest_update_at": NOW - 5 * HOUR},
        "index": {"state": "ready", "codes": 1204551, "unmerged": 0},
        "matcher": {"kind": "embedded", "hma": None},
        "paused": None,
        "actions": {"planned": 0, "failed": 0, "fault": "", "remedy": ""},
        "store": {"events": 1000, "bytes": 40_000_000},
        "machine": {"disk_used_percent": 41.2, "memory_bytes": 96_000_000},
        "log": {
            "entries": 9310,
            "signed": 9310,
            "trouble": False,
            "keys": "open",
            "outside_at": NOW - 2 * 60 * SECOND,
            "outside_fault": False,
            "stamp_fault": False,
        },
        "pds": None,
        "undo": None,
        "evidence": {"country": "", "keeps": False, "files": 0, "bytes": 0, "fault": ""},
        "rematch": rematch(),
        "self_test": self_test(),
        "jobs": [],
    }
    for name, value in changes.items():
        place = answer
        *path, last = name.split("__")
        for step in path:
            place = place[step]
        assert last in place, name
        place[last] = value
    return answer


def hma(**changes: Any) -> Json:
    """An HMA that is asked, and answers."""
    told: Json = {
        "url": "http://hma.example.org:5100",
        "state": "closed",
        "since": NOW - DAY,
        **dict.fromkeys(("fault", "remedy", "trouble"), ""),
        "asked_at": NOW - 4 * SECOND,
        "banks": [{"name": name, "is_on": name != "OFF", "is_sampled": False} for name in ("A", "B", "OFF")],
        "hashes": 1204551,
        "has_token": True,
        "is_guarded": True,
        "pictures": None,
    }
    return {"kind": "hma", "hma": {**told, **changes}}


def pds(**changes: Any) -> Json:
    """The PDS of a bridge that watches one."""
    answer: Json = {
        "url": "http://pds.example.org:3000",
        "version": "0.5.35",
        "firehose": "live",
        "since": NOW - DAY,
        "seq": 1882310,
        "frame_at": NOW - 12 * SECOND,
        "fault": "",
        "to_fetch": 0,
        "to_fetch_oldest_at": None,
        "accounts_to_list": 0,
        "is_listing": False,
        "listed_at": NOW - 3 * HOUR,
        "backfill": backfill(),
        "gate": None,
        "takedowns": {"confirmed": 0, "planned": 0, "failed": 0, "remembered": 0},
        "can_take_down": True,
    }
    return answer | changes


def backfill(**changes: Any) -> Json:
    """A look through all accounts that ended three hours ago."""
    answer: Json = {
        "begun_at": NOW - 3 * HOUR - 22 * MINUTE,
        "ended_at": NOW - 3 * HOUR,
        "accounts_listed": 214,
        "blobs_found": 48112,
        "blobs_to_fetch": 0,
    }
    return answer | changes


def gate(**changes: Any) -> Json:
    """A gate that saw a normal day."""
    answer: Json = {
        "mode": "hold",
        "fail": "open",
        "let_in": 212,
        "held": 1,
        "blocked": 0,
        "unchecked": 3,
        "refused_by_pds": 4,
    }
    return answer | changes


def first_start() -> Json:
    counts = ("total", "matched", "no_match", "not_checked", "unhashable", "not_checked_final")
    nothing: Json = dict.fromkeys(counts, 0)
    nothing |= {"last_at": None, "not_checked_oldest_at": None, "days": [0] * 14}
    return status(
        seq=0,
        started_at=NOW - 5 * SECOND,
        uploads=nothing,
        cases={
            "open": 0,
            "later": 0,
            "oldest_opened_at": None,
            "last_decided_at": None,
            "last_opened_at": None,
        },
        banks={"count": 0, "block_lists": 0, "entries": 0, "oldest_update_at": None},
        index={"state": "ready", "codes": 0, "unmerged": 0},
        rematch=rematch(entries=0, done=0, total=0, found=0, began_at=None, ended_at=None),
        self_test=None,
    )


def hit(bank: str = "own", distance: int = 4, likeness: str = "near-certain copy", **more: Any) -> Json:
    answer: Json = {
        "bank": bank,
        "category": "own",
        "role": "block",
        "entry_id": 17,
        "content_id": 5,
        "hash_type": "pdq",
        "distance": distance,
        "quality": 91,
        "view": "upright",
        "likeness": likeness,
        "cancelled_by": "",
        "retroactive": False,
    }
    return answer | more


def upload(seq: int, age: int, verdict: str = "no_match", **more: Any) -> Json:
    answer: Json = {
        "seq": seq,
        "id": f"u{seq:07d}abcdefgh",
        "received_at": NOW - age,
        "source": "api",
        "sender": "perchpics",
        "did": "",
        "claimed_author": "",
        "cid": "",
        "uri": "",
        "photo_id": "",
        "verdict": verdict,
        "reason": "",
        "media_type": "image/jpeg",
        "size": 412_000,
        "width": 1600,
        "height": 1200,
        "quality": 91,
        "banks": ["own", "NCMEC", "StopNCII"],
        "took_ms": 2.4,
        "action": "none",
        "case_id": "",
        "retry_at": None,
        "needs_you": False,
        "matches": [],
    }
    return answer | more


def case(id: str, age: int, closest: Json, **more: Any) -> Json:
    answer: Json = {
        "id": id,
        "state": "open",
        "opened_at": NOW - age,
        "updated_at": NOW - age,
        "category": "own",
        "did": "",
        "claimed_author": "",
        "sender": "perchpics",
        "banks": [closest["bank"]],
        "file_count": 1,
        "closest": {
            name: closest[name]
            for name in (
                "distance",
                "hash_type",
                "likeness",
                "quality",
                "view",
                "bank",
                "entry_id",
                "content_id",
            )
        },
        "action": "REVIEW",
        "taken_down": 0,
        "to_take_down": 0,
        "reporters": 0,
        "report_reason": "",
        "later_until": 0,
        "escalated_at": 0,
        "decided_at": 0,
        "decided": None,
        "appealed_at": 0,
    }
    return answer | more


def bank(name: str, **more: Any) -> Json:
    answer: Json = {
        "name": name,
        "description": "",
        "category": "own",
        "role": "block",
        "threshold": 24,
        "on_match": "review",
        "mode": "enforce",
        "origin": "",
        "share": None,
        "entry_count": 1021,
        "signals": {"pdq": 1021, "md5": 900, "sha1": 900, "sha256": 900},
        "hit_count": 41,
        "created_at": NOW - 40 * DAY,
        "updated_at": NOW - 9 * DAY,
    }
    return answer | more


def log_entry(index: int, age: int, what: str, **more: Any) -> Json:
    entry: Json = {
        "index": index,
        "at": NOW - age,
        "type": "heartbeat",
        "actor": "bridge",
        "who": "bridge",
        "what": what,
        "case": "",
        "case_seq": 0,
        "facts": {},
        "hash": "OqsW0RJIBF54WStdacTPU1xQRE4nLFQUzK+DzjTmRNM=",
    }
    return entry | more


def log_job(kind: str, **more: Any) -> Json:
    job: Json = {
        "id": "j2",
        "kind": kind,
        "what": "the whole log",
        "actor": "user:ana",
        "started_at": NOW,
        "ended_at": None,
        "state": "running",
        "step": "entries",
        "done": 0,
        "total": 0,
        "error": None,
        "check": None,
        "export": None,
    }
    return job | more
