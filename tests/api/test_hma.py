"""A whole bridge that asks an HMA: what apps, the operator and the log hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bridge.errors import SettingsError
from bridge.keys.passphrases import PassphraseSources
from bridge.matcher_settings import MatcherSettings
from bridge.runtime import Bridge, running_bridge
from bridge.self_test_result import Step
from bridge.settings import Settings
from tests.api.asking import V1, AppClients, add_picture, ask_hash, make_bank, pdq_of, picture, upload
from tests.fakes.hma import FakeHma, Trouble, fake_hma, hash_of_photo
from tests.stores import PASSPHRASE

Json = dict[str, Any]
SECONDS = 20


@pytest.fixture
async def hma() -> AsyncIterator[FakeHma]:
    """Has picture 1 in the bank THERE."""
    async with fake_hma() as fake:
        fake.load("THERE", *(hash_of_photo(picture(number)) for number in (1, 50, 51)))
        yield fake


@pytest.fixture
def settings(settings: Settings, hma: FakeHma) -> Settings:
    return replace(settings, matcher=MatcherSettings("hma", hma.url, hma_seconds=SECONDS))


async def status_when(operator: httpx.AsyncClient, is_so: Callable[[Json], bool]) -> Json:
    async with asyncio.timeout(60):
        while not is_so(status := (await operator.get(f"{V1}/status")).json()):
            await asyncio.sleep(0.05)
    return dict(status)


def breaker(status: Json) -> str:
    return str(status["matcher"]["hma"]["state"])


async def test_uploads_are_compared_with_hma_from_the_first_on(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    assert (await upload(app, picture(1))).json()["status"] == "matched"
    assert (await upload(app, picture(2))).json()["status"] == "no_match"
    [newest, matched] = (await operator.get(f"{V1}/uploads")).json()["uploads"]
    assert newest["banks"] == ["THERE"]
    [match] = matched["matches"]
    assert (match["bank"], match["category"], match["content_id"], match["entry_id"]) == (
        "THERE",
        "exploitative",
        1,
        -1,
    )
    entries = (await operator.get(f"{V1}/log/entries")).json()["entries"]
    assert "matched HMA's content 1 of bank" in " ".join(entry["what"] for entry in entries)


async def test_a_bank_that_hma_has_no_more_is_an_alarm(
    bridge: Bridge, operator: httpx.AsyncClient, hma: FakeHma
) -> None:
    """Nothing is compared with it any more, and no upload would say so."""

    def gone(status: Json) -> list[str]:
        return [alarm["words"] for alarm in status["alarms"] if alarm["kind"] == "hma_bank_gone"]

    assert gone((await operator.get(f"{V1}/status")).json()) == []
    hma.state.delete_bank("THERE")
    hma.load("OTHERS", *(hash_of_photo(picture(number)) for number in (50, 51, 52)))
    assert bridge.parts.matcher.hma is not None
    await bridge.parts.matcher.hma.inquire()
    status = await status_when(operator, lambda status: bool(gone(status)))
    assert gone(status) == ["HMA has no bank THERE any more: nothing is compared with it."]


async def test_the_status_says_how_hma_is_to_the_operator_alone(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, hma: FakeHma
) -> None:
    status = (await operator.get(f"{V1}/status")).json()
    told = status["matcher"]["hma"]
    assert (told["url"], told["state"], told["hashes"], told["is_guarded"]) == (hma.url, "closed", 3, False)
    assert told["banks"] == [{"name": "THERE", "is_on": True, "is_sampled": False}]
    assert (status["banks"]["block_lists"], status["banks"]["entries"]) == (1, 3)
    assert status["alarms"] == [] or {one["kind"] for one in status["alarms"]} <= {"log_no_key", "no_list"}
    public = (await app.get(f"{V1}/status")).json()
    assert public["matcher"] == {"kind": "hma", "hma": None}
    assert public["banks"]["entries"] == 0


async def test_while_hma_fails_nothing_is_lost_and_its_breaker_is_seen(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, hma: FakeHma
) -> None:
    hma.trouble = Trouble.HTML
    for number in (1, 2, 1):
        answer = await upload(app, picture(number))
        assert (answer.status_code, answer.json()["reason"]) == (503, "matcher_down")
    status = await status_when(operator, lambda one: breaker(one) != "closed")
    assert status["matcher"]["hma"]["fault"]
    assert status["matcher"]["hma"]["remedy"]
    assert status["uploads"]["not_checked"] == 3
    hma.trouble = None
    status = await status_when(operator, lambda one: one["uploads"]["not_checked"] == 0)
    assert breaker(status) == "closed"
    counts = status["uploads"]
    assert (counts["total"], counts["matched"], counts["no_match"]) == (3, 2, 1)


async def test_no_app_can_ask_hmas_lists_for_a_hash(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    value = await pdq_of(app, picture(1))
    assert (await ask_hash(app, value)).json()["reason"] == "no_list"
    assert (await ask_hash(operator, value)).json()["match_count"] == 1
    await make_bank(operator, "own", origin="here")
    await add_picture(operator, "own", picture(2))
    answer = (await ask_hash(app, value)).json()
    assert (answer["status"], answer["banks"]) == ("no_match", ["own"])


async def test_a_match_in_an_own_bank_of_hmas_names_no_value(
    app_client: AppClients, operator: httpx.AsyncClient, hma: FakeHma
) -> None:
    await make_bank(operator, "OWN_THERE")
    hma.load("OWN_THERE", hash_of_photo(picture(3)))
    app = await app_client("match")
    [match] = (await upload(app, picture(3))).json()["matches"]
    assert (match["bank"], match["content_id"], "hash" in match) == ("OWN_THERE", 4, False)


async def test_compare_goes_over_what_was_uploaded(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    seen = (await upload(operator, picture(1))).json()["upload_id"]
    await upload(app, picture(2))
    compared = (await operator.get(f"{V1}/hma/compare")).json()
    assert (compared["uploads"], compared["matches"], compared["next"]) == (2, 1, None)
    [one] = compared["disagreements"]
    assert (one["upload_id"], one["bank"], one["matched_by"], one["why"]) == (
        seen,
        "THERE",
        "hma",
        "no_entries",
    )


async def test_a_token_that_is_set_is_used_from_the_next_question_on(settings: Settings) -> None:
    async with fake_hma(token="of HMA") as guarded:
        guarded.load("THERE", *(hash_of_photo(picture(number)) for number in (1, 50, 51)))
        asks = replace(settings, matcher=MatcherSettings("hma", guarded.url, hma_seconds=SECONDS))
        async with running_bridge(asks) as bridge, on_socket(asks) as operator:
            await bridge.parts.keys.create(PASSPHRASE, "test")
            status = await status_when(operator, lambda one: breaker(one) != "closed")
            assert status["matcher"]["hma"]["fault"] == "HMA does not take our token."
            assert "secret set hma_token" in status["matcher"]["hma"]["remedy"]
            answer = await operator.put(f"{V1}/secrets/hma_token", json={"value": "of HMA"})
            assert answer.is_success, answer.text
            status = await status_when(operator, lambda one: breaker(one) == "closed")
            assert (status["matcher"]["hma"]["has_token"], status["matcher"]["hma"]["is_guarded"]) == (
                True,
                True,
            )
            assert (await upload(operator, picture(1))).json()["status"] == "matched"


async def test_pictures_go_to_hma_only_where_it_is_set_so_and_the_status_counts_them(
    settings: Settings, hma: FakeHma
) -> None:
    hma.extend("clip_v1", lambda body: f"clip {len(body)}")
    hma.state.add(hma.state.banks[0], {"clip_v1": f"clip {len(picture(2))}"})
    hma.state.build_index()
    async with running_bridge(settings), on_socket(settings) as operator:
        assert (await upload(operator, picture(2))).json()["status"] == "no_match"
        assert (await operator.get(f"{V1}/status")).json()["matcher"]["hma"]["pictures"] is None
    assert picture(2) not in b"".join(hma.got)
    sends = replace(settings, matcher=replace(settings.matcher, hma_hashes=True))
    async with running_bridge(sends), on_socket(sends) as operator:
        [match] = (await upload(operator, picture(2))).json()["matches"]
        assert (match["hash_type"], match["distance"], match["quality"]) == ("other", 31, None)
        assert match["likeness"] == "weak, look closer: by HMA's clip_v1"
        [case] = (await operator.get(f"{V1}/cases")).json()["cases"]
        assert case["closest"]["hash_type"] == "other"
        told = (await operator.get(f"{V1}/status")).json()["matcher"]["hma"]["pictures"]
        assert told == {"hashed": 1, "refused": 0, "fault": ""}
        entries = (await operator.get(f"{V1}/log/entries")).json()["entries"]
        [said] = [entry["what"] for entry in entries if entry["what"].startswith("matched")]
        assert said.endswith("distance ?"), "HMA tells none of its own type"
    assert picture(2) in b"".join(hma.got)


@pytest.mark.parametrize("kind", ["hma", "both"])
async def test_the_self_test_goes_by_hma_though_its_bank_is_here(settings: Settings, kind: str) -> None:
    async with fake_hma() as fake:
        asks = replace(settings, matcher=MatcherSettings(kind, fake.url, hma_seconds=SECONDS))
        fake.load("THERE", *(hash_of_photo(picture(number)) for number in (1, 50, 51)))
        async with running_bridge(asks) as bridge:
            assert (await bridge.parts.self_test.check()).step is None
            fake.asked.clear()
            assert (await bridge.parts.self_test.check()).step is None
            assert any("/m/raw_lookup" in line for line in fake.asked)
            await fake.down()
            failed = await bridge.parts.self_test.check()
            assert (failed.step, failed.why) == (
                Step.MATCH,
                "HMA does not answer. The lists here were compared.",
            )


async def test_after_a_start_the_first_question_has_the_token_already(settings: Settings) -> None:
    """Else no upload would be compared while the keys are opened, and seconds longer."""
    sources = PassphraseSources(command=f"echo {PASSPHRASE.decode()}")
    async with fake_hma(token="of HMA") as guarded:
        guarded.load("THERE", *(hash_of_photo(picture(number)) for number in (1, 50, 51)))
        asks = replace(settings, matcher=MatcherSettings("hma", guarded.url, hma_seconds=SECONDS))
        async with running_bridge(asks, sources), on_socket(asks) as operator:
            answer = await operator.put(f"{V1}/secrets/hma_token", json={"value": "of HMA"})
            assert answer.is_success, answer.text
        async with running_bridge(asks, sources) as bridge:
            assert bridge.parts.matcher.is_whole


def on_socket(settings: Settings) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
    return httpx.AsyncClient(transport=transport, base_url="http://bridge", verify=False, timeout=60)


@pytest.mark.parametrize(
    ("matcher", "words"),
    [
        (MatcherSettings("fleet"), "embedded, hma or both"),
        (MatcherSettings("hma"), "needs an HMA"),
        (MatcherSettings("both", "hma:5100"), "http or https address"),
        (MatcherSettings("hma", "http://hma", hma_seconds=0), "1 to 30"),
        (MatcherSettings("embedded", "http://127.0.0.1", hma_hashes=True), "needs an HMA that"),
        (MatcherSettings("hma", hma_hashes=True), "needs an HMA that"),
        (MatcherSettings("both", "http://hma", hma_hashes=True), "not in the clear"),
        (MatcherSettings("both", "http://192.168.0.7:5100", hma_hashes=True), "not in the clear"),
        (MatcherSettings("hma", "http://hma", ("no colon",)), "hma_headers"),
        (MatcherSettings("hma", "http://hma", ("Authorization: Bearer x",)), "hma_headers"),
        (MatcherSettings("hma", "http://hma", ("X-A: b\nX-C: d",)), "hma_headers"),
    ],
)
async def test_a_setting_that_cannot_be_is_said_at_the_start(
    settings: Settings, matcher: MatcherSettings, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        async with running_bridge(replace(settings, matcher=matcher), listens=False):
            pass
