"""The fake HMA answers, request by request, as the real one was recorded to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.hma import FakeHma, fake_hma

Record = dict[str, Any]

RECORDS: list[Record] = [
    json.loads(line) for line in (Path(__file__).parent / "records" / "hma.jsonl").read_text().splitlines()
]
THEN = 1795294864
"""When the records were made, in seconds."""
UNRECORDED = ("astronaut_flip.jpg", "astronaut_crop.jpg", "synth_1024x768.jpg")
"""Files whose hash is in no record, far from all that was banked."""


def sections(*beginnings: str) -> list[Record]:
    return [each for each in RECORDS if each["section"].startswith(beginnings)]


def hashes(names: str) -> dict[str, str]:
    """What the recorded server made of the files of that kind, by their names."""
    found = {}
    for record in RECORDS:
        for field, file in record.get("files", ()):
            if field == names and record["status"] == 200 and not record["target"].startswith("/m/"):
                told = json.loads(record["body"])
                found[file] = next(iter(told.get("signals", told).values()))
    return found


@pytest.fixture
async def hma() -> AsyncIterator[FakeHma]:
    """One that knows the files of the records by their names, as if it had hashed them itself."""
    photos, videos = hashes("photo"), hashes("video")
    async with fake_hma() as fake:
        fake.photo = lambda body: looked_up(photos, body)
        fake.video = lambda body: looked_up(videos, body)
        fake.web |= {f"http://127.0.0.1:5199/{name}": name.encode() for name in ("rocket.jpg", "chelsea.png")}
        photos |= dict.fromkeys(UNRECORDED, "0" * 64)
        photos |= {
            "rocket.jpg": "8792786c879370e4af1bc0e43f1bc0e03f1cc2e33da4c3537cec821b2ce4f376",
            "chelsea.png": "5feb5321f01da156898e2bf629a5d3438412cdbd23f48942464526315db33ffd",
        }
        fake.state.now = lambda: THEN
        yield fake


def looked_up(known: dict[str, str], body: bytes) -> str:
    """Raises KeyError where the recorded server failed at that file."""
    return known[body.decode()]


def request_of(record: Record) -> Iterator[tuple[str, Any]]:
    if "files" in record:
        yield "files", [(field, (name, name.encode())) for field, name in record["files"]]
        yield "data", record.get("form", {})
    elif "form" in record:
        yield "data", record["form"]
    elif "json" in record:
        yield "json", record["json"]
    elif "raw" in record:
        yield "content", record["raw"]
        yield "headers", {"Content-Type": record["sent"]}


def told(body: str, type_: str) -> Any:
    """An answer without the order of what was found, which follows no rule."""
    if type_ != "application/json":
        return body.strip()
    value = json.loads(body)
    found = value.get("matches") if isinstance(value, dict) else None
    if isinstance(found, list):
        value["matches"] = sorted(found, key=str)
    elif isinstance(value, dict):
        for each in (value, *value.values()):
            for bank, matches in each.items() if isinstance(each, dict) else ():
                if isinstance(matches, list):
                    each[bank] = sorted(matches, key=str)
    return value


async def replay(hma: FakeHma, records: list[Record]) -> None:
    async with httpx.AsyncClient(base_url=hma.url, timeout=20, verify=False) as client:
        for record in records:
            is_on = "HALF_RENAMED" in record["body"]
            hma.state.coin = (lambda: 0.0) if is_on else (lambda: 0.99)
            answer = await client.request(record["method"], record["target"], **dict(request_of(record)))
            where = f"{record['section']}: {record['method']} {record['target']}"
            assert answer.status_code == record["status"], (where, answer.text)
            assert answer.headers["content-type"] == record["type"], where
            assert answer.headers["server"], where
            assert told(answer.text, record["type"]) == told(record["body"], record["type"]), where
            if "length" in record and record["type"] != "application/json":
                assert int(answer.headers["content-length"]) == record["length"], where
            if "allow" in record:
                assert set(answer.headers["allow"].split(", ")) == set(record["allow"].split(", ")), where


async def test_it_answers_about_itself_and_hashes_as_recorded(hma: FakeHma) -> None:
    await replay(hma, sections("Record 1"))


async def test_banks_contents_and_lookups_go_as_recorded(hma: FakeHma) -> None:
    """One story, from an empty database to contents that are deleted but still in the index."""
    await replay(hma, sections("Record 2"))
    hma.state.build_index()
    await replay(hma, sections("Record 3"))


async def test_before_the_index_is_loaded_only_lookups_are_refused(hma: FakeHma) -> None:
    hma.is_loaded = False
    hashing = [each for each in sections("Record 7") if "/h/hash" in each["target"]]
    refused = [
        each for each in sections("Record 7") if each["status"] == 503 or "/status/live" in each["target"]
    ]
    assert len(refused) >= 4
    await replay(hma, [*hashing, *refused])


async def test_its_own_video_hash_is_md5(hma: FakeHma) -> None:
    fresh = FakeHma()
    assert fresh.video(b"video") == hashlib.md5(b"video", usedforsecurity=False).hexdigest()
