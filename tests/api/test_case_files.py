"""What the API tells of a decided case, of cases that are alike, and of files put into an own bank."""

from __future__ import annotations

import httpx

from tests.api.asking import V1, add_picture, make_bank, picture, upload


async def test_a_decided_case_names_what_was_decided_and_the_batch_that_undoes_it(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    case_id = (await upload(app, picture(1))).json()["case_id"]
    assert (await operator.get(f"{V1}/cases/{case_id}")).json()["decided"] is None
    asked = {"choice": "release", "reason": "allowed-here"}
    made = (await operator.post(f"{V1}/cases/{case_id}/decision", json=asked)).json()
    [listed] = (await operator.get(f"{V1}/cases", params={"state": "decided"})).json()["cases"]
    assert (listed["decided"]["batch"], listed["decided"]["choice"]) == (made["batch"], "release")
    undo = (await operator.get(f"{V1}/status")).json()["undo"]
    assert undo["at"] < undo["until"]
    await operator.delete(f"{V1}/decisions/{made['batch']}")
    assert (await operator.get(f"{V1}/cases/{case_id}")).json()["decided"] is None


async def test_open_cases_of_the_same_entry_are_counted(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    first, *_ = [
        (await upload(app, picture(1), author_did=f"did:plc:{who}")).json()["case_id"] for who in "abc"
    ]
    facts = (await operator.get(f"{V1}/cases/{first}")).json()["facts"]
    assert (facts["alike"], facts["posts"]) == (2, [])


async def test_a_cases_files_go_into_an_own_bank_and_into_no_list(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    await make_bank(app, "mine")
    await make_bank(operator, "listed", category="ncii")
    await add_picture(app, "own", picture(1))
    case_id = (await upload(app, picture(1))).json()["case_id"]
    path = f"{V1}/cases/{case_id}/bank"
    added = await operator.post(path, json={"bank": "mine"})
    assert (added.status_code, added.json()) == (201, {"bank": "mine", "added": 4, "already": 0})
    assert (await operator.post(path, json={"bank": "mine"})).json()["already"] == 4
    assert (await operator.post(path, json={"bank": "listed"})).status_code == 400
    assert (await operator.post(path, json={"bank": "mine", "uploads": ["none"]})).status_code == 400
