"""PerchPics end to end: it uploads, is told, shows and hides; what was a false positive is shown again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from bridge.runtime import Bridge
from bridge.settings import Settings, WebhookSettings
from bridge.store import outbox
from bridge.uploads import now_ms
from tests.api.asking import V1, AppClients, Json, add_picture, make_bank, picture
from tests.fakes.perchpics import PerchPics, Photo
from tests.fakes.receiver import SECRET, ReceivingServer, listening, receiving
from tests.stores import PASSPHRASE


@pytest.fixture
async def mine() -> AsyncIterator[ReceivingServer]:
    """The operator's own webhook."""
    async with receiving() as site:
        yield site


@pytest.fixture
async def perchpics() -> AsyncIterator[PerchPics]:
    site = PerchPics()
    async with listening(site):
        yield site


@pytest.fixture
def settings(settings: Settings, perchpics: PerchPics, mine: ReceivingServer) -> Settings:
    told = WebhookSettings(f"{mine.url}/mine", (f"app-1 perchpics {perchpics.url}",))
    return replace(settings, webhooks=told)


@pytest.fixture
async def bridge(bridge: Bridge) -> Bridge:
    await bridge.parts.keys.create(PASSPHRASE, "test")
    return bridge


@pytest.fixture
async def app(app_client: AppClients, operator: httpx.AsyncClient) -> httpx.AsyncClient:
    """PerchPics's own key; the secret is set."""
    answer = await operator.put(f"{V1}/secrets/webhook_secret", json={"value": SECRET})
    assert answer.status_code == 200, answer.text
    return await app_client("hash", "match", "banks")


@pytest.fixture
def minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every undo window has ended."""
    monkeypatch.setattr(outbox, "now_ms", lambda: now_ms() + 61_000)


async def decide(operator: httpx.AsyncClient, case_id: str, choice: str, reason: str) -> Json:
    body = {"choice": choice, "reason": reason}
    answer = await operator.post(f"{V1}/cases/{case_id}/decision", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def told(operator: httpx.AsyncClient, count: int) -> None:
    """Until so many messages were told."""
    async with asyncio.timeout(20):
        while True:
            actions = (await operator.get(f"{V1}/actions")).json()["actions"]
            if [each["state"] for each in actions if each["type"] == "webhook"] == ["confirmed"] * count:
                return
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("minute_later")
async def test_a_false_positive_is_released_and_the_app_shows_the_photo_again(
    perchpics: PerchPics, mine: ReceivingServer, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    assert (await perchpics.post(app, "3kheron", picture(2)))["action"] == "none"
    answer = await perchpics.post(app, "3kegret", picture(1))
    assert perchpics.photos == {"3kheron": Photo.SHOWN, "3kegret": Photo.HIDDEN}

    await decide(operator, answer["case_id"], "remember", "false-positive")
    await told(operator, 3)
    [heard] = perchpics.heard
    assert heard.is_signed()
    assert perchpics.taken == [
        {
            "photoId": "3kegret",
            "matchResult": {"matched": False, "action": "none"},
            "timestamp": perchpics.taken[0]["timestamp"],
        }
    ]
    assert perchpics.photos["3kegret"] is Photo.SHOWN
    assert (await perchpics.post(app, "3kagain", picture(1)))["matched"] is False, "for good"

    opened, decided = sorted((each.json for each in mine.heard), key=lambda told: str(told["type"]))
    assert (opened["type"], opened["case"], opened["category"]) == ("case", answer["case_id"], "own")
    assert (decided["type"], decided["choice"], decided["reason"]) == (
        *("decision", "remember", "false-positive"),
    )
    assert [(each["photo_id"], each["sender"]) for each in decided["uploads"]] == [("3kegret", "key:app-1")]
    assert [match["bank"] for match in opened["matches"]] == ["own", "own"]


@pytest.mark.usefixtures("minute_later")
async def test_an_upload_that_could_not_be_checked_is_told_of_once_it_matched(
    perchpics: PerchPics, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    assert (await perchpics.post(app, "3kegret", picture(1)))["status"] == "not_checked"
    await perchpics.post(app, "3kheron", picture(2))
    assert set(perchpics.photos.values()) == {Photo.UNCHECKED}
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    [heard] = await perchpics.until(1)
    assert heard.json["photoId"] == "3kegret"
    assert heard.json["matchResult"] == {"matched": True, "action": "REVIEW"}
    assert perchpics.photos["3kegret"] is Photo.HIDDEN
    [case] = (await operator.get(f"{V1}/cases")).json()["cases"]
    await decide(operator, case["id"], "takedown", "against-the-rules")
    await perchpics.until(2)
    assert perchpics.taken[-1]["matchResult"] == {"matched": True, "action": "BLOCK"}
    logs = (await operator.get(f"{V1}/logs/3kheron")).json()["logs"]
    assert [each["verdict"] for each in logs] == ["no_match"], "which the app may ask for"


async def test_what_is_undone_within_its_window_was_never_told(
    perchpics: PerchPics, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    case_id = (await perchpics.post(app, "3kegret", picture(1)))["case_id"]
    done = await decide(operator, case_id, "takedown", "against-the-rules")
    undone = await operator.delete(f"{V1}/decisions/{done['batch']}")
    assert undone.json()["told"] == 0
    actions = (await operator.get(f"{V1}/actions?only=open")).json()["actions"]
    assert [each for each in actions if each["upload_id"]] == []
    assert perchpics.heard == []


@pytest.mark.usefixtures("minute_later")
async def test_what_is_undone_after_it_was_told_is_told_again_as_it_stands(
    perchpics: PerchPics, mine: ReceivingServer, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    case_id = (await perchpics.post(app, "3kegret", picture(1)))["case_id"]
    done = await decide(operator, case_id, "release", "allowed-here")
    await told(operator, 3)
    undone = await operator.delete(f"{V1}/decisions/{done['batch']}")
    assert undone.json()["told"] == 2
    await told(operator, 5)
    assert [each["matchResult"] for each in perchpics.taken] == [
        {"matched": False, "action": "none"},
        {"matched": True, "action": "REVIEW"},
    ]
    *before, last = [each.json["type"] for each in mine.heard]
    assert (sorted(before), last) == (["case", "decision"], "undone")
    assert "choice" not in mine.heard[-1].json


@pytest.mark.usefixtures("minute_later")
async def test_no_message_holds_anything_of_a_list(
    perchpics: PerchPics,
    mine: ReceivingServer,
    app: httpx.AsyncClient,
    operator: httpx.AsyncClient,
) -> None:
    await make_bank(operator, "secret list", category="ncii")
    known = await add_picture(operator, "secret list", picture(1))
    case_id = (await perchpics.post(app, "3kegret", picture(1)))["case_id"]
    await decide(operator, case_id, "takedown", "intimate-image")
    await told(operator, 3)
    sent = b" ".join(each.body for each in (*perchpics.heard, *mine.heard)).decode()
    assert "ncii" in sent
    assert "secret list" not in sent
    signals = (await operator.post(f"{V1}/hash", content=picture(1))).json()["hashes"]
    assert known["added"] == len(signals) > 0
    for signal in signals:
        assert signal["hash_value"] not in sent


@pytest.mark.usefixtures("minute_later")
async def test_the_policy_says_of_what_nobody_is_told(
    perchpics: PerchPics,
    mine: ReceivingServer,
    bridge: Bridge,
    app: httpx.AsyncClient,
    operator: httpx.AsyncClient,
) -> None:
    await bridge.parts.policies.put_in_force("[category.own]\ntell = false\n", "test")
    for name, number in (("quiet", 1), ("loud", 2)):
        await make_bank(app, name, category="own" if name == "quiet" else "test")
        await add_picture(app, name, picture(number))
        case_id = (await perchpics.post(app, f"3k{name}", picture(number)))["case_id"]
        await decide(operator, case_id, "takedown", "against-the-rules")
    await told(operator, 3)
    assert [each["photoId"] for each in perchpics.taken] == ["3kloud"]
    assert len(mine.heard) == 2


@pytest.mark.usefixtures("minute_later")
async def test_an_erased_case_leaves_nothing_of_its_messages(
    perchpics: PerchPics, bridge: Bridge, app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    case_id = (await perchpics.post(app, "3kegret", picture(1)))["case_id"]
    await decide(operator, case_id, "takedown", "against-the-rules")
    await told(operator, 3)
    erased = await operator.post(f"{V1}/cases/{case_id}/erase", json={"basis": "data-subject"})
    assert erased.status_code == 200, erased.text
    left = await bridge.parts.store.read(lambda c: c.scalar(text("SELECT count(*) FROM messages")))
    assert left == 0


async def test_an_app_without_a_webhook_is_told_nothing(
    perchpics: PerchPics, app: httpx.AsyncClient, app_client: AppClients, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    other = await app_client("match")
    answer = await perchpics.post(other, "3kegret", picture(1))
    await decide(operator, answer["case_id"], "takedown", "against-the-rules")
    actions = (await operator.get(f"{V1}/actions")).json()["actions"]
    assert [each for each in actions if each["upload_id"] and each["type"] == "webhook"] == []
