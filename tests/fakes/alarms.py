"""What a bridge of this status would have raised: by its own rules."""

from __future__ import annotations

from dataclasses import asdict

from bridge.alarms.facts import Facts, PdsFacts
from bridge.alarms.rules import alarms
from tests.fakes.answers import NOW, Json


def with_alarms(status: Json) -> Json:
    """The status with the alarms that it calls for, told to nobody."""
    raised = [{**asdict(alarm), "told_at": None} for alarm in alarms(_facts(status), NOW)]
    return {**status, "alarms": raised}


def _facts(status: Json) -> Facts:
    uploads, banks, actions, log = status["uploads"], status["banks"], status["actions"], status["log"]
    cases, pds = status["cases"], status["pds"]
    return Facts(
        is_ready=status["state"] == "ready",
        is_fresh=not (uploads["total"] or cases["open"]),
        banks=banks["count"],
        block_lists=banks["block_lists"],
        entries=banks["entries"],
        stale_list="",
        stale_since=None,
        not_checked=max(0, uploads["not_checked"] - uploads["not_checked_final"]),
        not_checked_oldest_at=uploads["not_checked_oldest_at"],
        given_up=uploads["not_checked_final"],
        index_ready=status["index"]["state"] == "ready",
        actions_failed=actions["failed"],
        actions_planned=actions["planned"],
        actions_fault=actions["fault"],
        actions_remedy=actions["remedy"],
        evidence_fault=status["evidence"]["fault"],
        log_is_damaged=log["trouble"],
        log_keys=log["keys"],
        log_unsigned=log["entries"] - log["signed"],
        log_outside_fault=log["outside_fault"],
        log_stamp_fault=log["stamp_fault"],
        disk_used_percent=round(status["machine"]["disk_used_percent"]),
        case_oldest_at=None,
        child_safety_cases=0,
        child_safety_oldest_at=None,
        pds=_pds(pds) if pds else None,
        is_paused=status["paused"] is not None,
    )


def _pds(pds: Json) -> PdsFacts:
    return PdsFacts(
        is_live=pds["firehose"] == "live",
        since=pds["since"],
        to_fetch=pds["to_fetch"],
        to_fetch_oldest_at=pds["to_fetch_oldest_at"],
        can_take_down=pds["can_take_down"],
    )
