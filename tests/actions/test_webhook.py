"""Webhooks: signed, told once or under the same key again, tried ten times, never led elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bridge.actions import outbox as module
from bridge.actions import webhook as webhooks
from bridge.actions.outbox import Outbox
from bridge.actions.webhook import Webhook
from bridge.errors import NotFound, SettingsError
from bridge.events import Event, EventType
from bridge.receivers import Receivers
from bridge.settings import WebhookSettings
from bridge.store import outbox as stored
from bridge.store.action_rows import Which, action_rows
from bridge.store.outbox import due_actions
from bridge.telling import Kind, Telling, plan_anyway, plan_notice
from tests.fakes.receiver import SECRET, Heard, ReceivingServer, receiving
from tests.houses import House, png


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks.Unheard, "first_retry_ms", 1)
    monkeypatch.setattr(stored, "spread", lambda wait: 1)
    monkeypatch.setattr(stored, "BLOCKED_MS", 1)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def server() -> AsyncIterator[ReceivingServer]:
    async with receiving() as site:
        yield site


class Secrets:
    """The secret, None while it is not set."""

    def __init__(self, value: str | None = SECRET) -> None:
        self.value = value

    async def __call__(self) -> str:
        if self.value is None:
            raise NotFound("The secret webhook_secret is not set.", "Set it.")
        return self.value


@asynccontextmanager
async def telling(
    house: House, server: ReceivingServer, secret: Secrets | None = None
) -> AsyncIterator[Outbox]:
    app = f"app hma-console {server.url}/app"
    receivers = Receivers.of(WebhookSettings(f"{server.url}/hooks", (app,)))
    webhook = Webhook(house.store, receivers, secret or Secrets())
    outbox = Outbox(house.store, {"webhook": webhook, "notify": webhook})
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await webhook.close()


async def notice(house: House, words: str = "Disk is nearly full.", key: str = "") -> None:
    await house.store.write(lambda c: plan_notice(c, "disk", words, key=key), lambda events: events)


async def until(house: House, *states: str) -> None:
    async with asyncio.timeout(20):
        while await _states(house) != list(states):
            await asyncio.sleep(0.005)


async def _states(house: House) -> list[str]:
    return await house.store.read(lambda c: list(c.scalars(text("SELECT state FROM actions ORDER BY id"))))


async def tries(house: House) -> list[str]:
    [row] = await house.store.read(lambda c: action_rows(c, Which.ALL, 9))
    return [each.what for each in row.tries]


async def test_a_notice_is_told_signed_and_counts_as_told_by_a_yes(
    house: House, server: ReceivingServer
) -> None:
    await notice(house)
    async with telling(house, server):
        await until(house, "confirmed")
    [heard] = server.heard
    assert (heard.path, heard.is_signed(), heard.is_signed("another")) == ("/hooks", True, False)
    assert abs(int(heard.headers["hma-timestamp"]) - time.time()) < 60
    assert heard.json == {
        "id": heard.key,
        "type": "disk",
        "at": heard.json["at"],
        "text": "Disk is nearly full.",
    }
    assert (await house.events())[-3:] == ["action.planned", "action.started", "action.confirmed"]


async def test_a_changed_body_is_not_signed(house: House, server: ReceivingServer) -> None:
    await notice(house)
    async with telling(house, server):
        await until(house, "confirmed")
    [heard] = server.heard
    assert not Heard(heard.path, heard.headers, heard.body.replace(b"nearly", b"hardly")).is_signed()
    later = {**heard.headers, "hma-timestamp": str(int(heard.headers["hma-timestamp"]) + 1)}
    assert not Heard(heard.path, later, heard.body).is_signed()


async def test_a_receiver_that_fails_is_told_again_under_the_same_key_until_it_hears(
    house: House, server: ReceivingServer
) -> None:
    server.answers = [500, 0, 404, 401, 503, 302]
    await notice(house)
    async with telling(house, server) as outbox:
        await until(house, "confirmed")
        assert outbox.fault == ""
    assert len(server.heard) == 7
    assert {(heard.key, heard.body) for heard in server.heard} == {
        (server.heard[0].key, server.heard[0].body)
    }
    assert await tries(house) == [
        "The webhook answers with status 500.",
        "The webhook does not answer: RemoteProtocolError.",
        "The webhook answers with status 404.",
        "The webhook answers with status 401.",
        "The webhook answers with status 503.",
        "The webhook redirects, which is not followed.",
    ]


async def test_no_redirect_is_followed(house: House, server: ReceivingServer) -> None:
    server.answers = [301, 307, 308]
    await notice(house)
    async with telling(house, server):
        await until(house, "confirmed")
    assert {heard.path for heard in server.heard} == {"/hooks"}


async def test_after_ten_tries_it_is_given_up_and_can_be_begun_anew(
    house: House, server: ReceivingServer
) -> None:
    server.answers = [500] * 10
    await notice(house)
    async with telling(house, server) as outbox:
        await until(house, "failed")
        assert len(server.heard) == 10
        said = await tries(house)
        assert len(said) == 10
        assert outbox.fault == "", "nothing waits for it any more"
        assert said[-1] == "The webhook answers with status 500. It was tried 10 times."


@pytest.mark.parametrize("status", [400, 410])
async def test_who_refuses_for_good_is_not_asked_again(
    house: House, server: ReceivingServer, status: int
) -> None:
    server.answers = [status]
    await notice(house)
    async with telling(house, server):
        await until(house, "failed")
        await notice(house, "Another.")
        await until(house, "failed", "confirmed")
    assert len(server.heard) == 2


async def test_without_a_secret_nothing_is_sent_and_nothing_is_lost(
    house: House, server: ReceivingServer
) -> None:
    secret = Secrets(None)
    await notice(house)
    async with telling(house, server, secret) as outbox:
        async with asyncio.timeout(20):
            while not outbox.fault:
                await asyncio.sleep(0.005)
        assert (server.heard, outbox.fault) == ([], "The secret webhook_secret is not set.")
        secret.value = SECRET
        await until(house, "confirmed")
    assert await tries(house) == [], "what asked nobody is no try"


async def test_what_was_sent_when_the_bridge_ended_is_sent_again_under_the_same_key(
    house: House, server: ReceivingServer
) -> None:
    server.answers = [asyncio.Event()]
    await notice(house)
    async with telling(house, server):
        await server.until(1)
    assert await _states(house) == ["running"]
    async with telling(house, server):
        await until(house, "confirmed")
    assert [heard.key for heard in server.heard] == [server.heard[0].key] * 2


async def test_a_notice_with_a_key_is_told_once(house: House, server: ReceivingServer) -> None:
    await notice(house, key="disk-2026-11-26")
    await notice(house, key="disk-2026-11-26")
    async with telling(house, server):
        await until(house, "confirmed")
    assert [heard.key for heard in server.heard] == ["notify:disk-2026-11-26"]


async def verdict(house: House, upload_id: str) -> None:
    telling = Telling("key:app", Kind.VERDICT, upload_id)
    await house.store.write(lambda c: plan_anyway(c, [telling], "", None, "bridge"), lambda events: events)


async def test_what_an_app_is_told_of_one_upload_comes_in_order_and_waits_for_no_other(
    house: House, server: ReceivingServer
) -> None:
    one, two = [(await house.upload(png(number), photo_id=f"photo {number}")).upload.id for number in (0, 1)]
    gates = [asyncio.Event(), asyncio.Event()]
    server.answers = [*gates]
    for upload_id in (one, one, two):
        await verdict(house, upload_id)
    async with telling(house, server):
        heard = [each.json["uploads"][0]["photo_id"] for each in await server.until(2)]
        assert set(heard) == {"photo 0", "photo 1"}
        gates[heard.index("photo 1")].set()
        await until(house, "running", "planned", "confirmed")
        gates[heard.index("photo 0")].set()
        await until(house, "confirmed", "confirmed", "confirmed")
    assert [each.json["uploads"][0]["photo_id"] for each in server.heard] == [*heard, "photo 0"]


async def test_what_was_erased_or_has_no_receiver_any_more_is_not_told(
    house: House, server: ReceivingServer
) -> None:
    await notice(house)
    await house.store.write(
        lambda c: c.execute(text("DELETE FROM messages")), [Event(EventType.ERASED, "account")]
    )
    stranger = Telling("key:another", Kind.VERDICT, "")
    await house.store.write(lambda c: plan_anyway(c, [stranger], "", None, "bridge"), lambda events: events)
    async with telling(house, server):
        await until(house, "failed", "failed")
    rows = await house.store.read(lambda c: action_rows(c, Which.ALL, 9))
    assert [row.tries[0].what for row in rows] == [
        "No webhook is set for another.",
        "What was to be told was erased.",
    ]
    assert server.heard == []


async def test_it_waits_half_a_minute_before_it_tries_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    await notice(house)
    [action] = await house.store.read(lambda c: due_actions(c, 9))
    await house.store.write(
        lambda c: stored.put_off(c, action, "Down.", first=webhooks.Unheard.first_retry_ms), ()
    )
    wait = (
        await house.store.read(lambda c: c.scalar(text("SELECT due_at FROM attempts"))) - time.time() * 1000
    )
    assert 29_000 < wait <= 37_500


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (WebhookSettings(url="ftp://a.example/"), "webhooks.url takes http and https addresses, not 'ftp"),
        (WebhookSettings(url="http://user:word@a.example/"), "webhooks.url takes"),
        (WebhookSettings(url="http://[::1/"), "webhooks.url takes"),
        (WebhookSettings(apps=("pics http://a.example",)), "webhooks.apps takes a key's name, a format"),
        (WebhookSettings(apps=("pics slack http://a.example",)), "webhooks.apps takes a key's name"),
        (WebhookSettings(apps=("pics perchpics a.example",)), "webhooks.apps takes http and https"),
        (WebhookSettings(apps=("a perchpics http://a.b", "a perchpics http://c.d")), "names a twice"),
    ],
)
def test_settings_that_name_no_receiver_are_refused_in_a_sentence(
    settings: WebhookSettings, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Receivers.of(settings)
