"""`POST /api/v1/match`: the verdict on an upload, and on a hash."""

from __future__ import annotations

import hashlib

import httpx

from tests.api.asking import (
    V1,
    Json,
    add_hash,
    add_picture,
    ask_hash,
    flipped,
    form,
    in_pieces,
    make_bank,
    pdq_of,
    picture,
    upload,
    video,
)
from tests.hostile import BOMBS
from tests.pictures import encoded, noise_photograph


async def logged(client: httpx.AsyncClient) -> list[Json]:
    return list((await client.get(f"{V1}/logs")).json()["logs"])


async def test_a_picture_of_a_bank_matches_and_says_how(app: httpx.AsyncClient) -> None:
    await make_bank(app, "known")
    added = await add_picture(app, "known", picture())
    answer = (await upload(app, encoded(noise_photograph(1), "JPEG", quality=90))).json()
    assert (answer["status"], answer["matched"], answer["match_count"]) == ("matched", True, 1)
    assert answer["action"] == "REVIEW"
    assert answer["banks"] == ["known"]
    [match] = answer["matches"]
    assert (match["bank"], match["bank_name"], match["content_id"]) == ("known", "known", added["content_id"])
    assert (match["hash_type"], match["view"]) == ("pdq", "upright")
    assert match["distance"] <= 10
    assert match["hash"] == await pdq_of(app, picture())


async def test_the_very_same_bytes_match_exactly(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    matches = (await upload(app, picture())).json()["matches"]
    by_type = {match["hash_type"]: match for match in matches}
    assert set(by_type) == {"pdq", "sha256"}
    assert by_type["sha256"]["hash"] == hashlib.sha256(picture()).hexdigest()
    assert by_type["sha256"]["likeness"] == "the very same bytes"


async def test_no_match_names_the_banks_it_was_compared_with(app: httpx.AsyncClient) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        await make_bank(app, name)
        await add_picture(app, name, picture(seed))
    await make_bank(app, "empty")
    answer = (await upload(app, picture(3))).json()
    assert (answer["status"], answer["matched"], answer["matches"]) == ("no_match", False, [])
    assert (answer["action"], sorted(answer["banks"])) == ("none", ["one", "two"])


async def test_without_a_list_nothing_is_checked_and_the_answer_cannot_be_taken_for_one(
    app: httpx.AsyncClient,
) -> None:
    await make_bank(app, "empty")
    answer = await upload(app, picture())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    body = answer.json()
    assert (body["status"], body["reason"]) == ("not_checked", "no_list")
    assert "matched" not in answer.text
    [entry] = await logged(app)
    assert (entry["id"], entry["verdict"]) == (body["upload_id"], "not_checked")


async def test_an_allow_bank_alone_is_no_list(app: httpx.AsyncClient) -> None:
    await make_bank(app, "fine", role="allow")
    await add_picture(app, "fine", picture())
    assert (await upload(app, picture())).json()["reason"] == "no_list"


async def test_what_cannot_be_decoded_is_never_a_no_match(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    for data in (b"a text", picture()[:300], BOMBS["PNG of 4 gigapixels"]()):
        answer = await upload(app, data)
        assert answer.status_code in (413, 422)
        assert answer.json()["status"] in ("unhashable", "not_checked")
        assert answer.json()["reason"]
        assert "matched" not in answer.text
        assert (await logged(app))[0]["id"] == answer.json()["upload_id"]


async def test_the_exact_hash_of_what_cannot_be_decoded_still_counts(app: httpx.AsyncClient) -> None:
    broken = picture()[:300]
    await make_bank(app)
    await add_hash(app, "own", sha256=hashlib.sha256(broken).hexdigest())
    answer = (await upload(app, broken)).json()
    assert (answer["status"], answer["matches"][0]["hash_type"]) == ("matched", "sha256")
    assert (answer["hash"], answer["exact_only"]) == (None, True)


async def test_a_video_is_compared_by_its_exact_hashes_and_the_answer_says_so(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_hash(app, "own", md5=hashlib.md5(video(8_000)).hexdigest())
    known, unknown = [(await upload(app, data)).json() for data in (video(8_000), video(4_000))]
    assert (known["status"], known["matches"][0]["hash_type"], known["exact_only"]) == (
        "matched",
        "md5",
        True,
    )
    assert (unknown["status"], unknown["exact_only"]) == ("no_match", True)


async def test_a_threshold_narrows_the_banks_own_and_never_widens_it(app: httpx.AsyncClient) -> None:
    pdq = await pdq_of(app, picture())
    await make_bank(app, threshold=24)
    await add_hash(app, "own", pdq=pdq)
    for threshold, largest in (
        (None, 24),
        ("", 24),
        ("0", 24),
        ("0.8", 24),
        (0.9375, 16),
        ("1.0", 0),
        (1, 0),
        ("10", 10),
        (31, 24),
        ("256", 24),
    ):
        for distance in (largest, largest + 1):
            answer = await ask_hash(app, flipped(pdq, distance), threshold=threshold)
            assert answer.json()["matched"] is (distance == largest), (threshold, distance)


async def test_an_upload_is_held_to_the_same_threshold(app: httpx.AsyncClient) -> None:
    await make_bank(app, threshold=24)
    await add_hash(app, "own", pdq=flipped(await pdq_of(app, picture()), 14))
    verdicts = [
        (await upload(app, picture(), threshold=text)).json()["status"] for text in ("0.8", "14", "0.97")
    ]
    assert verdicts == ["matched", "matched", "no_match"]


async def test_what_is_no_threshold_answers_400_and_records_nothing(app: httpx.AsyncClient) -> None:
    for threshold in ("-1", "1.5", "257", "nan", "inf", "near"):
        answer = await upload(app, picture(), threshold=threshold)
        assert (answer.status_code, answer.json()["error"]) == (400, "BadThreshold"), threshold
    assert await logged(app) == []


async def test_an_allow_bank_takes_a_match_back(app: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
    await make_bank(app, "block")
    await add_picture(app, "block", picture())
    assert (await upload(app, picture())).json()["matched"] is True
    await make_bank(app, "fine", role="allow")
    await add_picture(app, "fine", picture())
    answer = (await upload(app, picture())).json()
    assert (answer["status"], answer["matches"], answer["banks"]) == ("no_match", [], ["block"])
    [newest, _] = (await operator.get(f"{V1}/uploads")).json()["uploads"]
    assert {match["cancelled_by"] for match in newest["matches"] if match["bank"] == "block"} == {"fine"}


async def test_the_bank_decides_what_the_app_is_told_to_do(app: httpx.AsyncClient) -> None:
    banks: list[tuple[Json, str]] = [
        ({"mode": "shadow"}, "none"),
        ({"on_match": "log"}, "none"),
        ({"on_match": "review"}, "REVIEW"),
        ({"on_match": "takedown"}, "BLOCK"),
    ]
    for seed, (settings, action) in enumerate(banks):
        await make_bank(app, f"bank {seed}", **settings)
        await add_picture(app, f"bank {seed}", picture(seed))
        answer = (await upload(app, picture(seed))).json()
        assert (answer["matched"], answer["action"]) == (True, action)
        assert ("case_id" in answer) is (action != "none")


async def test_a_raw_body_takes_its_fields_from_the_query(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_hash(app, "own", pdq=flipped(await pdq_of(app, picture()), 14))
    query = {"threshold": "4", "photo_id": "p-9", "author_did": "did:plc:x", "metadata": '{"a": 1}'}
    answer = await app.post(f"{V1}/match", content=in_pieces(picture()), params=query)
    assert answer.json()["status"] == "no_match"
    [entry] = await logged(app)
    assert (entry["photo_id"], entry["claimed_author"], entry["did"]) == ("p-9", "did:plc:x", "")


async def test_a_field_that_cannot_be_kept_answers_400_and_records_nothing(app: httpx.AsyncClient) -> None:
    for part in (
        ("metadata", b"[1]"),
        ("metadata", b"{"),
        ("metadata", b"[" * 60_000),
        ("photo_id", b"x" * 5_000),
        ("author_did", b"x" * 5_000),
    ):
        body, headers = form(("image", picture(), "a.png"), part)
        answer = await app.post(f"{V1}/match", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), part
    assert await logged(app) == []


async def test_a_hash_is_told_by_its_length_or_its_type(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    added = await add_picture(app, "own", picture())
    for one in added["hashes"]:
        answer = (await ask_hash(app, one["hash_value"], hash_type=one["algorithm"])).json()
        assert (answer["matched"], answer["matches"][0]["hash_type"]) == (True, one["algorithm"])
        if one["algorithm"] != "sha256":
            assert (await ask_hash(app, one["hash_value"].upper())).json()["matched"] is True
    assert (await ask_hash(app, "f0" * 32)).json()["status"] == "no_match"
    assert await logged(app) == []


async def test_what_is_no_hash_answers_400(app: httpx.AsyncClient) -> None:
    bodies: list[Json] = [
        {},
        {"hash_value": 7},
        {"hash_value": "xyz"},
        {"hash_value": "f" * 63},
        {"hash_value": "g" * 64},
        {"hash_value": "f" * 64, "hash_type": "crc"},
        {"hash_value": "f" * 64, "hash_type": "md5"},
        {"hash_value": "f" * 64, "hash_type": 1},
    ]
    for body in bodies:
        answer = await app.post(f"{V1}/match", json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "BadSignal"), body


async def test_what_is_no_json_object_answers_400(app: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"[]", b"[" * 100_000, b'"x"', b"\xff", b" " * (5 << 20)):
        answer = await app.post(f"{V1}/match", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), body[:10]
