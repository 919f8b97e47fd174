"""The self-test passes where every step works, fails at the one that does not, and leaves no trace."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from bridge import self_test as module
from bridge.catalogue import Bank, Category
from bridge.errors import BadBank, NotChecked
from bridge.hashing import Hasher
from bridge.receiving import Content
from bridge.reserved import SELF_TEST
from bridge.runtime import Bridge, running_bridge
from bridge.self_test import SelfTest
from bridge.self_test_result import Result, Step, Way
from bridge.settings import GateSettings, PdsSettings, Settings
from bridge.signals import Signals
from bridge.store.banks import find_bank
from bridge.store.store import Store
from bridge.uploads import now_ms
from bridge.verdicts import Reason
from tests.api.asking import V1, Json, make_bank, picture, upload

COUNTED = ("uploads", "cases", "case_uploads", "matches", "actions", "messages", "retries", "signals")


async def checked(operator: httpx.AsyncClient) -> Json:
    answer = await operator.post(f"{V1}/selftest", timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows(connection: Connection) -> dict[str, int]:
    return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in COUNTED}


@pytest.fixture
async def gated(settings: Settings) -> AsyncIterator[Bridge]:
    """A bridge with a gate before a PDS that is not there: the self-test must not need it."""
    pds = PdsSettings(mode="firehose", url="http://127.0.0.1:1")
    async with running_bridge(replace(settings, pds=pds, gate=GateSettings(mode="hold"))) as running:
        yield running


async def test_it_passes_and_leaves_an_entry_and_nothing_else(
    bridge: Bridge, operator: httpx.AsyncClient
) -> None:
    before = (await operator.get(f"{V1}/status")).json()
    done = await checked(operator)
    assert (done["passed"], done["way"], done["step"]) == (True, "api", "")
    assert done["at"] == done["passed_at"]
    assert set((await bridge.parts.store.read(rows)).values()) == {0}
    after = (await operator.get(f"{V1}/status")).json()
    assert after["self_test"] == done
    for name in ("uploads", "matches", "cases", "banks", "actions"):
        assert after[name] == before[name], name
    assert (await operator.get(f"{V1}/admin/banks")).json()["banks"] == []
    entries = (await operator.get(f"{V1}/log/entries")).json()["entries"]
    assert [entry["what"] for entry in entries][:1] == ["self-test passed"]


async def test_it_goes_through_the_gate_where_there_is_one(gated: Bridge) -> None:
    done = await gated.parts.self_test.check()
    assert (done.passed, done.way, done.why) == (True, Way.GATE, "")
    assert set((await gated.parts.store.read(rows)).values()) == {0}
    assert gated.parts.gate is not None
    assert gated.parts.gate.counts.let_in == 0


async def test_no_upload_is_compared_with_its_bank(
    operator: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    assert (await checked(operator))["passed"]
    mine = module._picture(1)
    answer = (await upload(app, mine)).json()
    assert (answer["error"], answer["reason"]) == ("NotChecked", Reason.NO_LIST), "it is no list"
    await make_bank(app)
    await app.post(f"{V1}/admin/bank/own/content", content=picture(1))
    answer = (await upload(app, mine)).json()
    assert (answer["status"], answer["banks"]) == ("no_match", ["own"])
    with pytest.raises(BadBank, match="kept"):
        Bank("Self-Test").check()


async def test_a_gate_that_is_not_on_the_way_of_uploads_fails_it(
    gated: Bridge, bridge_beside: Bridge
) -> None:
    gated.parts.self_test.url = bridge_beside.url  # as where a proxy sends uploads elsewhere
    done = await gated.parts.self_test.check()
    assert (done.step, done.why) == (Step.DOOR, "An upload did not come to the gate: another answered it.")
    gated.parts.self_test.url = "http://127.0.0.1:1"
    done = await gated.parts.self_test.check()
    assert (done.step, done.why) == (Step.DOOR, "The gate does not answer: ConnectError.")


@pytest.fixture
async def bridge_beside(settings: Settings) -> AsyncIterator[Bridge]:
    folder = settings.data_dir / "beside"
    async with running_bridge(replace(settings, data_dir=folder)) as running:
        yield running


async def test_an_api_that_does_not_answer_fails_it(bridge: Bridge) -> None:
    bridge.parts.self_test.url = "http://127.0.0.1:1"
    done = await bridge.parts.self_test.check()
    assert (done.step, done.why) == (Step.DOOR, "The API does not answer: ConnectError.")


async def test_a_hasher_that_is_too_busy_fails_it(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await bridge.parts.self_test.check()).passed

    async def busy(self: Hasher, content: Content) -> Signals:
        raise NotChecked(Reason.BUSY, "Too many pictures at once.", 10)

    monkeypatch.setattr(Hasher, "hash", busy)
    assert (await bridge.parts.self_test.check()).step is Step.HASH


async def test_a_matcher_that_is_down_fails_it(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(query: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(bridge.parts.matcher.asked, "match", down)
    done = await bridge.parts.self_test.check()
    assert (done.step, done.why) == (Step.MATCH, "The matcher failed.")


async def test_a_bank_that_was_emptied_fails_it_until_it_is_made_anew(
    bridge: Bridge, operator: httpx.AsyncClient
) -> None:
    assert (await checked(operator))["passed"]
    bank = await bridge.parts.store.read(lambda c: find_bank(c, SELF_TEST))
    assert bank.category is Category.TEST
    emptied = text("DELETE FROM entries WHERE bank_id = :id")
    said = module._said(Result(0, 0, Way.API))
    await bridge.parts.store.write(lambda c: c.execute(emptied, {"id": bank.id}), [said])
    done = await checked(operator)
    assert (done["passed"], done["step"]) == (False, "match")
    assert done["do"] == "hma-console doctor; where that is well: hma-console bank delete self-test."
    alarms = (await operator.get(f"{V1}/status")).json()["alarms"]
    assert [alarm["level"] for alarm in alarms if alarm["kind"] == "self_test"] == ["alarm"]
    assert (await operator.delete(f"{V1}/admin/bank/{SELF_TEST}")).status_code == 200
    assert (await checked(operator))["passed"]


async def test_a_case_that_is_not_opened_fails_it(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await bridge.parts.self_test.check()).passed
    watches = text("UPDATE banks SET on_match = 'log' WHERE name = :name")
    said = module._said(Result(0, 0, Way.API))
    await bridge.parts.store.write(lambda c: c.execute(watches, {"name": SELF_TEST}), [said])
    done = await bridge.parts.self_test.check()
    assert (done.step, done.why) == (Step.CASE, "Its match opened no case.")


async def test_a_store_that_takes_nothing_fails_it_and_is_known_without_it(
    bridge: Bridge, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await checked(operator))["passed"]

    def full(group: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(bridge.parts.store._writer, "commit", full)
    done = await checked(operator)
    assert (done["passed"], done["step"]) == (False, "log")
    assert done["why"] == "Nothing was done and nothing recorded: database or disk is full."
    assert done["passed_at"] < done["at"]
    status = (await operator.get(f"{V1}/status")).json()
    assert status["self_test"] == done
    assert "self_test" in [alarm["kind"] for alarm in status["alarms"]]


async def test_a_restart_knows_the_last_one(settings: Settings) -> None:
    async with running_bridge(settings) as bridge:
        done = await bridge.parts.self_test.check()
    async with running_bridge(settings) as bridge:
        assert bridge.parts.self_test.last == done


@pytest.mark.parametrize(
    ("last", "is_due"),
    [
        (None, True),
        (timedelta(hours=1), False),
        (timedelta(hours=23), True),
    ],
)
async def test_it_is_due_once_a_night(bridge: Bridge, last: timedelta | None, is_due: bool) -> None:
    now = datetime.now().astimezone()
    test = _test(bridge.parts.store, at=now - timedelta(hours=2))
    if last is not None:
        at = int((now - last).timestamp() * 1000)
        test.last = Result(at, at, Way.API)
    assert test._is_due(now_ms() + module.FIRST_MS) is is_due
    assert not test._is_due(now_ms()), "a start has its time"


async def test_one_that_failed_is_tried_again_soon(bridge: Bridge) -> None:
    test = _test(bridge.parts.store, at=datetime.now().astimezone() - timedelta(hours=2))
    test.last = Result(now_ms(), None, Way.API, Step.HASH, "why")
    assert not test._is_due(now_ms() + module.FIRST_MS)
    assert test._is_due(now_ms() + module.AGAIN_MS)


def _test(store: Store, at: datetime) -> SelfTest:
    nobody: Any = None
    return SelfTest(store, nobody, nobody, lambda: at.time(), has_gate=False)


async def test_a_way_that_takes_too_long_fails_where_it_stands(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(query: object) -> None:
        await asyncio.Event().wait()

    assert (await bridge.parts.self_test.check()).passed
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(bridge.parts.matcher.asked, "match", never)
    done = await bridge.parts.self_test.check()
    assert (done.passed, done.why) == (False, "It took longer than 0 s.")
