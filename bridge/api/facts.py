"""Gathers, for the alarms, how every part of the bridge is."""

from __future__ import annotations

import asyncio
import shutil

from bridge.alarms.facts import Facts, PdsFacts
from bridge.api import pds
from bridge.api.matching import hma_facts
from bridge.api.parts import Parts
from bridge.matching.embedded import IndexState
from bridge.store.staleness import latest_list, stalest_list, waiting_cases
from bridge.store.totals import totals
from bridge.uploads import now_ms


async def gather(part: Parts) -> Facts:
    """Raises StoreError."""
    now = await part.store.read(totals)
    stale, late, cases = await part.store.read(
        lambda c: (stalest_list(c), latest_list(c), waiting_cases(c, now_ms()))
    )
    disk = await asyncio.to_thread(shutil.disk_usage, part.settings.data_dir)
    is_ready = part.matcher.state is IndexState.READY
    log = part.compliance
    blocked = next((one for one in (part.outbox, part.tellings) if one and one.fault), None)
    test = part.self_test.last
    failed = test.step if test else None
    hma = await hma_facts(part)
    return Facts(
        is_ready=is_ready,
        is_fresh=not (sum(now.uploads.values()) or now.open_cases),
        banks=now.banks,
        block_lists=now.block_lists + (hma.banks if hma and hma.hashes else 0),
        entries=now.entries + (hma.hashes if hma else 0),
        stale_list=stale[0] if stale else "",
        stale_since=stale[1] if stale else None,
        not_checked=now.waiting_unchecked,
        not_checked_oldest_at=now.oldest_unchecked_at,
        given_up=now.unchecked_for_good,
        index_ready=is_ready,
        actions_failed=now.actions_failed,
        actions_planned=now.actions_planned,
        actions_fault=blocked.fault if blocked else "",
        actions_remedy=blocked.remedy if blocked else "",
        evidence_fault=part.evidence.fault,
        log_is_damaged=log.trouble is not None,
        log_keys=part.keychain.state.value,
        log_unsigned=log.state.size - log.state.signed,
        log_outside_fault=bool(log.outside.fault),
        log_stamp_fault=bool(part.stamps.fault),
        disk_used_percent=round(100 * disk.used / disk.total),
        case_oldest_at=cases.oldest_at,
        child_safety_cases=cases.child_safety,
        child_safety_oldest_at=cases.child_safety_oldest_at,
        pds=await _pds(part),
        hma=hma,
        clock_step_ms=part.log_watch.step_ms,
        clock_stepped_at=part.log_watch.stepped_at,
        self_test_step=failed.value if failed else "",
        self_test_why=test.why if test else "",
        self_test_do=failed.remedy if failed else "",
        self_test_since=(test.passed_at if test else None) or part.started_at,
        late_list=late[0] if late else "",
        late_since=late[1] if late else None,
        is_paused=part.pause.is_on,
    )


async def _pds(part: Parts) -> PdsFacts | None:
    summary = await pds.summary(part, told=True)
    if summary is None or part.guard is None:
        return None
    return PdsFacts(
        is_live=summary["firehose"] == "live",
        since=summary["since"],
        to_fetch=summary["to_fetch"],
        to_fetch_oldest_at=summary["to_fetch_oldest_at"],
        can_take_down=summary["can_take_down"],
        clock_off_ms=part.guard.pds.clock_off_ms,
    )
