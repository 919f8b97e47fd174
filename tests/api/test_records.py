"""What was recorded, read back: logs, uploads in pages, cases."""

from __future__ import annotations

import httpx
import pytest

from tests.api.asking import V1, Json, add_picture, make_bank, picture, upload


@pytest.fixture
async def three_uploads(app: httpx.AsyncClient) -> list[str]:
    """The ids of one that matched, one that did not, one that is no picture."""
    await make_bank(app)
    await add_picture(app, "own", picture(1))
    answers = [
        await upload(app, data, photo_id=name)
        for name, data in (("p1", picture(1)), ("p2", picture(2)), ("p3", b"no picture"))
    ]
    return [answer.json()["upload_id"] for answer in answers]


def ids(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]


async def test_a_log_entry_says_what_came_and_what_was_said_of_it(
    app: httpx.AsyncClient, three_uploads: list[str]
) -> None:
    broken, unknown, known = (await app.get(f"{V1}/logs")).json()["logs"]
    assert ids([known, unknown, broken]) == three_uploads
    assert (known["verdict"], known["action"], known["photo_id"]) == ("matched", "REVIEW", "p1")
    assert (known["media_type"], known["width"], known["height"]) == ("image/png", 320, 240)
    assert (known["size"], known["sender"], known["source"]) == (len(picture(1)), "key:app-1", "api")
    assert {match["hash_type"] for match in known["matches"]} == {"pdq", "sha256"}
    assert known["case_id"]
    assert (unknown["verdict"], unknown["banks"], unknown["reason"]) == ("no_match", ["own"], "")
    assert (broken["verdict"], broken["quality"], broken["width"]) == ("unhashable", None, 0)
    assert broken["reason"]


async def test_the_log_of_one_photo_has_its_uploads_only(
    app: httpx.AsyncClient, three_uploads: list[str]
) -> None:
    await upload(app, picture(4), photo_id="p2")
    newest, oldest = (await app.get(f"{V1}/logs/p2")).json()["logs"]
    assert oldest["id"] == three_uploads[1]
    assert newest["seq"] > oldest["seq"]
    assert (await app.get(f"{V1}/logs/none")).json() == {"logs": [], "next": None}


@pytest.mark.parametrize("path", ["logs", "uploads"])
async def test_pages_follow_each_other_without_gap_or_repetition(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, three_uploads: list[str], path: str
) -> None:
    await upload(app, picture(4))
    whole = (await operator.get(f"{V1}/{path}")).json()
    assert (len(whole[path]), whole["next"]) == (4, None)
    pages, before = [], None
    while True:
        page = (
            await operator.get(f"{V1}/{path}", params={"limit": 3, **({"before": before} if before else {})})
        ).json()
        pages.append(page[path])
        if (before := page["next"]) is None:
            break
        await upload(app, picture(5))
    assert [len(page) for page in pages] == [3, 1]
    assert ids(pages[0] + pages[1]) == ids(whole[path])


async def test_what_matters_leaves_out_what_did_not_match(
    operator: httpx.AsyncClient, three_uploads: list[str]
) -> None:
    rows = (await operator.get(f"{V1}/uploads", params={"only": "matters"})).json()["uploads"]
    assert ids(rows) == [three_uploads[2], three_uploads[0]]


async def test_a_query_that_makes_no_sense_answers_400(operator: httpx.AsyncClient) -> None:
    for query in (
        "logs?limit=x",
        "logs?before=-1",
        "uploads?before=1e3",
        "uploads?only=some",
        "cases?state=shut",
    ):
        answer = await operator.get(f"{V1}/{query}")
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), query


async def test_a_match_opens_a_case_and_later_ones_of_the_same_author_join_it(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await make_bank(app)
    for seed in (1, 2):
        await add_picture(app, "own", picture(seed))
    opened = (await upload(app, picture(1), author_did="did:plc:a")).json()
    joined = (await upload(app, picture(2), author_did="did:plc:a")).json()
    other = (await upload(app, picture(1), author_did="did:plc:b")).json()
    assert opened["case_id"] == joined["case_id"] != other["case_id"]

    cases = (await operator.get(f"{V1}/cases")).json()["cases"]
    assert [case["id"] for case in cases] == [opened["case_id"], other["case_id"]]
    assert [case["file_count"] for case in cases] == [2, 1]
    assert (cases[0]["state"], cases[0]["category"], cases[0]["banks"]) == ("open", "own", ["own"])
    assert (cases[0]["claimed_author"], cases[0]["did"]) == ("did:plc:a", "")
    assert cases[0]["closest"]["distance"] == 0
    assert (await operator.get(f"{V1}/cases", params={"state": "decided"})).json() == {
        "cases": [],
        "total": 0,
    }


async def test_a_case_is_found_by_the_beginning_of_its_id_and_shows_its_files(
    app: httpx.AsyncClient, operator: httpx.AsyncClient, three_uploads: list[str]
) -> None:
    [case] = (await operator.get(f"{V1}/cases", params={"state": "all"})).json()["cases"]
    found = (await operator.get(f"{V1}/cases/{case['id'][:6]}")).json()
    assert found["id"] == case["id"]
    assert ids(found["files"]) == [three_uploads[0]]
    assert (await operator.get(f"{V1}/cases/none~")).status_code == 404


async def test_the_most_pressing_case_comes_first(
    app: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    for seed, category in enumerate(("test", "own", "exploitative", "terrorism", "ncii", "child_safety")):
        await make_bank(operator, category, category=category)
        await add_picture(operator, category, picture(seed))
        await upload(app, picture(seed))
    cases = (await operator.get(f"{V1}/cases")).json()["cases"]
    assert [case["category"] for case in cases] == [
        "child_safety",
        "ncii",
        "terrorism",
        "exploitative",
        "own",
        "test",
    ]


async def test_a_scanned_file_is_an_upload_with_its_path(operator: httpx.AsyncClient) -> None:
    await make_bank(operator)
    await add_picture(operator, "own", picture())
    found = await operator.post(f"{V1}/scan", content=picture(), params={"path": "/srv/a.png"})
    assert found.json()["status"] == "matched"
    again = await operator.post(f"{V1}/scan", content=picture(), params={"path": "/srv/a.png"})
    assert again.json()["case_id"] == found.json()["case_id"]
    [newest, _] = (await operator.get(f"{V1}/uploads")).json()["uploads"]
    assert (newest["source"], newest["uri"]) == ("scan", "file:///srv/a.png")
    assert newest["sender"].startswith("user:")
