"""Actions asked for by apps and operators: each once under its key, and none on what is another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bridge.settings import Settings, WebhookSettings
from tests.api.asking import V1, AppClients, Json, add_picture, make_bank, picture, upload
from tests.fakes.receiver import ReceivingServer, receiving

ID = "x" * 16
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


@pytest.fixture
async def mine() -> AsyncIterator[ReceivingServer]:
    async with receiving() as site:
        yield site


@pytest.fixture
def settings(settings: Settings, mine: ReceivingServer) -> Settings:
    apps = (f"app-1 hma-console {mine.url}/app",)
    return replace(settings, webhooks=WebhookSettings(mine.url, apps))


@pytest.fixture
async def app(app_client: AppClients) -> httpx.AsyncClient:
    return await app_client("match", "banks", "action")


@pytest.fixture
async def case_id(app: httpx.AsyncClient) -> str:
    """Of the app's photo 3kegret, which matched."""
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    return str((await upload(app, picture(1), photo_id="3kegret")).json()["case_id"])


async def ask(client: httpx.AsyncClient, action_type: str, **fields: str) -> httpx.Response:
    return await client.post(f"{V1}/action", json={"action_type": action_type, **fields})


async def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


async def planned(operator: httpx.AsyncClient) -> list[str]:
    """The types of all actions, oldest first, without what the operator hears of new cases."""
    actions = (await operator.get(f"{V1}/actions")).json()["actions"]
    return [each["type"] for each in sorted(actions, key=lambda one: one["id"]) if each["decision"]]


async def test_an_app_takes_its_own_photo_down_and_the_log_names_its_key(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    answer = await ask(app, "takedown", photo_id="3kegret", reason="against-the-rules")
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["action_type"], asked["state"], asked["case_id"]) == ("takedown", "planned", case_id)
    case = (await operator.get(f"{V1}/cases/{case_id}")).json()
    [decision] = case["decisions"]
    assert (case["state"], decision["actor"], decision["choice"], decision["reason"]) == (
        *("decided", "key:app-1", "takedown", "against-the-rules"),
    )
    assert (await app.get(f"{V1}/action/{asked['id']}")).json() == asked
    assert (await operator.get(f"{V1}/action/{asked['id']}")).json() == asked


async def test_the_same_key_is_the_same_action_and_another_body_is_refused(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    first = await ask(app, "release", photo_id="3kegret", idempotency_key="mine")
    before = await planned(operator)
    again = await ask(app, "release", photo_id="3kegret", idempotency_key="mine")
    assert (again.status_code, again.json()) == (202, first.json())
    assert await planned(operator) == before == ["webhook", "webhook"]
    other = await ask(app, "takedown", photo_id="3kegret", idempotency_key="mine")
    assert await refused(other) == (409, "This idempotency key was used for another action.")


async def test_many_at_once_with_one_key_are_one_action(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    answers = await asyncio.gather(
        *(ask(app, "takedown", photo_id="3kegret", idempotency_key="mine") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1
    case = (await operator.get(f"{V1}/cases/{case_id}")).json()
    assert len(case["decisions"]) == 1


async def test_keys_of_two_callers_do_not_meet(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    one = await ask(app, "webhook", photo_id="3kegret", idempotency_key="mine")
    two = await ask(operator, "notify", reason="Hello.", idempotency_key="mine")
    assert one.json()["id"] != two.json()["id"]


async def test_an_undone_decision_is_a_cancelled_action(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    asked = (await ask(app, "takedown", case_id=case_id)).json()
    case = (await operator.get(f"{V1}/cases/{case_id}")).json()
    await operator.delete(f"{V1}/decisions/{case['decisions'][0]['batch']}")
    assert (await app.get(f"{V1}/action/{asked['id']}")).json()["state"] == "cancelled"


async def test_what_matched_nothing_is_put_before_a_person_or_taken_down_too(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    for photo in ("3kheron", "3kcrane"):
        await upload(app, picture(2), photo_id=photo)
    review = (await ask(app, "review", photo_id="3kheron")).json()
    assert (review["state"], review["case_id"] != case_id) == ("confirmed", True)
    case = (await operator.get(f"{V1}/cases/{review['case_id']}")).json()
    assert (case["state"], [file["photo_id"] for file in case["files"]]) == ("open", ["3kheron"])
    down = (await ask(app, "takedown", photo_id="3kcrane")).json()
    assert (await operator.get(f"{V1}/cases/{down['case_id']}")).json()["state"] == "decided"
    gone = await ask(app, "release", photo_id="3kcrane")
    assert await refused(gone) == (409, "Nothing of this photo waits to be decided.")


async def test_an_app_does_nothing_to_what_is_another_s(
    app: httpx.AsyncClient, app_client: AppClients, operator: httpx.AsyncClient, case_id: str
) -> None:
    other = await app_client("action", "match")
    for type_ in ("takedown", "release", "review", "webhook"):
        answer = await ask(other, type_, photo_id="3kegret")
        assert await refused(answer) == (404, "No upload with this photo_id is known.")
    for type_ in ("takedown", "release", "webhook"):
        answer = await ask(other, type_, case_id=case_id)
        assert answer.status_code == 404
    assert (await ask(app, "takedown", case_id=case_id[:6])).status_code == 404, "by its whole id only"
    asked = (await ask(app, "webhook", photo_id="3kegret")).json()["id"]
    assert (await other.get(f"{V1}/action/{asked}")).status_code == 404
    assert (await operator.get(f"{V1}/cases/{case_id}")).json()["state"] == "open"


async def test_what_matched_a_list_is_decided_by_an_operator(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(operator, "theirs", category="child_safety")
    await add_picture(operator, "theirs", picture(1))
    answer = await upload(app, picture(1), photo_id="3kegret")
    for type_ in ("takedown", "release"):
        for fields in ({"photo_id": "3kegret"}, {"case_id": answer.json()["case_id"]}):
            said = await ask(app, type_, **fields)
            assert await refused(said) == (403, "What matched a list is decided by an operator.")
    done = await ask(operator, "takedown", photo_id="3kegret")
    assert done.status_code == 202


async def test_a_key_without_the_scope_may_ask_for_nothing(
    app_client: AppClients, stranger: httpx.AsyncClient
) -> None:
    reader = await app_client("read", "match", "banks", "hash")
    assert (await ask(reader, "notify", reason="Hello.")).status_code == 403
    assert (await ask(stranger, "notify", reason="Hello.")).status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({}, 400, "`action_type` takes takedown, restore, label, review, release, notify, webhook."),
        ({"action_type": "delete"}, 400, "`action_type` takes takedown, restore"),
        ({"action_type": "label", "did": DID}, 501, "Labels come with a later version."),
        ({"action_type": "takedown"}, 400, "A takedown names `case_id` or `photo_id` or `did` with"),
        ({"action_type": "takedown", "case_id": ID, "photo_id": "a"}, 400, "A takedown names"),
        ({"action_type": "takedown", "did": DID}, 400, "Whole accounts are taken down in the console only."),
        ({"action_type": "takedown", "cid": "bafkrei"}, 400, "`did` is no DID."),
        ({"action_type": "takedown", "uri": "https://a.example"}, 400, "`uri` is no at:// URI"),
        (
            {"action_type": "takedown", "did": DID, "uri": "at://did:plc:other/app.bsky.feed.post/3k"},
            400,
            "`did` is another account",
        ),
        ({"action_type": "restore", "photo_id": "a"}, 400, "A restore names `did` with `cid`, or `uri`"),
        ({"action_type": "review", "did": DID}, 409, "No PDS is watched."),
        ({"action_type": "restore", "did": DID}, 409, "No PDS is watched."),
        ({"action_type": "release", "case_id": ID}, 404, "There is no case"),
        ({"action_type": "notify"}, 400, "Give what to say as `reason`."),
        ({"action_type": "notify", "reason": 1}, 400, "`reason` takes a text"),
        ({"action_type": "notify", "reason": "x" * 2001}, 400, "`reason` takes a text"),
        ({"action_type": "notify", "reason": "x", "to": "all"}, 400, "There is no field 'to'."),
        (
            {"action_type": "notify", "reason": "x", "idempotency_key": "x" * 101},
            400,
            "`idempotency_key` has",
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_a_sentence(
    operator: httpx.AsyncClient, fields: Json, status: int, sentence: str
) -> None:
    answer = await operator.post(f"{V1}/action", json=fields)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"].startswith(sentence)


async def test_a_refused_request_may_be_asked_again_under_its_key(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    wrong = await ask(app, "takedown", photo_id="3kegret", reason="no-such-reason", idempotency_key="mine")
    assert wrong.status_code == 400
    again = await ask(app, "takedown", photo_id="3kegret", reason="no-such-reason", idempotency_key="mine")
    assert again.status_code == 400, "and is tried again"


async def test_a_batch_answers_for_each_in_order(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, case_id: str
) -> None:
    one = {"action_type": "webhook", "photo_id": "3kegret", "idempotency_key": "one"}
    answer = await app.post(f"{V1}/action/batch", json={"actions": [one, {"action_type": "label"}, one]})
    assert answer.status_code == 207
    first, second, third = answer.json()["results"]
    assert (first["success"], second["error"], third["id"]) == (True, "NotHereYet", first["id"])
    whole = await app.post(f"{V1}/action/batch", json={"actions": [one]})
    assert (whole.status_code, whole.json()["success"]) == (202, True)
    for wrong in (None, [], ["x"], [one] * 1001):
        assert (await app.post(f"{V1}/action/batch", json={"actions": wrong})).status_code == 400


async def test_without_a_webhook_nobody_can_be_told(
    app: httpx.AsyncClient, app_client: AppClients, operator: httpx.AsyncClient, case_id: str
) -> None:
    other = await app_client("action", "match")
    await upload(other, picture(1), photo_id="theirs")
    assert await refused(await ask(other, "webhook", photo_id="theirs")) == (
        *(409, "No webhook is set for it."),
    )
