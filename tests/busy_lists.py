"""Lists of others in a busy run: a watched file and an owner who is asked, whole and with every fault."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bridge.banks.exchanges.stopncii import BEGINNING, PAGE_SIZE
from bridge.signals import SignalType
from tests.api.asking import V1, Json, picture
from tests.api.webserver import answer, web_server
from tests.busy_run import Run

EXCHANGES = f"{V1}/exchanges"
FILE, OWNER = "theirs", "owner"
_PAGE = f"/v1/FetchHashes?startTimestamp={BEGINNING}&pageSize={PAGE_SIZE}"


def values_of_exchanges() -> dict[str, bytes]:
    """Of the file and of the owner, by types that both have; one equals a picture's."""
    strangers = {
        f"{name} {kind} {number}": hashlib.shake_256(f"{name}{kind}{number}".encode()).digest(kind.size)
        for name in (FILE, OWNER)
        for kind in (SignalType.PDQ, SignalType.MD5)
        for number in range(3)
    }
    return {f"{FILE} md5 of picture 5": hashlib.md5(picture(5)).digest(), **strangers}


@asynccontextmanager
async def keeping_lists(run: Run, operator: httpx.AsyncClient, folder: Path) -> AsyncIterator[None]:
    """Both are connected and were read, and failed before in every way that repeats a value."""
    file = folder / f"{FILE}.txt"
    whole = _hex_of(run, FILE)
    file.write_text("\n".join(whole))
    answers: dict[str, bytes] = {}
    async with web_server(answers) as site:
        secret = await operator.put(f"{V1}/secrets/stopncii", json={"value": "fetch-key,subscription-key"})
        assert secret.status_code == 200, secret.text
        settings = {"source": str(file)}
        await _connect(operator, FILE, "watched", settings, category="child_safety")
        assert (await _read(operator, FILE))["entries"] == len(whole)
        for content in (
            f'["{whole[0]}", "{whole[1]}x", {{"hash": "{whole[2]}"',
            f"{whole[0][:-1]}g\n{whole[1]}:md5\n'{whole[2]}\n",
            "",
            "\n".join([*whole, f"{whole[0]}0", f"{whole[1]} {whole[2]}"]),
        ):
            file.write_text(content)
            await _read(operator, FILE)
        records = [_record(text) for text in _hex_of(run, OWNER)]
        await _connect(operator, OWNER, "stopncii", {"url": f"http://127.0.0.1:{site.port}/v1"})
        for body in (
            _page(records, count=1),
            json.dumps(records)[:-9],
            _page([*records, records[0] | {"lastModtimestamp": records[1]}]),
            json.dumps({"message": f"Bad: {records}"}),
        ):
            answers[_PAGE] = answer(body.encode())
            await _read(operator, OWNER)
        answers[_PAGE] = answer(json.dumps(records).encode(), "400 Bad Request")
        failed = await _read(operator, OWNER)
        assert (failed["state"], failed["entries"]) == ("failing", len(records))
        files = {"image": ("picture", picture(5))}
        found = await operator.post(f"{V1}/match", files=files)
        assert found.json()["matched"], found.text
        yield
        for name in (FILE, OWNER):
            await operator.delete(f"{EXCHANGES}/{name}")


def _hex_of(run: Run, of: str) -> list[str]:
    return [value.hex() for name, value in run.values.items() if name.startswith(of)]


def _record(text: str) -> Json:
    kind = "ImagePDQ" if len(text) == 64 else "VideoMD5"
    return {"signalType": kind, "hashValue": text, "hashStatus": "Active", "lastModtimestamp": 1_625_167_804}


def _page(records: list[Json], count: int | None = None) -> str:
    page = {"hashRecords": records, "count": len(records) if count is None else count}
    return json.dumps({**page, "hasMoreRecords": False, "nextSetTimestamp": BEGINNING, "nextPageToken": None})


async def _connect(
    operator: httpx.AsyncClient, name: str, kind: str, settings: Mapping[str, str], **more: str
) -> None:
    body = {"name": name, "kind": kind, "settings": dict(settings), **more}
    made = await operator.post(EXCHANGES, json=body)
    assert made.status_code == 201, made.text


async def _read(operator: httpx.AsyncClient, name: str) -> Json:
    """How the list is once it was read anew, or could not be."""
    await operator.post(f"{EXCHANGES}/{name}/sync")
    async with asyncio.timeout(20):
        while True:
            shown: Json = (await operator.get(f"{EXCHANGES}/{name}")).json()
            if shown["state"] not in ("never", "syncing"):
                return shown
            await asyncio.sleep(0.01)
