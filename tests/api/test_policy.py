"""The policy over the socket: shown, tested, put in force, undone; never over TCP."""

from __future__ import annotations

import httpx
import pytest

from tests.api.asking import V1, add_picture, make_bank, picture, upload

FILE = b'[bank.own]\nthreshold = 12\n\n[category.ncii]\nthreshold = 16\ngate = "hold"\n'
BAD = b"[bank.own]\n\nthreshold = 40\n"


@pytest.fixture
async def banks(operator: httpx.AsyncClient) -> None:
    await make_bank(operator)
    await make_bank(operator, "list", category="child_safety")


async def shown(operator: httpx.AsyncClient) -> dict[str, object]:
    return dict((await operator.get(f"{V1}/policy")).json())


@pytest.mark.usefixtures("banks")
async def test_a_policy_is_put_in_force_and_holds_for_banks_made_later(operator: httpx.AsyncClient) -> None:
    preset = (await operator.get(f"{V1}/policy")).json()
    assert (preset["newest"], preset["gate"], preset["today"]) == (None, None, 0)
    answer = await operator.put(f"{V1}/policy", content=FILE)
    assert answer.status_code == 200, answer.text
    assert [rule["threshold"] for rule in answer.json()["rules"]] == [12, 31]
    await make_bank(operator, "later", category="ncii")
    made = (await operator.get(f"{V1}/admin/bank/later")).json()
    assert made["threshold"] == 16
    assert (await operator.get(f"{V1}/policy")).json()["rules"][-1]["gate"] == "hold"


@pytest.mark.usefixtures("banks")
async def test_a_policy_that_is_refused_names_the_line_and_the_old_one_stays(
    operator: httpx.AsyncClient,
) -> None:
    await operator.put(f"{V1}/policy", content=FILE)
    before = await shown(operator)
    for method, path in (("PUT", "/policy"), ("POST", "/policy/test")):
        answer = await operator.request(method, V1 + path, content=BAD)
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "BadPolicy",
            "message": "policy.toml line 3: threshold takes 0 to 31, not 40.",
            "hint": "Write a number from 0 to 31.",
        }
    assert (await operator.put(f"{V1}/policy", content=b"\xff")).json()["error"] == "BadPolicy"
    assert (await operator.put(f"{V1}/policy", content=b"#" * 300_000)).json()["error"] == "BadPolicy"
    assert await shown(operator) == before


@pytest.mark.usefixtures("banks")
async def test_a_test_changes_nothing_and_a_change_is_undone(operator: httpx.AsyncClient) -> None:
    before = await shown(operator)
    tested = (await operator.post(f"{V1}/policy/test", content=FILE)).json()
    assert {"name": "bank.own.threshold", "before": "24", "after": "12"} in tested["differences"]
    assert await shown(operator) == before
    changed = await operator.put(f"{V1}/policy/banks/own", json={"threshold": 8, "mode": "shadow"})
    assert (changed.json()["rules"][0]["threshold"], changed.json()["newest"]["version"]) == (8, 1)
    undone = (await operator.post(f"{V1}/policy/undo")).json()
    assert (undone["rules"], undone["newest"]["version"]) == (before["rules"], 2)
    first = (await operator.get(f"{V1}/policy/versions/1")).json()
    assert '[bank."own"]\nthreshold = 8\nmode = "shadow"\n' in first["text"]
    assert (await operator.get(f"{V1}/policy/versions/3")).status_code == 404


@pytest.mark.usefixtures("banks")
async def test_another_rule_is_simulated_on_what_matched(
    operator: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await add_picture(operator, "own", picture(1))
    case = (await upload(app, picture(1, "JPEG"))).json()["case_id"]
    found = await operator.post(f"{V1}/policy/simulation", json={"bank": "own", "mode": "shadow"})
    assert (found.json()["waiting"], found.json()["uploads"]) == ([case], 1)
    for body, code in (
        ({}, "InputError"),
        ({"bank": "own", "threshold": 40}, "BadThreshold"),
        ({"bank": "own", "threshold": "8"}, "BadThreshold"),
        ({"bank": "own", "gate": "open"}, "BadPolicy"),
        ({"bank": "nobody"}, "NotFound"),
        ({"bank": "list", "mode": "shadow"}, "BadBank"),
    ):
        answer = await operator.post(f"{V1}/policy/simulation", json=body)
        assert answer.json()["error"] == code, body


async def test_no_key_reads_or_changes_the_policy(app: httpx.AsyncClient) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("POST", "/test"), ("POST", "/undo")):
        assert (await app.request(method, f"{V1}/policy{path}", content=b"")).status_code == 403
