"""Simulation: what another threshold would have released, of what a person decided and of what waits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.catalogue import Bank, Category, Mode, OnMatch
from bridge.policy import reach
from bridge.signals import UPRIGHT, ViewName
from bridge.simulation import DAYS, Fate, Seen, Simulated, StoredMatch, histogram, simulate
from bridge.store.database import reader_engine
from bridge.store.simulation import seen
from bridge.uploads import DAY_MS, now_ms
from tests.pasts import BANKS, write_past

NCII = Bank("StopNCII", Category.NCII, threshold=31, id=1)
OTHER = Bank("other", Category.NCII, threshold=31, id=2)


def near(case: str, distance: int, bank: Bank = NCII) -> StoredMatch:
    return StoredMatch(case, bank.id, distance, 90, UPRIGHT)


def exact(case: str) -> StoredMatch:
    """As the very same bytes are stored."""
    return StoredMatch(case, NCII.id, 0, None, UPRIGHT)


def tried(after: Bank, *matches: StoredMatch, **fates: Fate) -> Simulated:
    whole = {match.case_id: Fate.WAITING for match in matches} | fates
    return simulate(NCII, after, (NCII, OTHER), Seen(len(matches), histogram({}), matches, whole))


def test_a_case_is_released_where_none_of_its_matches_reaches_it_any_more() -> None:
    found = tried(
        replace(NCII, threshold=20),
        *(near("a", 24), near("b", 20), near("c", 24), near("c", 8), near("d", 30), near("e", 21)),
        a=Fate.RELEASED,
        b=Fate.RELEASED,
        c=Fate.RELEASED,
        d=Fate.TAKEN_DOWN,
    )
    assert (found.decided, found.released) == (4, 1)
    assert (found.taken_down, found.missed) == (1, 1)
    assert found.waiting == ("e",)


def test_the_very_same_bytes_and_another_banks_match_keep_a_case() -> None:
    after = replace(NCII, threshold=0)
    assert tried(after, exact("a"), near("b", 9), near("b", 9, OTHER)).waiting == ()


@pytest.mark.parametrize("change", [{"mode": Mode.SHADOW}, {"on_match": OnMatch.LOG}])
def test_a_bank_that_only_watches_asks_nobody(change: dict[str, object]) -> None:
    after = replace(NCII, **change)  # type: ignore[arg-type]
    assert tried(after, near("a", 0), exact("b")).waiting == ("a", "b")


def test_what_the_rules_of_now_would_not_open_either_is_no_news() -> None:
    narrow, narrower = replace(NCII, threshold=20), replace(NCII, threshold=18)
    matches = (near("a", 24), near("b", 19))
    whole = Seen(2, histogram({}), matches, dict.fromkeys("ab", Fate.RELEASED))
    found = simulate(narrow, narrower, (narrow,), whole)
    assert (found.decided, found.released) == (1, 1)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_simulated_is_what_a_slow_plain_look_through_all_finds(tmp_path: Path, seed: int) -> None:
    write_past(tmp_path / "store.db", 600, seed)
    before = BANKS[seed % 3]
    engine = reader_engine(tmp_path / "store.db")
    with engine.connect() as connection:
        whole = seen(connection, before.id)
    engine.dispose()
    for threshold in (0, 12, 20, 31):
        after = replace(before, threshold=threshold)
        found = simulate(before, after, BANKS, whole)
        assert found == plainly(tmp_path / "store.db", before, after)
    assert found.uploads


def plainly(path: Path, before: Bank, after: Bank) -> Simulated:
    """The same in the plainest way: every table whole, one loop in another."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        matches, cases, files, decisions, reports = (
            connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in ("matches", "cases", "case_uploads", "decisions", "reports")
        )
    since = now_ms() - DAYS * DAY_MS
    standing = [one for one in matches if one["role"] == "block" and not one["cancelled_by"]]
    recent = [one for one in standing if one["bank_id"] == before.id and one["matched_at"] > since]
    by_distance: dict[int, set[str]] = {}
    for one in recent:
        by_distance.setdefault(one["distance"], set()).add(one["upload_id"])
    decided, taken, released, missed, waiting = 0, 0, 0, 0, []
    for case in sorted(cases, key=lambda one: str(one["id"])):
        held = {file["upload_id"] for file in files if file["case_id"] == case["id"]}
        ours = [one for one in standing if one["upload_id"] in held and one["category"] == case["category"]]
        if any(one["case_id"] == case["id"] for one in reports) or not any(one in recent for one in ours):
            continue
        choices = {
            one["choice"] for one in decisions if one["case_id"] == case["id"] and one["undone_at"] is None
        }
        down = bool(choices & {"takedown", "takedown_record", "takedown_account"})
        waits = not down and case["state"] == "open"
        if not down and not waits and not choices & {"release", "remember"}:
            continue
        if not any(asks(one, before) for one in ours):
            continue
        gone = not any(asks(one, after) for one in ours)
        decided += not waits
        taken += down
        missed += gone and down
        released += gone and not down and not waits
        waiting += [case["id"]] if gone and waits else []
    uploads = len({one["upload_id"] for one in recent})
    counts = histogram({distance: len(ids) for distance, ids in by_distance.items()})
    return Simulated(before, after, uploads, counts, decided, taken, released, missed, tuple(waiting))


def asks(match: sqlite3.Row, changed: Bank) -> bool:
    bank = next(changed if one.id == changed.id else one for one in BANKS if one.id == match["bank_id"])
    if match["signal_type"] != "pdq":
        return True
    return int(match["distance"]) <= reach(bank, ViewName.of_code(match["view"]), match["quality"])
