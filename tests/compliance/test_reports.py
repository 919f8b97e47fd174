"""Reports are news of their case, and erasable from both sides: whom they are about, and who made them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.api.events import _case
from bridge.atproto.reports import file_report, read_report
from bridge.compliance.erasure import Erasures
from bridge.events import EventType
from bridge.records import ReportRecord
from bridge.store.events import events_after
from bridge.store.reports import erasures_due, reports_of_case
from bridge.uploads import now_ms
from tests.compliance.logs import LoggedStore, logged_store
from tests.compliance.test_erasure import holds

ANA, BOB, EVE = "did:plc:anaanaana", "did:plc:bobbobbob", "did:plc:eveeveeve"
WORDS = "words of a person"
DAY = 86_400_000


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[LoggedStore]:
    (tmp_path / "data").mkdir()
    async with logged_store(tmp_path / "data") as opened:
        yield opened


async def report(logged: LoggedStore, reporter: str, about: str) -> ReportRecord:
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": about}
    read = read_report({"reasonType": "x#reasonSpam", "reason": f"{WORDS} {reporter}", "subject": subject})
    done = await logged.store.write(lambda c: file_report(c, reporter, read), lambda taken: taken.events)
    return done.record


async def kept(logged: LoggedStore, case_id: str) -> list[ReportRecord]:
    return await logged.store.read(lambda connection: reports_of_case(connection, case_id, 9))


async def test_whom_a_report_is_about_is_erased_with_the_case(logged: LoggedStore) -> None:
    made = await report(logged, BOB, ANA)
    assert holds(logged.folder, ANA)
    await Erasures(logged.store).erase_account(ANA, "data-subject", "user:x")
    for value in (ANA, BOB, WORDS):
        assert holds(logged.folder, value) == [], value
    [left] = await kept(logged, made.case_id)
    assert (left.reporter, left.reason, dict(left.subject)) == ("", "", {})
    assert logged.check().is_whole


async def test_who_reported_is_erased_and_what_others_reported_stays(logged: LoggedStore) -> None:
    made = await report(logged, BOB, ANA)
    await report(logged, EVE, ANA)
    done = await Erasures(logged.store).erase_account(BOB, "data-subject", "user:x")
    assert (done.entries, done.until) == (1, None)
    assert holds(logged.folder, BOB) == []
    assert holds(logged.folder, EVE)
    eve, bob = await kept(logged, made.case_id)
    assert (eve.reporter, bob.reporter, bob.reason) == (EVE, "", "")
    assert bob.subject["did"] == ANA
    assert logged.check().is_whole


async def test_a_report_is_news_of_its_case(logged: LoggedStore) -> None:
    made = await report(logged, BOB, ANA)
    again = await report(logged, BOB, ANA)
    assert again == made, "it is that report"
    news = await logged.store.read(lambda connection: events_after(connection, 0, 99))
    told = [(kind.value, subject) for _, kind, subject in news if kind.value.startswith("case.")]
    assert told == [("case.opened", made.case_id), ("case.reported", made.ref)]
    record = await logged.store.read(lambda c: _case(c, EventType.CASE_REPORTED, made.ref))
    assert (record.id, record.did, record.reporters) == (made.case_id, ANA, 1)


async def test_a_hold_keeps_who_reported_until_it_ends(
    logged: LoggedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, erasures = await report(logged, BOB, ANA), Erasures(logged.store)
    until = now_ms() + DAY
    await erasures.hold(made.case_id, until, "preservation", "user:x")
    assert (await erasures.erase_account(BOB, "data-subject", "user:x")).until == until
    assert holds(logged.folder, BOB)
    assert [leaf.type for leaf in logged.leaves()][-2:] == ["erase.deferred", "erase.done"]
    assert await logged.store.read(lambda c: erasures_due(c, now_ms())) == []
    monkeypatch.setattr("bridge.compliance.erasure.now_ms", lambda: until + 1)
    assert await logged.store.read(lambda c: erasures_due(c, until + 1)) == [(BOB, "data-subject")]
    await erasures._erase_reporter(BOB, "data-subject")
    assert holds(logged.folder, BOB) == []
    assert await logged.store.read(lambda c: erasures_due(c, until + 1)) == []
