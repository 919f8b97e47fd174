"""The PDS screen in its states, as it looks at 80×24 and in narrow and wide terminals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.driving import Stage, dressed
from tests.console.test_snapshots import Compare, showing
from tests.fakes.answers import DAY, MINUTE, NOW, SECOND, Json, backfill, gate, pds, status, upload
from tests.fakes.bridge_api import FakeBridge, lived_in

DID = "did:plc:k3vqabcdefghijklm2xa"


def unchecked() -> list[Json]:
    """A file that is tried again, and one that waits for somebody."""
    common: Json = {"did": DID, "sender": "pds", "banks": []}
    return [
        upload(
            1002,
            3 * MINUTE,
            "not_checked",
            source="firehose",
            cid="bafkreihdwdcefgh4q11zd",
            reason="The PDS gave other bytes than the CID says.",
            retry_at=NOW + 40 * SECOND,
            **common,
        ),
        upload(
            1001,
            DAY,
            "not_checked",
            source="backfill",
            cid="bafkreihdwdcefgh4q9xwe",
            reason="This upload is larger than 1 GB, the most that is taken here.",
            needs_you=True,
            size=0,
            **common,
        ),
    ]


def watching(*uploads: Json, not_checked: int = 0, **changes: Any) -> FakeBridge:
    bridge = lived_in()
    bridge.uploads[:0] = uploads
    bridge.status = status(
        pds=pds(**changes),
        uploads__not_checked=not_checked,
        uploads__not_checked_final=min(1, not_checked),
        uploads__not_checked_oldest_at=NOW - 3 * MINUTE if not_checked else None,
    )
    return bridge


GUARDING: Json = {
    "gate": gate(),
    "takedowns": {"confirmed": 41, "planned": 0, "failed": 0, "remembered": 118},
}


def test_pds_is_off(snap_compare: Compare, stage: Stage) -> None:
    assert snap_compare(stage.app, run_before=showing(stage, "6", words=("To switch it on",)))


@pytest.mark.parametrize("size", [(64, 22), (80, 24), (140, 40)])
def test_pds_with_files_that_were_not_checked(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = Stage(watching(*unchecked(), not_checked=2, **GUARDING))
    before = showing(stage, "6", "down", words=("▸▲ 1 day", "a tries it"))
    assert snap_compare(stage.app, run_before=before, terminal_size=size)


def test_pds_while_all_accounts_are_listed(snap_compare: Compare) -> None:
    run = backfill(begun_at=NOW - 22 * MINUTE, ended_at=None, accounts_listed=120, blobs_to_fetch=10552)
    first: Json = {"listed_at": None, "to_fetch": 10552, "to_fetch_oldest_at": NOW - 9 * MINUTE}
    stage = Stage(watching(backfill=run, accounts_to_list=94, is_listing=False, **first))
    assert snap_compare(stage.app, run_before=showing(stage, "6", words=("120 of 214 accounts",)))


def test_pds_while_what_was_found_is_fetched(snap_compare: Compare) -> None:
    run = backfill(begun_at=NOW - 22 * MINUTE, ended_at=NOW - MINUTE, blobs_to_fetch=10552)
    first: Json = {"listed_at": NOW - MINUTE, "to_fetch": 10552, "to_fetch_oldest_at": NOW - 9 * MINUTE}
    stage = Stage(watching(backfill=run, gate=gate(let_in=0, held=0, refused_by_pds=0), **first))
    assert snap_compare(stage.app, run_before=showing(stage, "6", words=("78 %", "37,560 of 48,112")))


def test_pds_is_down(snap_compare: Compare) -> None:
    fault = "The PDS's firehose does not answer: Connection refused."
    away: Json = {"firehose": "down", "since": NOW - 3 * MINUTE, "frame_at": NOW - 5 * MINUTE, "fault": fault}
    stage = Stage(watching(to_fetch=2, to_fetch_oldest_at=NOW - 2 * MINUTE, **away))
    words = ("Connection refused", "Do: see that it runs", "down for 3 min")
    assert snap_compare(stage.app, run_before=showing(stage, "6", words=words))


def test_pds_without_colours_and_symbols(snap_compare: Compare) -> None:
    bridge = watching(*unchecked(), not_checked=2, **GUARDING)
    bridge.status["pds"]["takedowns"] |= {"planned": 2, "failed": 1}
    stage = Stage(bridge, dressed(theme="mono", symbols="ascii"))
    assert snap_compare(stage.app, run_before=showing(stage, "6", words=("1 failed",)))
