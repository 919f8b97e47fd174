"""Banks over the API: made, filled, emptied, deleted; what is gone stops matching at once."""

from __future__ import annotations

import hashlib

import httpx

from tests.api.asking import (
    V1,
    Json,
    add_hash,
    add_picture,
    ask_hash,
    make_bank,
    pdq_of,
    picture,
    upload,
    video,
)
from tests.pictures import encoded, noise_photograph

BANKS = f"{V1}/admin/banks"
OWN = f"{V1}/admin/bank/own"


async def test_a_new_bank_has_the_defaults_of_its_category(app: httpx.AsyncClient) -> None:
    plain = await app.post(BANKS, json={"name": " own ", "description": "Ours"})
    assert plain.status_code == 201
    bank = plain.json()
    assert (bank["name"], bank["description"], bank["category"], bank["role"]) == (
        "own",
        "Ours",
        "own",
        "block",
    )
    assert (bank["threshold"], bank["on_match"], bank["mode"]) == (24, "review", "enforce")
    assert (bank["entry_count"], set(bank["signals"].values()), bank["hit_count"]) == (0, {0}, 0)
    ncii = (await app.post(BANKS, json={"name": "n", "category": "ncii"})).json()
    child_safety = (await app.post(BANKS, json={"name": "c", "category": "child_safety"})).json()
    assert (ncii["threshold"], child_safety["threshold"]) == (20, 31)
    listed = (await app.get(BANKS)).json()["banks"]
    assert {one["name"] for one in listed} == {"own", "n", "c"}


async def test_a_name_is_given_once(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    assert (await app.post(BANKS, json={"name": "own"})).status_code == 409


async def test_a_bank_that_may_not_be_is_refused_with_the_remedy(app: httpx.AsyncClient) -> None:
    bodies: list[tuple[Json, str]] = [
        ({}, "BadBank"),
        ({"name": 7}, "BadBank"),
        ({"name": ""}, "BadBank"),
        ({"name": "a/b"}, "BadBank"),
        ({"name": "x" * 64}, "BadBank"),
        ({"name": "x", "description": 7}, "BadBank"),
        ({"name": "x", "description": "x" * 1001}, "BadBank"),
        ({"name": "x", "category": "nonsense"}, "BadBank"),
        ({"name": "x", "role": "nonsense"}, "BadBank"),
        ({"name": "x", "on_match": "nonsense"}, "BadBank"),
        ({"name": "x", "mode": "nonsense"}, "BadBank"),
        ({"name": "x", "threshold": 32}, "BadThreshold"),
        ({"name": "x", "threshold": -1}, "BadThreshold"),
        ({"name": "x", "threshold": 0.5}, "BadThreshold"),
        ({"name": "x", "threshold": True}, "BadThreshold"),
        ({"name": "x", "category": "ncii", "role": "allow"}, "BadBank"),
        ({"name": "x", "category": "ncii", "on_match": "takedown"}, "BadBank"),
        ({"name": "x", "category": "exploitative", "on_match": "takedown"}, "BadBank"),
        ({"name": "x", "category": "child_safety", "mode": "shadow"}, "BadBank"),
        ({"name": "x", "category": "child_safety", "on_match": "log"}, "BadBank"),
    ]
    for body, error in bodies:
        answer = await app.post(BANKS, json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, error), body
    assert (await app.get(BANKS)).json()["banks"] == []


async def test_a_bank_that_does_not_exist_answers_404(app: httpx.AsyncClient) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/signal", {"hash": "f0" * 32}),
        ("DELETE", "/signal", {"hash": "f0" * 32}),
        ("DELETE", "/content/1", None),
        ("GET", "/export", None),
    ):
        answer = await app.request(method, f"{V1}/admin/bank/none{path}", json=body)
        assert (answer.status_code, answer.json()["error"]) == (404, "NotFound"), (method, path)
    for path in ("content", "import"):
        assert (await app.post(f"{V1}/admin/bank/none/{path}", content=picture())).status_code == 404


async def test_a_picture_enters_with_all_its_hashes_and_counts_once(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    first = await add_picture(app, "own", picture())
    assert (first["bank"], first["added"], first["already"]) == ("own", 4, 0)
    assert {one["algorithm"] for one in first["hashes"]} == {"pdq", "md5", "sha1", "sha256"}
    again = await add_picture(app, "own", picture())
    assert (again["added"], again["already"]) == (0, 4)
    bank = (await app.get(OWN)).json()
    assert (bank["entry_count"], set(bank["signals"].values())) == (4, {1})


async def test_hashes_of_every_type_enter_and_match(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    values = {name: hashlib.new(name, b"x").hexdigest() for name in ("md5", "sha1", "sha256")}
    values["pdq"] = await pdq_of(app, picture())
    done = await add_hash(app, "own", **values, metadata={"note": "x"})
    assert (done["added"], len(done["hashes"])) == (4, 4)
    for name, value in values.items():
        assert (await ask_hash(app, value, hash_type=name)).json()["matched"] is True
    assert (await add_hash(app, "own", hash=values["md5"]))["already"] == 1


async def test_what_is_no_hash_or_only_noise_does_not_enter(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    bodies: list[Json] = [
        {},
        {"hash": 7},
        {"hash": "xyz"},
        {"pdq": "f" * 63},
        {"md5": "g" * 32},
        {"pdq": "0" * 64},
        {"pdq": "f" * 64},
    ]
    for body in bodies:
        answer = await app.post(f"{OWN}/signal", json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "BadSignal"), body
    assert (await app.get(OWN)).json()["entry_count"] == 0


async def test_a_flat_picture_enters_by_its_exact_hashes_only(app: httpx.AsyncClient) -> None:
    flat = encoded(noise_photograph(1, 64, 64) // 255)
    await make_bank(app)
    done = await add_picture(app, "own", flat)
    assert {one["algorithm"] for one in done["hashes"]} == {"md5", "sha1", "sha256"}
    assert (await upload(app, flat)).json()["matched"] is True


async def test_a_video_enters_and_a_text_or_a_broken_picture_does_not(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    assert (await add_picture(app, "own", video()))["added"] == 3
    for data in (b"a text", picture()[:500]):
        answer = await app.post(f"{OWN}/content", content=data)
        assert (answer.status_code, answer.json()["error"]) == (422, "Unhashable")


async def test_a_removed_hash_stops_matching_with_the_answer(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await make_bank(app, "other")
    await add_picture(app, "other", picture(2))
    pdq = (await add_picture(app, "own", picture()))["hashes"][0]["hash_value"]
    removed = await app.request("DELETE", f"{OWN}/signal", json={"pdq": pdq})
    assert removed.json() == {"success": True, "removed": 1}
    assert (await ask_hash(app, pdq)).json()["status"] == "no_match"
    assert (await app.request("DELETE", f"{OWN}/signal", json={"pdq": pdq})).status_code == 404


async def test_a_removed_picture_stops_matching_with_all_its_hashes(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture(2))
    added = await add_picture(app, "own", picture())
    removed = await app.delete(f"{OWN}/content/{added['content_id']}")
    assert removed.json() == {"success": True, "removed": 4}
    assert (await upload(app, picture())).json()["status"] == "no_match"
    assert (await upload(app, picture(2))).json()["status"] == "matched"
    assert (await app.delete(f"{OWN}/content/{added['content_id']}")).status_code == 404


async def test_a_deleted_bank_stops_matching_at_once_and_its_name_is_free(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await make_bank(app, "other")
    for name, seed in (("own", 1), ("other", 2)):
        await add_picture(app, name, picture(seed))
    assert (await app.delete(OWN)).json() == {"success": True}
    answer = (await upload(app, picture())).json()
    assert (answer["status"], answer["banks"]) == ("no_match", ["other"])
    await make_bank(app)
    assert (await app.get(OWN)).json()["entry_count"] == 0
    assert (await upload(app, picture())).json()["status"] == "no_match"


async def test_hits_of_a_bank_are_counted(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    for data in (picture(), saved_again(), picture(2)):
        await upload(app, data)
    assert (await app.get(OWN)).json()["hit_count"] == 2


def saved_again() -> bytes:
    return encoded(noise_photograph(1), "JPEG", quality=85)
