"""Owners of lists are told what was decided of their entries: once, after the undo window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import text
from starlette.responses import Response

from bridge.actions import feedback as feedbacks
from bridge.actions import outbox as module
from bridge.actions.feedback import FeedbackToOwner
from bridge.actions.outbox import Outbox
from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.exchanges.syncing import Syncs
from bridge.banks.policies import Policies
from bridge.catalogue import ListKind
from bridge.decisions import Choice, Decided
from bridge.errors import NotFound
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName
from bridge.records import ActionRow
from bridge.store import outbox as stored
from bridge.store.action_rows import Which, action_rows, retry_action
from bridge.store.exchanges import delete_exchange
from tests.deciding.deciding import ANA, BOB, Deciding
from tests.exchanges.mirror import client_of
from tests.fakes import stopncii, threatexchange
from tests.fakes.stopncii import FakeStopNcii
from tests.fakes.threatexchange import FakeThreatExchange, graph_error
from tests.houses import House, jpeg, png

GROUP = {"privacy_group": threatexchange.GROUP, "category": "terrorism"}
FALSE = "false-positive"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedbacks.Unheard, "first_retry_ms", 1)
    monkeypatch.setattr(feedbacks, "FIRST_RETRY_MS", 1)
    monkeypatch.setattr(stored, "spread", lambda wait: 1)
    monkeypatch.setattr(stored, "BLOCKED_MS", 1)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


@dataclass
class Town:
    """A bridge, a list of each programme with picture 0 on it, and what their owners heard."""

    house: House
    deciding: Deciding
    stop: FakeStopNcii
    group: FakeThreatExchange
    secrets: dict[SecretName, str]

    async def secret(self, name: SecretName) -> str:
        if name not in self.secrets:
            raise NotFound(f"The secret {name.value} is not set.", "Set it.")
        return self.secrets[name]

    def client(self) -> httpx.AsyncClient:
        """Leads to whichever of them is named."""
        theirs, groups = self.stop.app, self.group.app

        async def ask(scope: dict[str, object], receive: object, send: object) -> None:
            app = theirs if str(scope["path"]).startswith("/v1/") else groups
            await app(scope, receive, send)  # type: ignore[arg-type]

        return client_of(ask)

    async def connect(self, kind: ListKind, **settings: str) -> None:
        syncs = Syncs(self.house.store, self.secret, self.client)
        whole = {**(GROUP if kind is ListKind.THREATEXCHANGE else {}), **settings}
        await Exchanges(self.house.store, syncs).connect(kind.value, kind, whole, "user:op")
        await syncs.ask(kind.value)
        await syncs.close()

    async def decided(self, choice: Choice, body: bytes = b"", did: str = ANA, reason: str = "") -> Decided:
        case_id = (await self.deciding.posted(body or jpeg(0), did)).case_id
        return await self.deciding.choose(choice, case_id, reason=reason)

    async def rows(self) -> list[ActionRow]:
        rows = await self.house.store.read(lambda c: action_rows(c, Which.ALL, 99))
        return [row for row in rows if row.type == "feedback"]

    async def let_windows_end(self) -> None:
        await self.house.store.write(
            lambda c: c.execute(text("UPDATE actions SET wait_until = 0")), stored_event()
        )

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """The undo windows have ended, and the outbox runs."""
        await self.let_windows_end()
        effect = FeedbackToOwner(self.house.store, self.secret, self.client)
        task = asyncio.create_task(Outbox(self.house.store, {"feedback": effect}).run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, *states: str) -> list[ActionRow]:
        async with asyncio.timeout(4):
            while True:
                rows = await self.rows()
                if [row.state for row in rows] == list(states):
                    return rows
                await asyncio.sleep(0.005)


def stored_event() -> list[Event]:
    return [Event(EventType.ACTION_CONFIRMED, "test")]


@pytest.fixture
async def town(house: House) -> Town:
    stop, group = FakeStopNcii(), FakeThreatExchange()
    async with house.pipeline.receive() as receiver:
        await receiver.feed(png(0))
        signals = await house.pipeline.hash(await receiver.finish())
    assert signals.reference is not None
    value = signals.reference.pdq.hex()
    stop.put(value)
    group.put(7, value, "HASH_PDQ", "MALICIOUS", "UNKNOWN")
    secrets = {
        SecretName.STOPNCII: stopncii.SECRET,
        SecretName.THREATEXCHANGE: threatexchange.TOKEN,
    }
    return Town(house, Deciding(house), stop, group, secrets)


@pytest.mark.parametrize(
    ("choice", "reason", "value", "reaction"),
    [
        (Choice.TAKEDOWN, "", "Blocked", "HELPFUL"),
        (Choice.RELEASE, FALSE, "NotBlocked", "NOT_HELPFUL"),
        (Choice.REMEMBER, FALSE, "NotBlocked", "NOT_HELPFUL"),
    ],
)
async def test_an_owner_hears_what_was_decided_of_its_own_entry(
    town: Town, choice: Choice, reason: str, value: str, reaction: str
) -> None:
    await town.connect(ListKind.STOPNCII, feedback="yes")
    await town.connect(ListKind.THREATEXCHANGE)
    upload = await town.deciding.posted(jpeg(0))
    cases = await town.house.store.read(lambda c: c.scalars(text("SELECT id FROM cases")).all())
    assert upload.case_id in cases
    await town.deciding.choose(choice, *cases, reason=reason or "required-by-law")
    async with town.telling():
        rows = await town.until("confirmed", "confirmed")
    [heard] = town.stop.feedbacks
    assert heard == {"hashValue": next(iter(town.stop.values))[1], "feedbackValue": value, "tags": []}
    assert town.group.reactions == [("70", reaction), ("71", reaction)]
    assert {row.receiver for row in rows} == {"stopncii", "threatexchange"}
    assert {row.message for row in rows} == {"confirmed" if choice is Choice.TAKEDOWN else "false"}


async def test_nothing_is_told_before_the_undo_window_ends_and_nothing_once_it_was_undone(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    made = await town.decided(Choice.RELEASE, reason=FALSE)
    [row] = await town.rows()
    assert (row.state, row.wait_until) == ("planned", made.undo_until)
    assert "feedback" not in await town.deciding.due()
    await town.deciding.decisions.undo(made.batch, "user:ana")
    assert [row.state for row in await town.rows()] == ["cancelled"]
    await town.deciding.choose(Choice.TAKEDOWN, made.cases[0], reason="required-by-law")
    async with town.telling():
        await town.until("confirmed", "cancelled")
    assert {reaction for _, reaction in town.group.reactions} == {"HELPFUL"}


async def test_the_same_is_told_once_and_the_contrary_again(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(Choice.TAKEDOWN, jpeg(0), ANA, "required-by-law")
    await town.decided(Choice.TAKEDOWN, jpeg(0) + b"\0", BOB, "required-by-law")
    assert len(await town.rows()) == 1
    async with town.telling():
        await town.until("confirmed")
    await town.decided(Choice.TAKEDOWN, jpeg(0) + b"\0\0", "did:plc:eve", "required-by-law")
    assert len(await town.rows()) == 1
    await town.decided(Choice.RELEASE, jpeg(0) + b"\0\0\0", "did:plc:max", FALSE)
    assert len(await town.rows()) == 2


@pytest.mark.parametrize(
    ("choice", "reason"),
    [(Choice.RELEASE, "allowed-here"), (Choice.ESCALATE, "unsure"), (Choice.LATER, "later")],
)
async def test_what_says_nothing_of_the_entry_is_not_told(town: Town, choice: Choice, reason: str) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(choice, reason=reason)
    assert await town.rows() == []


async def test_only_where_the_list_and_the_policy_say_so(town: Town) -> None:
    await town.connect(ListKind.STOPNCII)  # without the key for it, which is the usual
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    await town.house.bank("own", png(1))
    await town.decided(Choice.TAKEDOWN, png(1), reason="required-by-law")
    assert await town.rows() == []


async def test_where_the_policy_tells_nobody_the_owner_is_not_told(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    said = "[category.terrorism]\ntell = false\n"
    await Policies(town.house.store).put_in_force(said, "user:op")
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    assert await town.rows() == []


async def test_what_the_owner_cannot_take_now_is_tried_again_then_given_up_and_can_be_retried(
    town: Town,
) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    town.group.faults = [graph_error(4), Response("", 500), *(graph_error(1, 500) for _ in range(20))]
    async with town.telling():
        [row] = await town.until("failed")
        assert len(row.tries) == feedbacks.TRIES
        assert "It was tried 10 times." in row.tries[-1].what
        assert town.group.reactions == []
        town.group.faults.clear()
        await town.house.store.write(lambda c: retry_action(c, row), stored_event())
        await town.until("confirmed")
    assert len(town.group.reactions) == 2


async def test_without_its_secret_it_waits_and_uses_up_no_try(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    secret = town.secrets.pop(SecretName.THREATEXCHANGE)
    async with town.telling():
        async with asyncio.timeout(4):
            while "is not set" not in (await town.rows())[0].trouble:
                await asyncio.sleep(0.005)
        town.secrets[SecretName.THREATEXCHANGE] = secret
        [row] = await town.until("confirmed")
    assert row.tries == ()


async def test_of_a_list_that_was_removed_and_an_entry_that_was_withdrawn_nothing_is_told(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.connect(ListKind.STOPNCII, feedback="yes")
    await town.deciding.posted(jpeg(0))
    cases = await town.house.store.read(lambda c: c.scalars(text("SELECT id FROM cases")).all())
    await town.deciding.choose(Choice.TAKEDOWN, *cases, reason="required-by-law")
    town.stop.withdraw(next(iter(town.stop.values))[1])
    syncs = Syncs(town.house.store, town.secret, town.client)
    await syncs.ask("stopncii")
    await town.house.store.write(lambda c: delete_exchange(c, "threatexchange"), stored_event())
    async with town.telling():
        rows = await town.until("failed", "failed")
    said = {row.tries[-1].what for row in rows}
    assert any("connected no more" in words for words in said)
    assert any("withdrew this entry" in words for words in said)
    assert (town.stop.feedbacks, town.group.reactions) == ([], [])
    await syncs.close()


async def test_an_owner_who_knows_nothing_of_it_is_asked_once(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    town.group.updates.clear()
    async with town.telling():
        [row] = await town.until("failed")
    assert [one.what for one in row.tries] == ["ThreatExchange knows nothing of this entry any more."]


async def test_the_log_names_the_bank_and_the_entry_and_nothing_of_the_list(town: Town) -> None:
    await town.connect(ListKind.THREATEXCHANGE)
    await town.decided(Choice.TAKEDOWN, reason="required-by-law")
    leaves = await town.house.store.read(
        lambda c: c.scalars(text("SELECT CAST(leaf AS TEXT) FROM log_entries")).all()
    )
    [leaf] = [leaf for leaf in leaves if '"feedback"' in leaf]
    assert '"opinion":"confirmed"' in leaf.replace(" ", "")
    assert next(iter(town.group.values))[1][:12] not in "".join(leaves)
