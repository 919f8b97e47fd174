"""The demo: its app uploads to a real bridge, every planted copy is found, and nothing is left behind."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from itertools import islice
from random import Random

import httpx
import numpy as np
import pytest
from PIL import Image

from bridge.verdicts import Verdict
from hma_console.answers import UploadRow
from hma_console.attach import attached
from hma_console.client import BridgeClient, Event
from hma_console.demo import demo_bridge, run_headless
from hma_console.demo.app import DemoApp, Uploaded
from hma_console.demo.headless import report
from hma_console.demo.live import APP_NAME, BANK
from hma_console.demo.pictures import Painted, bank_pictures, unrelated_pictures
from hma_console.demo.plan import AUTHORS, PlannedUpload, plan
from hma_console.demo.scenes import Scene, paint
from hma_console.demo.transformations import Transformation, transform
from hma_console.wire import Refused, Wire

ONE_ROUND = 2 * len(Transformation)


def planned(*, planted: bool, transformation: Transformation = Transformation.ORIGINAL) -> PlannedUpload:
    """An upload of the first picture of the bank or of the unrelated ones."""
    picture = (bank_pictures() if planted else unrelated_pictures())[0]
    return PlannedUpload(1, picture, transformation, planted, AUTHORS[0], seed=1)


def mislabelled(*, planted: bool) -> PlannedUpload:
    """An upload of the one kind that claims to be of the other."""
    right = planned(planted=not planted)
    return PlannedUpload(1, right.picture, right.transformation, planted, right.author, right.seed)


async def test_every_planted_copy_matches_and_no_other_picture_does() -> None:
    lines: list[str] = []
    assert await run_headless(ONE_ROUND, lines.append, as_json=True) == 0

    *uploads, summary = [json.loads(line) for line in lines]
    assert [upload["upload"] for upload in uploads] == list(range(1, ONE_ROUND + 1))
    for upload in uploads:
        assert upload["verdict"] == ("matched" if upload["planted"] else "no_match")
        assert upload["bank"] == (BANK.name if upload["planted"] else None)
    views = {upload["transformation"]: upload["view"] for upload in uploads if upload["planted"]}
    assert views["original"] == "upright"
    assert views["mirrored"] == "mirrored"
    assert views["bordered"] == "border trimmed"
    assert summary["uploads"] == ONE_ROUND
    assert (summary["planted_matched"], summary["unrelated_matched"]) == (summary["planted"], 0)
    assert set(summary["transformations"]) == set(Transformation)


async def test_each_upload_is_one_line_and_a_summary_counts_them() -> None:
    lines: list[str] = []
    uploads = [planned(planted=True), planned(planted=False, transformation=Transformation.WEBP)]
    assert await report(uploads, lines.append) == 0

    first, second, summary = (re.sub(r" +", " ", line) for line in lines)
    assert re.fullmatch(r" 1 cat original matched demo pictures · distance 0 · upright \d+ ms", first)
    assert re.fullmatch(r" 1 brick wall WebP no match \d+ ms", second)
    assert "all 1 of 1 0 of 1" in summary
    assert re.search(r"2 uploads in \d+\.\d s\.$", summary)


@pytest.mark.parametrize("planted", [True, False])
async def test_a_wrong_verdict_is_told_and_ends_with_one(planted: bool) -> None:
    lines: list[str] = []
    assert await report([mislabelled(planted=planted)], lines.append) == 1
    assert f"WRONG: it {'was planted' if planted else 'is unrelated'}" in lines[0]


@pytest.mark.parametrize("verdict", [Verdict.NOT_CHECKED, Verdict.UNHASHABLE])
@pytest.mark.parametrize("planted", [True, False])
def test_what_was_not_compared_is_never_right(planted: bool, verdict: Verdict) -> None:
    assert not Uploaded(planned(planted=planted), verdict, None, 1.0).is_right


async def test_while_the_console_looks_matches_arrive_by_themselves() -> None:
    async with demo_bridge() as demo, attached(demo.settings, listens=True) as operator:
        client = BridgeClient(operator.http)
        async with asyncio.timeout(30), client.events(after=0) as events:
            matched = await first_matched(events)
        assert matched.sender == f"key:{APP_NAME}"
        assert matched.claimed_author in AUTHORS
        assert [hit.bank for hit in matched.matches] == [BANK.name]
        folder = demo.settings.data_dir
        assert folder.exists()
    assert not folder.exists()


async def first_matched(events: AsyncIterator[Event]) -> UploadRow:
    async for event in events:
        if event.upload is not None and event.upload.verdict is Verdict.MATCHED:
            return event.upload
    raise AssertionError("the stream ended before anything matched")


async def a_demo_whose_key_is_revoked() -> None:
    async with demo_bridge() as demo, attached(demo.settings, listens=True) as operator:
        await Wire(operator.http).ask("DELETE", f"/apikeys/{APP_NAME}")
        (uploads,) = (task for task in asyncio.all_tasks() if task.get_name() == "demo uploads")
        await asyncio.wait((uploads,), timeout=30)


async def test_an_app_that_fails_is_told_when_the_demo_ends() -> None:
    with pytest.raises(Refused) as refused:
        await a_demo_whose_key_is_revoked()
    assert refused.value.status == 401


async def answered(status: int, body: dict[str, object]) -> tuple[list[httpx.Request], list[Uploaded]]:
    """What the app asked of a bridge that answers so, and what it understood."""
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        asked.append(request)
        return httpx.Response(status, json=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://bridge") as http:
        return asked, [done async for done in DemoApp(http).upload_all([planned(planted=True)])]


async def test_the_app_sends_the_file_before_the_fields_and_no_length() -> None:
    ((request,), (done,)) = await answered(200, {"status": "no_match", "matches": []})

    assert request.url.path == "/api/v1/match"
    assert "content-length" not in request.headers
    names = re.findall(rb'form-data; name="(\w+)"', request.content)
    assert names == [b"image", b"threshold", b"author_did", b"photo_id", b"metadata"]
    assert bank_pictures()[0].file().content in request.content
    assert done.verdict is Verdict.NO_MATCH


async def test_an_upload_that_was_not_checked_is_a_verdict_and_no_fault() -> None:
    _, (done,) = await answered(503, {"error": "NotChecked", "message": "", "status": "not_checked"})
    assert done.verdict is Verdict.NOT_CHECKED


async def test_any_other_refusal_is_a_fault() -> None:
    with pytest.raises(Refused):
        await answered(401, {"error": "Unauthorized", "message": "", "hint": ""})


def test_each_round_makes_every_copy_of_a_bank_picture_and_of_another() -> None:
    uploads = list(islice(plan(), 3 * ONE_ROUND))
    for start in range(0, len(uploads), ONE_ROUND):
        made = Counter((each.transformation, each.planted) for each in uploads[start : start + ONE_ROUND])
        assert made == dict.fromkeys(
            ((one, planted) for one in Transformation for planted in (True, False)), 1
        )
    banked = {picture.path for picture in bank_pictures()}
    for each in uploads:
        assert each.planted == (not isinstance(each.picture, Painted) and each.picture.path in banked)
    assert {each.picture.path for each in uploads if each.planted} == banked  # type: ignore[union-attr]


def test_painted_pictures_never_come_twice() -> None:
    painted = [each.picture for each in islice(plan(), 200) if isinstance(each.picture, Painted)]
    assert len(painted) == len(set(painted)) == 50


def test_the_plan_is_the_same_every_time_and_another_with_another_seed() -> None:
    first, again = list(islice(plan(), 40)), list(islice(plan(), 40))
    assert first == again
    assert first[5].prepare() == again[5].prepare()
    assert first != list(islice(plan(seed=8), 40))


def test_authors_are_well_formed_and_told_apart_by_their_ends() -> None:
    assert all(re.fullmatch(r"did:plc:demo[a-z2-7]{20}", author) for author in AUTHORS)
    assert len({author[-4:] for author in AUTHORS}) == len(AUTHORS)


@pytest.mark.parametrize("transformation", Transformation)
def test_a_copy_is_what_it_says(transformation: Transformation) -> None:
    original = bank_pictures()[0].file()
    copy = transform(original, transformation, Random(1))
    before, after = original.decoded(), copy.decoded()
    with Image.open(io.BytesIO(copy.content)) as opened:
        assert copy.media_type == f"image/{(opened.format or '').lower()}"
        form, mode = opened.format, opened.mode
    match transformation:
        case Transformation.ORIGINAL:
            assert copy == original
        case Transformation.RECOMPRESSED:
            assert len(copy.content) < len(original.content)
        case Transformation.RESIZED:
            assert after.size != before.size
        case Transformation.CROPPED:
            assert 0.94 < after.width / before.width < 0.98
        case Transformation.BORDERED:
            assert after.width > before.width * 1.05
        case Transformation.MIRRORED:
            assert difference(after, before.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) < 5
        case Transformation.TURNED:
            assert difference(after.resize(before.size), before) > 20
        case Transformation.PALETTE:
            assert mode == "P"
        case Transformation.GREYSCALE:
            assert mode == "L"
        case Transformation.WEBP:
            assert form == "WEBP"


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of their samples, 0 to 255."""
    return float(np.abs(np.asarray(one).astype(int) - np.asarray(other)).mean())


@pytest.mark.parametrize("scene", Scene)
def test_a_seed_always_paints_the_same_picture_and_no_other_paints_it(scene: Scene) -> None:
    picture = paint(scene, 1, (160, 120))
    assert picture.size == (160, 120)
    assert difference(picture, paint(scene, 1, (160, 120))) == 0
    assert difference(picture, paint(scene, 2, (160, 120))) > 10
