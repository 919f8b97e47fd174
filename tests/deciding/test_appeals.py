"""Somebody asks for another decision: the case waits again, and what is decided then is done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from bridge.actions.wire import body_of
from bridge.atproto.cids import cid_of
from bridge.catalogue import Category, OnMatch
from bridge.deciding.appeals import Appeals
from bridge.decisions import Appealed, Choice, Wanted
from bridge.errors import Conflict, NotFound
from bridge.orders import Order
from bridge.outcomes import Outcome
from bridge.receivers import Format, Receivers
from bridge.receiving import content_of
from bridge.records import CaseState, Listed
from bridge.settings import WebhookSettings
from bridge.store.case_facts import case_facts
from bridge.store.cases import case_records
from bridge.store.decisions import undoable, waiting_files
from bridge.store.messages import Message
from bridge.uploads import Source, Upload, now_ms
from tests.deciding.deciding import ANA, BOB, Deciding
from tests.houses import jpeg, png

POST = f"at://{ANA}/app.bsky.feed.post/1"


async def appeal(deciding: Deciding, named: str, words: str = "") -> Appealed:
    return await Appeals(deciding.store).take(named, words, "user:ben")


async def waiting(deciding: Deciding, case_id: str) -> list[str]:
    return [file.id for file in await deciding.store.read(lambda c: waiting_files(c, case_id))]


async def decided(deciding: Deciding, choice: Choice = Choice.TAKEDOWN) -> Outcome:
    await deciding.house.bank("own", png(0))
    outcome = await deciding.posted(jpeg(0))
    await deciding.choose(choice, outcome.case_id)
    await deciding.carry_out()
    return outcome


async def test_an_appeal_lets_all_files_wait_again_and_takes_nothing_back(deciding: Deciding) -> None:
    first = await decided(deciding)
    await deciding.keep(first.case_id, first.upload.id)
    assert await waiting(deciding, first.case_id) == []
    before = await deciding.planned()
    assert await appeal(deciding, first.case_id[:6], "It is a meme.") == Appealed((first.case_id,))
    case = await deciding.case(first.case_id)
    assert (case.state, case.decided_at, case.taken_down) == (CaseState.OPEN, 0, 1)
    assert case.appealed_at > 0
    assert await waiting(deciding, first.case_id) == [first.upload.id]
    assert await deciding.planned() == before, "what was taken down stays down meanwhile"
    facts = await deciding.store.read(lambda c: case_facts(c, case))
    assert [(note.actor, note.text, note.is_appeal) for note in facts.notes] == [
        ("user:ben", "It is a meme.", True)
    ]
    assert facts.waiting == (first.upload.id,)
    assert facts.decided == 0, "a decision that was appealed says nothing of its entry"
    assert "case.appealed" in await deciding.house.events()


async def test_released_then_it_comes_back_and_taken_down_again_it_stays(deciding: Deciding) -> None:
    first = await decided(deciding)
    await appeal(deciding, first.case_id)
    await deciding.choose(Choice.TAKEDOWN, first.case_id)
    assert await deciding.planned() == [("takedown", "confirmed")]
    assert (await deciding.case(first.case_id)).state is CaseState.DECIDED
    await appeal(deciding, first.case_id)
    await deciding.choose(Choice.RELEASE, first.case_id, reason="appeal-granted")
    assert await deciding.planned() == [("takedown", "confirmed"), ("restore", "planned")]


async def test_a_post_and_an_account_come_back_too(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    body = jpeg(0)
    upload = Upload(Source.GATE, "gate", did=ANA, cid=cid_of(hashlib.sha256(body).digest()), uri=POST)
    examined = await deciding.house.pipeline.examine(upload, content_of(body))
    outcome = await deciding.house.pipeline.record(examined, content_of(body))
    await deciding.choose(Choice.TAKEDOWN_RECORD, outcome.case_id)
    await appeal(deciding, outcome.case_id)
    await deciding.choose(Choice.TAKEDOWN_ACCOUNT, outcome.case_id)
    await appeal(deciding, outcome.case_id)
    await deciding.choose(Choice.RELEASE, outcome.case_id)
    assert [kind for kind, _ in await deciding.planned()].count("restore") == 0, "nothing had begun yet"
    assert {state for _, state in await deciding.planned()} == {"cancelled"}


async def test_what_had_begun_is_restored_post_and_account(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    outcome = await deciding.posted(jpeg(0))
    await deciding.choose(Choice.TAKEDOWN_ACCOUNT, outcome.case_id)
    for action in range(1, 1 + len(await deciding.actions())):
        await deciding.set_state(action, "confirmed")
    await appeal(deciding, outcome.case_id)
    await deciding.choose(Choice.RELEASE, outcome.case_id)
    restored = [(row.did, row.cid) for row in await deciding.actions() if row.type == "restore"]
    assert sorted(restored) == [(ANA, ""), (ANA, outcome.upload.cid)]


async def test_an_account_that_another_case_took_down_stays_down(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    await deciding.house.bank("theirs", png(1), category=Category.NCII)
    own, theirs = await deciding.posted(jpeg(0)), await deciding.posted(jpeg(1))
    await deciding.choose(Choice.TAKEDOWN_ACCOUNT, own.case_id)
    await deciding.choose(Choice.TAKEDOWN_ACCOUNT, theirs.case_id)
    await appeal(deciding, own.case_id)
    done = await deciding.choose(Choice.RELEASE, own.case_id)
    assert done.kept_down == 1
    accounts = [row for row in await deciding.actions() if not row.cid]
    assert {row.type for row in accounts} == {"takedown"}


async def test_a_takedown_that_an_appeal_overruled_keeps_nothing_down(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    own = (await deciding.posted(png(0), hold=True)).case_id
    await deciding.carry_out()
    cases = await deciding.store.read(lambda c: case_records(c, Listed.OPEN, 9))
    [other] = [case.id for case in cases if case.id != own]
    await deciding.choose(Choice.TAKEDOWN, own)
    await appeal(deciding, own)
    assert (await deciding.choose(Choice.RELEASE, own)).kept_down == 1, "the other case is open"
    assert (await deciding.choose(Choice.RELEASE, other)).kept_down == 0
    assert (await deciding.planned())[-1] == ("restore", "planned")


async def test_the_clock_of_the_evidence_stands_while_it_is_open_and_the_new_decision_sets_it(
    deciding: Deciding,
) -> None:
    first = await decided(deciding)
    await deciding.keep(first.case_id, first.upload.id)
    await appeal(deciding, first.case_id)
    await deciding.choose(Choice.TAKEDOWN, first.case_id)
    [long] = await deciding.days_left(first.case_id)
    assert long is not None
    assert long > 300
    await appeal(deciding, first.case_id)
    assert await deciding.days_left(first.case_id) == [None]
    await deciding.choose(Choice.RELEASE, first.case_id)
    [short] = await deciding.days_left(first.case_id)
    assert short is not None
    assert short < 8, "the takedown that was appealed says nothing any more"


async def test_what_was_decided_before_cannot_be_undone_any_more(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    ana, bob = await deciding.posted(jpeg(0)), await deciding.posted(jpeg(0), BOB)
    both = await deciding.choose(Choice.TAKEDOWN, ana.case_id, bob.case_id)
    await appeal(deciding, ana.case_id)
    undone = await deciding.decisions.undo(both.batch, "user:ana")
    assert undone.cases == (bob.case_id,), "the rest of its batch can be"
    with pytest.raises(Conflict, match="appealed"):
        await deciding.decisions.undo(both.batch, "user:ana")
    assert await deciding.store.read(lambda c: undoable(c, now_ms())) == []


async def test_one_appeal_at_a_time_waits(deciding: Deciding) -> None:
    first = await decided(deciding)
    await appeal(deciding, first.case_id)
    with pytest.raises(Conflict, match="waits already"):
        await appeal(deciding, first.case_id)
    with pytest.raises(NotFound):
        await appeal(deciding, "nosuchcase")
    done = await deciding.choose(Choice.TAKEDOWN, first.case_id)
    await deciding.decisions.undo(done.batch, "user:ana")
    with pytest.raises(Conflict, match="waits already"):
        await appeal(deciding, first.case_id)


async def test_it_stands_first_in_its_category(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    await deciding.house.bank("theirs", png(1), category=Category.NCII)
    old, late = await deciding.posted(jpeg(0)), await deciding.posted(jpeg(0), BOB)
    severe = await deciding.posted(jpeg(1))
    await deciding.choose(Choice.RELEASE, late.case_id)
    await appeal(deciding, late.case_id)
    listed = await deciding.store.read(lambda c: case_records(c, Listed.WAITING, 9))
    assert [case.id for case in listed] == [severe.case_id, late.case_id, old.case_id]


async def refused(deciding: Deciding) -> Outcome:
    """An upload that the gate blocked."""
    examined = await deciding.house.pipeline.examine(Upload(Source.GATE, "gate"), content_of(png(0)))
    return await deciding.house.pipeline.record(examined, order=Order(refused=True))


async def test_a_refused_upload_is_found_by_its_reference_and_gets_a_case(deciding: Deciding) -> None:
    await deciding.house.bank("watched", png(0), category=Category.NCII, on_match=OnMatch.LOG)
    await deciding.house.bank("own", png(0))
    blocked = await refused(deciding)
    assert blocked.case_id == ""
    done = await appeal(deciding, blocked.upload.id, "My own cat.")
    [case_id] = done.cases
    assert done.opened
    case = await deciding.case(case_id)
    assert (case.category, case.file_count) == (Category.OWN, 1), "that of the bank that acted"
    assert await waiting(deciding, case_id) == [blocked.upload.id]
    await deciding.choose(Choice.REMEMBER, case_id, reason="false-positive")
    again = await deciding.house.pipeline.examine(Upload(Source.GATE, "gate"), content_of(png(0)))
    assert all(match.cancelled_by for match in again.matches if match.bank.name == "own")


async def test_nothing_is_appealed_where_nothing_was_decided(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    passed = await deciding.house.upload(png(1))
    with pytest.raises(Conflict, match="Nothing was decided"):
        await appeal(deciding, passed.upload.id)


async def test_an_app_appeals_for_its_own_uploads_only(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    matched = await deciding.house.upload(jpeg(0), photo_id="photo 1", claimed_author="ana")
    await deciding.choose(Choice.RELEASE, matched.case_id)
    appeals = Appeals(deciding.store)
    for name in ("key:other", "key:app2"):
        with pytest.raises(NotFound):
            await appeals.take_of_app(matched.upload.id, "", "", name)
        with pytest.raises(NotFound):
            await appeals.take_of_app("", "photo 1", "", name)
    done = await appeals.take_of_app("", "photo 1", "please", "key:app")
    assert done.cases == (matched.case_id,)


async def test_of_an_upload_in_two_cases_both_wait(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    await deciding.house.bank("theirs", png(0), category=Category.NCII)
    matched = await deciding.posted(png(0))
    cases = [case.id for case in await deciding.store.read(lambda c: case_records(c, Listed.ALL, 9))]
    await deciding.choose(Choice.TAKEDOWN, *cases)
    done = await appeal(deciding, matched.upload.id)
    assert sorted(done.cases) == sorted(cases)


async def test_some_files_decided_before_wait_again_too(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0), png(1))
    first, second = await deciding.posted(jpeg(0)), await deciding.posted(jpeg(1))
    await deciding.choose(Choice.TAKEDOWN, Wanted(first.case_id, (first.upload.id,)))
    await appeal(deciding, first.case_id)
    assert await waiting(deciding, first.case_id) == [first.upload.id, second.upload.id]
    kept = text("SELECT count(*) FROM decisions WHERE superseded_at IS NOT NULL")
    assert await deciding.store.read(lambda c: c.scalar(kept)) == 1


def test_messages_about_what_stands_against_an_upload_carry_the_address() -> None:
    """And only those: nobody appeals against what was let go."""
    down = Message("webhook:1", "key:app", "verdict", "", 1, choice="takedown", matched=True, answer="BLOCK")
    receivers = Receivers.of(WebhookSettings(), "help@example.org")
    assert json.loads(body_of(down, Format.OWN, receivers.appeal))["appeal"] == "help@example.org"
    let_go = replace(down, choice="release", matched=False, answer="none")
    assert "appeal" not in json.loads(body_of(let_go, Format.OWN, receivers.appeal))
    assert b"help@" not in body_of(down, Format.PERCHPICS, receivers.appeal)
