"""While it is paused nothing is done by itself; what persons decide is done, and nothing is forgotten."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bridge.atproto.cids import cid_of
from bridge.catalogue import Category, OnMatch
from bridge.decisions import Choice
from bridge.errors import Conflict, InputError
from bridge.orders import Order
from bridge.outcomes import Outcome
from bridge.pause import Pause, uncompared
from bridge.pipeline import Pipeline
from bridge.policy import Answer, GateMode
from bridge.receiving import content_of
from bridge.rechecks import Rechecks
from bridge.settings import Settings
from bridge.store.retries import due_retries, retry_all
from bridge.uploads import Source, Upload
from bridge.verdicts import Reason, Verdict
from tests.deciding.deciding import ANA, BOB, Deciding
from tests.houses import Busy, jpeg, png
from tests.serving import serving
from tests.stores import open_store


@pytest.fixture
def pause(deciding: Deciding) -> Pause:
    return Pause(deciding.store)


async def test_a_match_opens_a_case_for_a_person_and_plans_nothing(deciding: Deciding, pause: Pause) -> None:
    await deciding.house.bank("strict", png(0), on_match=OnMatch.TAKEDOWN)
    await pause.begin("user:ana")
    exact = await deciding.posted(png(0), hold=True)
    assert (exact.verdict, exact.answer) == (Verdict.MATCHED, Answer.REVIEW)
    assert exact.case_id
    assert await deciding.planned() == []
    of_an_app = await deciding.house.upload(png(0))
    assert of_an_app.answer is Answer.REVIEW
    await pause.end("user:ana")
    assert (await deciding.posted(png(0), BOB)).answer is Answer.BLOCK
    assert (await deciding.house.upload(png(0))).answer is Answer.BLOCK


async def test_what_was_planned_by_itself_waits_and_what_a_person_decides_goes_on(
    deciding: Deciding, pause: Pause
) -> None:
    await deciding.house.bank("strict", png(0), on_match=OnMatch.TAKEDOWN)
    await deciding.house.bank("own", png(1))
    automatic = await deciding.posted(png(0))
    held = await deciding.posted(jpeg(1), BOB, hold=True)
    assert await deciding.due() == ["takedown", "hold"]
    await pause.begin("user:ana")
    assert await deciding.due() == []
    await deciding.choose(Choice.TAKEDOWN, automatic.case_id, held.case_id)
    assert await deciding.due() == ["takedown", "takedown"], "of a person, in place of those that wait"
    await deciding.carry_out()
    await pause.end("user:ana")
    assert await deciding.due() == [], "nothing is done over again that was decided meanwhile"


async def test_what_waited_is_done_when_the_pause_ends_and_what_had_begun_goes_on(
    deciding: Deciding, pause: Pause
) -> None:
    await deciding.house.bank("strict", png(0), on_match=OnMatch.TAKEDOWN)
    await deciding.posted(png(0))
    await deciding.posted(png(0), BOB)
    await deciding.set_state(1, "running")
    await pause.begin("user:ana")
    assert await deciding.due() == ["takedown"]
    await pause.end("user:ana")
    assert await deciding.due() == ["takedown", "takedown"]


async def test_undoing_a_decision_of_the_pause_lets_what_waited_wait_again(
    deciding: Deciding, pause: Pause
) -> None:
    await deciding.house.bank("own", png(0))
    held = await deciding.posted(jpeg(0), hold=True)
    await pause.begin("user:ana")
    done = await deciding.choose(Choice.TAKEDOWN, held.case_id)
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await deciding.due() == []
    await pause.end("user:ana")
    assert await deciding.due() == ["hold"]


async def test_what_waits_for_the_end_of_the_pause_keeps_nothing_of_a_person_waiting(
    deciding: Deciding, pause: Pause
) -> None:
    await deciding.house.bank("own", png(0))
    held = await deciding.posted(jpeg(0), hold=True)
    await pause.begin("user:ana")
    upload = Upload(Source.HAND, "user:ana", did=ANA, cid=held.upload.cid)
    outcome = await deciding.house.pipeline.examine(upload, content_of(jpeg(0)))
    by_hand = Order(opens=Category.OWN, takes_down=True, actor="user:ana")
    await deciding.house.pipeline.record(outcome, content_of(jpeg(0)), by_hand)
    assert await deciding.due() == ["takedown"]
    await deciding.carry_out()
    await deciding.choose(Choice.RELEASE, held.case_id)
    assert await deciding.due() == ["restore"]
    await pause.end("user:ana")
    assert await deciding.due() == ["restore"], "what was let go is not held when the pause ends"


async def test_nothing_is_checked_again_before_the_pause_ends(deciding: Deciding, pause: Pause) -> None:
    await deciding.house.bank("own", png(0))
    house = deciding.house
    rechecks = Rechecks(house.store, house.matcher, house.pipeline, pause)
    house.matcher.ready.set()
    await pause.begin("user:ana")
    passed = await through_the_gate(deciding, jpeg(0))
    await house.store.write(retry_all, ())
    await rechecks._look_once()
    assert (await house.recorded(passed)).verdict is Verdict.NOT_CHECKED
    await pause.end("user:ana")
    await rechecks._look_once()
    assert (await house.recorded(passed)).verdict is Verdict.MATCHED


async def through_the_gate(deciding: Deciding, body: bytes) -> Outcome:
    upload = Upload(Source.GATE, "gate", did=ANA, cid=cid_of(hashlib.sha256(body).digest()))
    content = content_of(body)
    outcome = await uncompared(upload, content, deciding.house.pipeline.hash)
    return await deciding.house.pipeline.record(outcome, content)


async def test_what_the_gate_let_in_is_compared_when_the_pause_ends_and_held_then(
    deciding: Deciding, pause: Pause
) -> None:
    await deciding.house.bank("own", png(0))
    await pause.begin("user:ana")
    passed = await through_the_gate(deciding, jpeg(0))
    assert (passed.verdict, passed.matches, passed.case_id) == (Verdict.NOT_CHECKED, (), "")
    assert passed.unchecked is not None
    assert passed.unchecked.reason == Reason.PAUSED
    assert (await pause.end("user:ana")).uploads == 1
    [due] = await deciding.store.read(lambda c: due_retries(c, 9, can_fetch=False))
    house = deciding.house
    pipeline = Pipeline(house.store, house.hasher, house.matcher, gate=GateMode.HOLD)
    assert (await pipeline.process_again(due.upload, due.sha256)).verdict is Verdict.MATCHED
    assert await deciding.due() == ["hold"]


async def test_what_cannot_be_hashed_in_the_pause_is_fetched_again_later(
    deciding: Deciding, pause: Pause
) -> None:
    busy = Busy(deciding.house.hasher.limits)
    upload = Upload(Source.GATE, "gate", did=ANA, cid=cid_of(hashlib.sha256(png(0)).digest()))
    outcome = await uncompared(upload, content_of(png(0)), busy.hash)
    assert (outcome.needs_bytes, outcome.verdict) == (True, Verdict.NOT_CHECKED)
    busy.close()


async def test_it_is_said_once_in_the_log_and_stands_after_a_restart(
    deciding: Deciding, pause: Pause, tmp_path: Path
) -> None:
    await pause.begin("user:ana", " the lists are wrong ")
    with pytest.raises(Conflict, match="paused already"):
        await pause.begin("user:ben")
    with pytest.raises(InputError):
        await pause.begin("user:ben", "x" * 501)
    again = await Pause.opened(deciding.store)
    assert again.state == pause.state
    assert again.state is not None
    assert (again.state.actor, again.state.reason) == ("user:ana", "the lists are wrong")
    await again.end("user:ben")
    with pytest.raises(Conflict, match="not paused"):
        await again.end("user:ben")
    events = [event for event in await deciding.house.events() if event.startswith("bridge.")]
    assert events == ["bridge.paused", "bridge.resumed"]
    other = await open_store(tmp_path / "other.db")
    assert not (await Pause.opened(other)).is_on
    await other.close()


async def test_it_outlives_kill_9(settings: Settings) -> None:
    with serving(settings.data_dir) as served:
        async with served.operator() as http:
            assert (await http.post("/api/v1/pause", json={"reason": "a test"})).status_code == 200
        served.kill()
    with serving(settings.data_dir) as served:
        async with served.operator() as http:
            paused = (await http.get("/api/v1/status")).json()["paused"]
            assert (paused["reason"], paused["by"][:5]) == ("a test", "user:")
            assert (await http.post("/api/v1/resume")).status_code == 200
        served.kill()
    with serving(settings.data_dir) as served:
        async with served.operator() as http:
            assert (await http.get("/api/v1/status")).json()["paused"] is None
