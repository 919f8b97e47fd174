"""A busy run of a bridge with a child-safety list, everything it says kept: for a search of all of it."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from textual.widgets import Input

from bridge.signals import SignalType
from hma_console.app import ConsoleApp
from hma_console.client import BridgeClient
from tests.api.asking import V1, picture
from tests.console.driving import OPTIONS, until
from tests.serving import Served

LIST = f"{V1}/admin/bank/list"
SCREENS = "123456789"


@dataclass(slots=True)
class Run:
    """All that was said in a run, each by where it was heard. `values` are those of all lists, of which
    `of_list` are the names of those in the bank that is filled here.
    """

    served: Served
    values: dict[str, bytes]
    of_list: frozenset[str]
    said: list[tuple[str, bytes]] = field(default_factory=list)

    async def hear(self, answer: httpx.Response) -> None:
        body = await answer.aread()
        where = f"{answer.request.method} {answer.request.url.path}"
        self.said.append((where, repr(answer.headers.multi_items()).encode() + body))

    def hex(self, name: str) -> str:
        return self.values[name].hex()


def values_of_list(pdq: str) -> dict[str, bytes]:
    """Near to the picture with this hash, equal to two others, and of nothing that was ever here."""
    near = int(pdq, 16) ^ sum(1 << bit for bit in range(0, 256, 32))  # no six bytes in a row are the same
    strangers = {
        f"{kind} {number}": hashlib.shake_256(f"{kind}{number}".encode()).digest(kind.size)
        for kind in SignalType
        for number in range(3)
    }
    return {
        "near picture 1": near.to_bytes(32),
        "md5 of picture 2": hashlib.md5(picture(2)).digest(),
        "sha1 of picture 3": hashlib.sha1(picture(3)).digest(),
        **strangers,
    }


async def fill_list(run: Run, operator: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    """Whole lists, and lists with every kind of fault a line can have."""
    pdq, md5, sha1 = run.hex("pdq 0"), run.hex("md5 0"), run.hex("sha1 0")
    made = await operator.post(f"{V1}/admin/banks", json={"name": "list", "category": "child_safety"})
    assert made.status_code == 201
    filled = [name for name in run.of_list if not name.startswith("sha256")]
    whole = "\n".join(run.hex(name) for name in filled)
    first = await operator.post(f"{LIST}/import", content=whole.encode())
    assert first.json()["added"] == len(filled)
    for client in (operator, app):
        for content in (
            whole,
            f"{pdq[:-1]}g\n{md5}0\n{md5}:md5\n{sha1} md5\nmd5:'{md5}'\n{pdq} {pdq}\n{pdq},{md5}\n\n",
            f"type,hash,quality\n{pdq},pdq,9\nmd5,{pdq},5\npdq,{pdq},{md5}\n{sha1}\n'{pdq}\n\"{md5}\n",
            f"pdq,{pdq},\n{pdq},pdq,\n",
            f'["{pdq}", "{md5}x", {{"hash": "{sha1}", "type": "{pdq}"}}, {{"{pdq}": 1}}, "{md5}',
            f'{{"pdq": "{pdq}", "quality": "{md5}"}}\n{{"pdq": "{pdq}", "quality": {int(md5, 16)}}}\n',
            f'{{"hash": {pdq}}}\n',
            whole + "0" * 70_000,
        ):
            await client.post(f"{LIST}/import", content=content.encode())
        for body in (
            {"hash": pdq},
            {"sha256": run.hex("sha256 0"), "metadata": {"source": "somebody"}},
            {"hash": f"{pdq[:-1]}g"},
            {"md5": pdq},
            {"hash": f"{md5}:md5"},
            {"hash": md5 + sha1},
        ):
            await client.request("POST", f"{LIST}/signal", json=body)
            await client.request("DELETE", f"{LIST}/signal", json=body)
            await client.post(f"{LIST}/signal", json=body)
        await client.post(f"{LIST}/signal", content=f'{{"hash": {pdq}'.encode())
        await client.get(f"{LIST}/export")


async def match_all(run: Run, operator: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    """Pictures that are on the list, and questions for its very values."""
    for number in (1, 2, 3, 4):
        photo = {"photo_id": f"at://did:plc:ana/app.bsky.feed.post/{number}"}
        for client, fields in ((app, photo), (operator, {})):
            files = {"image": ("picture", picture(number))}
            answer = await client.post(f"{V1}/match", files=files, data=fields)
            assert answer.json()["matched"] is (number < 4), answer.text
    for client in (operator, app):
        for name in ("near picture 1", "md5 of picture 2", "pdq 1"):
            for value in (run.hex(name), f"{run.hex(name)[:-1]}g", f"{run.hex(name)}:md5"):
                await client.post(f"{V1}/match", json={"hash_value": value})
                await client.post(f"{V1}/match/batch", json={"hashes": [{"hash_value": value}] * 2})
    await operator.post(f"{V1}/scan", content=picture(1))


async def decide_all(run: Run, operator: httpx.AsyncClient) -> list[str]:
    """Every choice once; the ids of the cases."""
    await operator.post(f"{V1}/admin/banks", json={"name": "own"})
    cases = [case["id"] for case in (await operator.get(f"{V1}/cases")).json()["cases"]]
    assert len(cases) >= 3
    for case in cases:
        await operator.get(f"{V1}/cases/{case}")
        for choice, reason in (
            ("later", "later"),
            ("escalate", "unsure"),
            ("remember", "false-positive"),
            ("release", "false-positive"),
            ("takedown", "child-sexual-abuse"),
        ):
            body = {"choice": choice, "reason": reason, "actor": "ana"}
            made = await operator.post(f"{V1}/cases/{case}/decision", json=body)
            if made.status_code == 200:
                await operator.delete(f"{V1}/decisions/{made.json()['batch']}")
        await operator.post(f"{V1}/cases/{case}/notes", json={"text": "Looks like another picture."})
    for path in (
        *("uploads", "logs", "events?after=0", "status", "status/metrics", "digest", "actions", "log"),
        *("log/entries", "policy", "settings", "secrets", "admin/banks", "apikeys", "openapi.json"),
        "exchanges",
    ):
        if not path.startswith("events"):
            await operator.get(f"{V1}/{path}")
    return cases


async def break_store(run: Run, operator: httpx.AsyncClient, app: httpx.AsyncClient, store: Path) -> None:
    """The same on a store that takes nothing, then on one that has lost a table."""
    for broken, mended in (
        (
            "CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'broken'); END",
            "DROP TRIGGER broken",
        ),
        ("ALTER TABLE entries RENAME TO lost", "ALTER TABLE lost RENAME TO entries"),
        (
            "ALTER TABLE entries RENAME COLUMN value TO lost",
            "ALTER TABLE entries RENAME COLUMN lost TO value",
        ),
    ):
        with closing(sqlite3.connect(store, isolation_level=None, timeout=20)) as intruder:
            intruder.execute(broken)
            for client in (operator, app):
                client.headers["Connection"] = "close"  # as the bridge does after a fault
                for body in ({"pdq": run.hex("pdq 2")}, {"sha1": run.hex("sha1 2")}):
                    await client.request("DELETE", f"{LIST}/signal", json=body)
                    failed = await client.post(f"{LIST}/signal", json=body)
                    assert failed.status_code >= 500 or client is app, failed.text
                lines = "\n".join(run.hex(name) for name in run.of_list)
                await client.post(f"{LIST}/import", content=lines.encode())
                await client.post(f"{V1}/match", json={"hash_value": run.hex("md5 2")})
                await client.post(f"{V1}/match", files={"image": ("picture", picture(2))})
            intruder.execute(mended)


async def look_at_screens(run: Run, case: str) -> None:
    """Every screen, a case opened, a hash and a list with faults typed in."""
    async with run.served.operator() as http:
        app = ConsoleApp(BridgeClient(http), OPTIONS)

        def words() -> str:
            return "\n".join(row.text for row in app.screen._compositor.render_strips())

        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "cases wait" in words())
            for key in SCREENS:
                await pilot.press(key)
                await pilot.pause()
                run.said.append((f"screen {key}", words().encode()))
            await pilot.press("2")
            await until(pilot, lambda: case[:4] in words())
            await pilot.press("enter")
            await until(pilot, lambda: "Enter" in words() or " of " in words())
            run.said.append(("screen of a case", words().encode()))
            await pilot.press("escape", "5")
            await until(pilot, lambda: "▸list" in words() or "▸own" in words())
            await pilot.press("g")
            await until(pilot, lambda: "who shares them" in words())
            run.said.append(("screen of programmes", words().encode()))
            await pilot.press("escape")
            for value in (run.hex("pdq 1"), f"{run.hex('pdq 1')[:-1]}g", f"{run.hex('md5 1')}:md5"):
                await pilot.press("i", "j", "j", "enter")
                await until(pilot, lambda: app.screen.query(Input))
                app.screen.query_one(Input).value = value
                await pilot.press("enter")
                await pilot.pause()
                for field_ in app.screen.query(Input):
                    field_.value = ""  # what is being typed is the one thing that is shown
                await pilot.pause()
                run.said.append(("screen of banks", words().encode()))
                await pilot.press("escape")
        run.said.append(("console", repr(app.return_value).encode()))


@asynccontextmanager
async def clients_of(run: Run) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with run.served.operator() as operator:
        made = await operator.post(f"{V1}/apikeys", json={"name": "app", "scopes": ["all"]})
        async with run.served.app(made.json()["key"]) as app:
            for client in (operator, app):
                client.event_hooks = {"response": [run.hear]}
            yield operator, app


async def export_log(run: Run, operator: httpx.AsyncClient, to: Path) -> None:
    begun = await operator.post(
        f"{V1}/log/export", json={"output": str(to), "scope": {"kind": "all"}, "disclose": ["bank", "note"]}
    )
    assert begun.status_code == 202, begun.text
    async with asyncio.timeout(20):
        while (await operator.get(f"{V1}/log/jobs/{begun.json()['id']}")).json()["state"] == "running":
            await asyncio.sleep(0.02)
