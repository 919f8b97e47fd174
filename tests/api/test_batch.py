"""`POST /api/v1/match/batch`: many at once, each with its own answer in its own place."""

from __future__ import annotations

import httpx

from tests.api.asking import V1, Json, add_picture, flipped, form, make_bank, picture

BATCH = f"{V1}/match/batch"


async def test_hashes_are_answered_in_their_order(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    added = await add_picture(app, "own", picture())
    pdq = added["hashes"][0]["hash_value"]
    md5 = next(one["hash_value"] for one in added["hashes"] if one["algorithm"] == "md5")
    hashes = [{"hash_value": value} for value in (flipped(pdq, 31), md5, flipped(pdq, 3))]
    answer = await app.post(BATCH, json={"hashes": hashes})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert [one["status"] for one in answer.json()["results"]] == ["no_match", "matched", "matched"]


async def test_one_threshold_holds_for_all_hashes(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    pdq = (await add_picture(app, "own", picture()))["hashes"][0]["hash_value"]
    hashes = [{"hash_value": flipped(pdq, bits), "hash_type": "pdq"} for bits in (5, 6)]
    answer = await app.post(BATCH, json={"hashes": hashes, "threshold": 5})
    assert [one["matched"] for one in answer.json()["results"]] == [True, False]


async def test_a_bad_hash_costs_only_its_own_answer(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    answer = await app.post(BATCH, json={"hashes": [{"hash_value": "f0" * 32}, {"hash_value": "xyz"}, {}]})
    good, bad, missing = answer.json()["results"]
    assert (answer.status_code, answer.json()["success"]) == (207, False)
    assert good["status"] == "no_match"
    assert [one["error"] for one in (bad, missing)] == ["BadSignal", "BadSignal"]
    assert "matched" not in bad
    assert "matched" not in missing


async def test_images_are_answered_in_their_order_and_logged_under_their_file_names(
    app: httpx.AsyncClient,
) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    body, headers = form(
        ("author_did", b"did:plc:x"),
        ("image", picture(1), "one.png"),
        ("image", picture(2), "two.png"),
        ("file", b"no picture", "three.png"),
        ("image", b"", "four.png"),
    )
    answer = await app.post(BATCH, content=body, headers=headers)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [one["status"] for one in results] == ["matched", "no_match", "unhashable", "unhashable"]
    logs = (await app.get(f"{V1}/logs")).json()["logs"]
    assert [entry["id"] for entry in logs] == [one["upload_id"] for one in reversed(results)]
    assert [entry["photo_id"] for entry in logs] == ["four.png", "three.png", "two.png", "one.png"]
    assert {entry["claimed_author"] for entry in logs} == {"did:plc:x"}


async def test_without_a_list_each_image_is_not_checked(app: httpx.AsyncClient) -> None:
    body, headers = form(("image", picture(1), "a"), ("image", picture(2), "b"))
    answer = await app.post(BATCH, content=body, headers=headers)
    assert answer.status_code == 207
    assert [one["reason"] for one in answer.json()["results"]] == ["no_list", "no_list"]
    assert '"matched"' not in answer.text


async def test_a_thousand_are_taken_at_a_time_and_not_one_more(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    pdq = (await add_picture(app, "own", picture()))["hashes"][0]["hash_value"]
    hashes = [{"hash_value": "bad"}] * 999 + [{"hash_value": pdq}]
    results = (await app.post(BATCH, json={"hashes": hashes})).json()["results"]
    assert (len(results), results[-1].get("matched")) == (1_000, True)
    assert (await app.post(BATCH, json={"hashes": [*hashes, *hashes[:1]]})).status_code == 400


async def test_nothing_to_compare_answers_400(app: httpx.AsyncClient) -> None:
    nothing: list[Json] = [{}, {"hashes": []}, {"hashes": "x"}, {"hashes": ["x"]}]
    for given in nothing:
        assert (await app.post(BATCH, json=given)).status_code == 400, given
    body, headers = form(("photo_id", b"x"))
    assert (await app.post(BATCH, content=body, headers=headers)).status_code == 400
