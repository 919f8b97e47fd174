"""All through the bridge's own syncing into a real store: after each sync the bank equals the list."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from starlette.responses import Response

from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.exchanges.kinds import KINDS
from bridge.banks.exchanges.syncing import Syncs
from bridge.catalogue import Category, ListKind, ListState
from bridge.keys.secrets import SecretName
from bridge.store.banks import all_banks
from bridge.store.exchanges import StoredExchange, find_exchange
from bridge.store.store import Store
from bridge.uploads import now_ms
from tests.exchanges.mirror import client_of
from tests.fakes import ncmec, stopncii, threatexchange
from tests.fakes.ncmec import FakeNcmec
from tests.fakes.stopncii import FakeStopNcii
from tests.fakes.threatexchange import FakeThreatExchange
from tests.stores import open_store
from tests.traces import Traces, written_in_store


def pdq(number: int) -> str:
    return hashlib.sha256(bytes([number])).hexdigest()


@dataclass(frozen=True)
class Programme:
    """One of them: how its list changes, and what it is asked with."""

    kind: ListKind
    owner: FakeStopNcii | FakeThreatExchange | FakeNcmec
    settings: Mapping[str, str]
    secret: str
    put: Callable[[int], None]
    drop: Callable[[int], None]
    forget: Callable[[int], None]


def programme(kind: ListKind) -> Programme:
    if kind is ListKind.NCMEC:
        industry = FakeNcmec(page_size=3)
        return Programme(
            kind,
            industry,
            {"environment": "test-industry"},
            ncmec.SECRET,
            lambda n: industry.put(f"image{n}", pdq=pdq(n)),
            lambda n: industry.delete(f"image{n}"),
            lambda n: industry.entries.__delitem__(f"image{n}"),
        )
    if kind is ListKind.STOPNCII:
        theirs = FakeStopNcii(page_size=3)
        return Programme(
            kind,
            theirs,
            {},
            stopncii.SECRET,
            lambda n: theirs.put(pdq(n)),
            lambda n: theirs.withdraw(pdq(n)),
            lambda n: theirs.records.__delitem__(("ImagePDQ", pdq(n))),
        )
    group = FakeThreatExchange(page_size=3)
    settings = {"privacy_group": threatexchange.GROUP, "category": "terrorism"}
    return Programme(
        kind,
        group,
        settings,
        threatexchange.TOKEN,
        lambda n: group.put(n, pdq(n)),
        group.delete,
        group.updates.__delitem__,
    )


@dataclass
class Desk:
    store: Store
    of: Programme
    syncs: Syncs
    secret: str
    path: Path

    async def sync(self) -> StoredExchange:
        await self.syncs.ask("theirs")
        return await self.store.read(lambda connection: find_exchange(connection, "theirs"))

    async def values(self) -> set[tuple[str, str]]:
        rows = await self.store.read(
            lambda c: c.execute(text("SELECT signal_type, value FROM entries")).all()
        )
        return {(row.signal_type, row.value.hex()) for row in rows}

    async def read(self) -> StoredExchange:
        state = await self.sync()
        assert (state.fault, await self.values()) == ("", self.of.owner.values)
        assert self.syncs.state_of(state, now_ms()) is ListState.CURRENT
        return state


@pytest.fixture(params=["America/New_York", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(params=[ListKind.STOPNCII, ListKind.THREATEXCHANGE, ListKind.NCMEC])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    store, of = await open_store(tmp_path / "store.db"), programme(request.param)
    for number in range(1, 9):
        of.put(number)

    async def secret(name: SecretName) -> str:
        assert name is KINDS[of.kind].secret
        return made.secret

    def client() -> httpx.AsyncClient:
        return client_of(of.owner.app)

    made = Desk(store, of, Syncs(store, secret, client), of.secret, tmp_path / "store.db")
    await Exchanges(store, made.syncs).connect("theirs", of.kind, of.settings, "user:op")
    yield made
    await made.syncs.close()
    await store.close()


@pytest.mark.usefixtures("zone")
async def test_a_bank_equals_its_list_through_all_that_happens_to_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.of.owner.faults = [None, Response("", 500)]
    broken = await desk.sync()
    assert (broken.fault != "", len(await desk.values())) == (True, 3)
    assert desk.syncs.state_of(broken, now_ms()) is ListState.FAILING
    await desk.read()
    desk.of.put(9)
    desk.of.drop(2)
    state = await desk.read()
    assert state.entries == 8
    desk.of.owner.faults = [Response("", 429, {"Retry-After": "7200"})]
    busy = await desk.sync()
    assert busy.due_at >= now_ms() + 7_000_000
    desk.of.owner.faults = [Response('{"broken', 200)]
    assert "only" in (await desk.sync()).fault
    desk.of.forget(4)
    later = time.time() + 40 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    state = await desk.read()
    assert state.entries == 7


async def test_wrong_credentials_are_a_fault_that_says_what_helps_and_takes_nothing_away(desk: Desk) -> None:
    await desk.read()
    wrong = {ListKind.STOPNCII: "wrong,keys", ListKind.NCMEC: "testington:wrong"}
    desk.secret = wrong.get(desk.of.kind, "1|wrong")
    state = await desk.sync()
    assert "does not take" in state.fault
    assert f"secret set {desk.of.kind.value}" in state.remedy
    assert await desk.values() == desk.of.owner.values
    desk.secret = desk.of.secret
    await desk.read()


async def test_nothing_but_an_entry_tells_a_value(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bridge")
    traces = Traces((value, bytes.fromhex(value)) for _, value in desk.of.owner.values)
    desk.of.owner.faults = [None, Response(json.dumps([value for _, value in desk.of.owner.values]), 500)]
    for _ in range(2):
        await desk.sync()
        desk.of.drop(1)
        desk.of.put(1)
    cells = list(written_in_store(desk.path))
    assert any(where == "exchange_states.checkpoint" and cell for where, cell in cells)
    assert {where for where, cell in cells if traces.found(cell)} == {"entries.value"}
    assert caplog.text
    assert traces.found(caplog.text) == set()


async def test_what_they_share_is_a_category_whose_values_are_shown_to_nobody(desk: Desk) -> None:
    [bank] = await desk.store.read(all_banks)
    assert bank.category.is_listed
    if desk.of.kind is ListKind.STOPNCII:
        assert (bank.category, bank.threshold) == (Category.NCII, 20)
