"""What is erased is in no file any more; the log stays whole; a hold comes first and says until when."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.catalogue import Category
from bridge.compliance.erasure import Erased, Erasures
from bridge.compliance.openings import open_entry
from bridge.compliance.reading import reading
from bridge.errors import Conflict, InputError, NotFound
from bridge.store.erasing import cases_due
from bridge.uploads import now_ms
from tests.compliance.exports import CID, DID, busy_log, case_of
from tests.compliance.logs import LoggedStore

DAY = 86_400_000


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[LoggedStore]:
    (tmp_path / "data").mkdir()
    async with busy_log(tmp_path / "data") as opened:
        yield opened


def holds(folder: Path, value: str) -> list[str]:
    """The files of the data directory that hold these bytes."""
    return [path.name for path in folder.rglob("*") if path.is_file() and value.encode() in path.read_bytes()]


async def test_after_erasing_an_account_no_file_holds_it_and_the_log_is_whole(logged: LoggedStore) -> None:
    assert holds(logged.folder, DID)
    assert holds(logged.folder, CID)
    done = await Erasures(logged.store).erase_account(DID, "data-subject", "user:ana")
    assert done.until is None
    assert done.entries > 0
    for value in (DID, CID, "<b1>p0"):
        assert holds(logged.folder, value) == [], value
    assert logged.check().is_whole
    assert [leaf.type for leaf in logged.leaves()].count("erase.done") == 3, "two cases and the rest"


async def test_an_erased_case_opens_to_nothing_and_its_neighbours_still_do(logged: LoggedStore) -> None:
    erased, kept = case_of(logged, Category.OWN), case_of(logged, Category.CHILD_SAFETY)
    done = await Erasures(logged.store).erase_case(erased, "court-order", "user:ana")
    with reading(logged.store.path) as reader:
        opened = {
            case: [open_entry(reader, logged.keychain, idx) for idx in reader.case_entries(case)]
            for case in (erased, kept)
        }
    assert not any(opened[erased])
    assert any(opened[kept])
    assert done.entries == 4
    with closing(sqlite3.connect(logged.store.path)) as connection:
        keys = [row[0] for row in connection.execute("SELECT name FROM log_opening_keys")]
    assert erased not in keys
    assert kept in keys
    last = logged.leaves()[-1]
    assert (last.type, last.case_id, last.facts["basis"]) == ("erase.done", erased, "court-order")


async def test_a_hold_defers_an_erasure_says_until_when_and_lets_it_happen_by_itself(
    logged: LoggedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasures, case = Erasures(logged.store), case_of(logged, Category.OWN)
    until = now_ms() + DAY
    await erasures.hold(case, until, "preservation", "user:ana")
    assert await erasures.erase_case(case, "data-subject", "user:ana") == Erased(until=until)
    assert holds(logged.folder, DID)
    types = [leaf.type for leaf in logged.leaves()]
    assert "hold.set" in types
    assert types[-1] == "erase.deferred"
    assert await logged.store.read(lambda c: cases_due(c, now_ms())) == []
    monkeypatch.setattr("bridge.compliance.erasure.now_ms", lambda: until + 1)
    assert await logged.store.read(lambda c: cases_due(c, until + 1)) == [(case, "data-subject")]
    assert (await erasures.erase_case(case, "data-subject", "bridge")).until is None
    assert await logged.store.read(lambda c: cases_due(c, until + 1)) == []


async def test_a_hold_that_ends_early_frees_what_it_deferred(logged: LoggedStore) -> None:
    erasures, case = Erasures(logged.store), case_of(logged, Category.OWN)
    await erasures.hold(case[:8], now_ms() + DAY, "court-order", "user:ana")
    await erasures.erase_case(case, "consent", "user:ana")
    await erasures.end_hold(case, "user:ana")
    assert await logged.store.read(lambda c: cases_due(c, now_ms())) == [(case, "consent")]
    with pytest.raises(NotFound, match="not on hold"):
        await erasures.end_hold(case, "user:ana")


async def test_what_cannot_be_erased_or_held_is_said_and_not_done(logged: LoggedStore) -> None:
    erasures, case = Erasures(logged.store), case_of(logged, Category.OWN)
    before = logged.log.state.size
    with pytest.raises(InputError, match="no basis"):
        await erasures.erase_case(case, "because", "user:ana")
    with pytest.raises(InputError, match="in the future"):
        await erasures.hold(case, 1000, "consent", "user:ana")
    with pytest.raises(NotFound, match="no case"):
        await erasures.erase_case("zzzz", "consent", "user:ana")
    with pytest.raises(NotFound, match="Nothing of that account"):
        await erasures.erase_account("did:plc:nobody", "consent", "user:ana")
    with closing(sqlite3.connect(logged.store.path)) as connection:
        connection.execute(
            "INSERT INTO actions (idempotency_key, type, state, automatic, case_id, upload_id, content_id,"
            " did, cid, why, planned_at) VALUES ('k', 'takedown', 'planned', 1, ?, '', 0, '', '', '', 0)",
            (case,),
        )
        connection.commit()
    with pytest.raises(Conflict, match="under way"):
        await erasures.erase_case(case, "consent", "user:ana")
    assert logged.log.state.size == before
