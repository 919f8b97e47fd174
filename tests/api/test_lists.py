"""Lists read into a bank and written out of it: all good lines, each bad one with its number."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable

import httpx
import numpy as np

from tests.api.asking import V1, Json, add_picture, ask_hash, in_pieces, make_bank, picture
from tests.api.news import PATIENCE

OWN = f"{V1}/admin/bank/own"


def hashes(count: int) -> list[str]:
    """That many different PDQ hashes, the same on every run."""
    rows = np.random.default_rng(7).integers(0, 256, (count, 32), dtype=np.uint8)
    return [row.tobytes().hex() for row in rows]


async def jobs_once(client: httpx.AsyncClient, wanted: Callable[[list[Json]], bool]) -> list[Json]:
    """The running jobs as soon as they are `wanted`. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            jobs: list[Json] = (await client.get(f"{V1}/status")).json()["jobs"]
            if wanted(jobs):
                return jobs


async def import_list(client: httpx.AsyncClient, text: str, bank: str = "own") -> Json:
    answer = await client.post(f"{V1}/admin/bank/{bank}/import", content=text.encode(), timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_list_of_50_000_lines_is_there_in_full(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    values = hashes(50_000)
    answer = await app.post(
        f"{OWN}/import", content=in_pieces("\n".join(values).encode(), 65_536), timeout=PATIENCE
    )
    done = answer.json()
    assert (done["lines"], done["added"], done["already"], done["bad_count"]) == (50_000, 50_000, 0, 0)
    assert (await app.get(OWN)).json()["signals"]["pdq"] == 50_000
    for value in (values[0], values[24_999], values[-1]):
        assert (await ask_hash(app, value)).json()["matches"][0]["distance"] == 0
    export = await app.get(f"{OWN}/export")
    assert sorted(export.text.split()) == sorted(values)


async def test_a_text_list_is_read_and_its_bad_lines_are_named(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    good = hashes(2)
    sha256 = hashlib.sha256(b"x").hexdigest()
    lines = ["# a comment", good[0], "xyz", good[1].upper(), good[0], f"sha256:{sha256}", "0" * 64, "ab" * 16]
    done = await import_list(app, "\r\n".join(lines))
    assert (done["added"], done["already"], done["bad_count"]) == (4, 1, 2)
    assert [bad["line"] for bad in done["bad"]] == [3, 7]
    assert all(bad["why"] for bad in done["bad"])
    assert (await ask_hash(app, sha256, hash_type="sha256")).json()["matched"] is True


async def test_a_csv_list_is_read_and_its_bad_lines_are_named(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    one, two, three = hashes(3)
    rows = [
        "hash_type,hash_value,quality",
        f"pdq,{one},100",
        f"pdq,{two},12",
        "crc,ffff,",
        f'"pdq","{three}",',
    ]
    done = await import_list(app, "\n".join(rows))
    assert (done["added"], [bad["line"] for bad in done["bad"]]) == (2, [3, 4])


async def test_a_json_list_is_read_and_its_bad_lines_are_named(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    one, two = hashes(2)
    text = f'[\n"{one}",\n{{"hash_type": "pdq", "hash_value": "{two}"}},\n{{"x": 1}},\n"xyz"\n]'
    done = await import_list(app, text)
    assert (done["added"], [bad["line"] for bad in done["bad"]]) == (2, [4, 5])


async def test_a_list_read_in_again_adds_nothing(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    text = "\n".join(hashes(100))
    for added in (100, 0, 0):
        done = await import_list(app, text)
        assert (done["added"], done["already"], done["bad_count"]) == (added, 100 - added, 0)


async def test_the_first_hundred_bad_lines_are_told_and_all_are_counted(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    done = await import_list(app, "\n".join(["xyz"] * 250 + hashes(1)))
    assert (done["added"], done["bad_count"], len(done["bad"])) == (1, 250, 100)
    assert done["bad"][-1]["line"] == 100


async def test_what_is_no_list_answers_400(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    for body in (b"", b'{"pdq": ', b'["f0', b"f" * (2 << 20) + b"\n"):
        answer = await app.post(f"{OWN}/import", content=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), body[:10]


async def test_every_export_can_be_read_in_again(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    await add_picture(app, "own", picture())
    for form in ("text", "csv", "json"):
        export = await app.get(f"{OWN}/export", params={"format": form})
        await make_bank(app, form)
        done = await import_list(app, export.text, form)
        assert (done["added"], done["bad_count"]) == (4, 0), form
        signals = (await app.get(f"{V1}/admin/bank/{form}")).json()["signals"]
        assert signals == {"pdq": 1, "md5": 1, "sha1": 1, "sha256": 1}
    assert (await app.get(f"{OWN}/export", params={"format": "xml"})).status_code == 400
    rows = (await app.get(f"{OWN}/export", params={"format": "json"})).text
    assert {row["hash_type"] for row in json.loads(rows)} == {"pdq", "md5", "sha1", "sha256"}


async def test_a_running_import_stands_in_the_status_and_holds_back_a_second(app: httpx.AsyncClient) -> None:
    await make_bank(app)
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield "\n".join(hashes(60_000)).encode()
        await go_on.wait()
        yield b"\nxyz\n"

    running = asyncio.create_task(app.post(f"{OWN}/import", content=slowly(), timeout=60))
    [job] = await jobs_once(app, lambda jobs: bool(jobs) and jobs[0]["added"] > 0)
    assert (job["kind"], job["bank"], job["actor"], job["bytes_total"]) == (
        "import",
        "own",
        "key:app-1",
        None,
    )
    assert 0 < job["lines"] <= 60_000
    second = await app.post(f"{OWN}/import", content=hashes(1)[0].encode())
    assert second.status_code == 409

    go_on.set()
    done = (await running).json()
    assert (done["added"], done["bad_count"]) == (60_000, 1)
    assert (await app.get(f"{V1}/status")).json()["jobs"] == []


async def test_an_import_that_breaks_off_leaves_the_bank_free_for_the_next(app: httpx.AsyncClient) -> None:
    await make_bank(app)

    async def breaks_off() -> AsyncIterator[bytes]:
        yield "\n".join(hashes(100)).encode()
        raise ConnectionAbortedError

    with contextlib.suppress(ConnectionAbortedError):
        await app.post(f"{OWN}/import", content=breaks_off())
    await jobs_once(app, lambda jobs: not jobs)
    assert (await import_list(app, "\n".join(hashes(100))))["bad_count"] == 0
