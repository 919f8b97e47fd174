"""Every command on the real bridge: what is said is short, plain and true. Keys come through a pipe."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from bridge.settings import Settings
from hma_console.client import BridgeClient
from hma_console.options import ConsoleOptions
from hma_console.plain import talk as talking
from hma_console.plain.lines import LONGEST_SENTENCE, WIDTH, spoken
from hma_console.plain.session import Session
from hma_console.plain.talk import Talk
from hma_console.plain.typing import Keys
from tests.console.test_with_the_bridge import picture

API = "/api/v1"


async def said(operator: httpx.AsyncClient, *commands: str) -> str:
    """All that is said when these lines come through a pipe."""
    reads, writes = os.pipe()
    os.write(writes, "".join(f"{each}\n" for each in commands).encode())
    os.close(writes)
    keys, out = Keys(reads), io.StringIO()
    keys.begin()
    session = Session(BridgeClient(operator), Talk(out, keys, prompts=False, echoes=False), ConsoleOptions())
    await session.run()
    os.close(reads)
    return out.getvalue()


async def with_cases(operator: httpx.AsyncClient, number: int, *, category: str = "own") -> list[str]:
    """A bank of pictures, and of each a copy uploaded by an account of its own; the cases' ids."""
    made = await operator.post(f"{API}/admin/banks", json={"name": "mine", "category": category})
    assert made.status_code in (200, 201), made.text
    ids = []
    for seed in range(number):
        await operator.post(f"{API}/admin/bank/mine/content", content=picture(seed))
        account = {"author_did": f"did:plc:{seed:024}"}
        answer = await operator.post(
            f"{API}/match", data=account, files={"image": ("a.jpg", picture(seed, width=480))}
        )
        ids.append(answer.json()["case_id"])
    return ids


async def state_of(operator: httpx.AsyncClient, case: str) -> str:
    return str((await operator.get(f"{API}/cases/{case}")).json()["state"])


async def test_a_batch_is_decided_and_one_undo_takes_it_back(operator: httpx.AsyncClient) -> None:
    ids = await with_cases(operator, 3)
    heard = await said(operator, "queue", "t 1, 3", "2")
    assert re.search(r"^Case \w+, \w+: picture taken down, 2 files\.$", heard, re.M)
    assert sorted([await state_of(operator, each) for each in ids]) == ["decided", "decided", "open"]
    decided = [(await operator.get(f"{API}/cases/{each}")).json()["decisions"] for each in ids]
    assert [each["reason"] for one in decided for each in one] == ["against-the-rules"] * 2

    assert "Undone: picture taken down; 2 cases wait again." in await said(operator, "u")
    assert {await state_of(operator, each) for each in ids} == {"open"}


async def test_many_at_once_are_decided_only_with_their_number_typed(operator: httpx.AsyncClient) -> None:
    ids = await with_cases(operator, 11)
    heard = await said(operator, "queue", "r *", "yes", "*", "r", "11", "")
    assert "Nothing was decided." in heard
    assert "11 cases: released, 11 files." in heard
    assert {await state_of(operator, each) for each in ids} == {"decided"}


async def test_some_files_of_a_case_are_decided_and_the_others_wait(operator: httpx.AsyncClient) -> None:
    [case] = await with_cases(operator, 1)
    again = {"author_did": f"did:plc:{0:024}"}
    await operator.post(f"{API}/match", data=again, files={"image": ("b.jpg", picture(0, width=500))})
    heard = await said(operator, f"case {case}", "select 2", "f", "", "case", "r", "")
    assert re.search(r"^Case \w+: released for good, 1 file\.$", heard, re.M)
    assert "Case: other files of it wait still. case tells them." in heard
    assert "File 2: decided" in heard
    assert "File 1: waits" in heard
    assert await state_of(operator, case) == "decided"


async def test_an_account_is_taken_down_only_with_a_typed_word(
    settings: Settings, operator: httpx.AsyncClient
) -> None:
    [case] = await with_cases(operator, 1)
    assert "Do: take the picture down." in await said(operator, f"case {case}", "A")

    with closing(sqlite3.connect(settings.store_path)) as store, store:
        store.execute("UPDATE uploads SET did = claimed_author")  # as if the PDS had said whose it is
    heard = await said(operator, f"case {case}", "A", "no")
    assert "Nothing was decided." in heard
    assert await state_of(operator, case) == "open"
    heard = await said(operator, f"case {case}", "A", "0000", "")
    assert "account goes down when undo ends, 1 file." in heard
    assert await state_of(operator, case) == "decided"


async def test_notes_are_written_and_what_they_hold_cannot_act(operator: httpx.AsyncClient) -> None:
    [case] = await with_cases(operator, 1)
    await operator.post(f"{API}/cases/{case}/notes", json={"text": "a\x1b[2Jb"})
    heard = await said(operator, f"case {case}", "c my own words", "case")
    assert "\x1b" not in heard
    assert "a\\u001b[2Jb." in heard
    assert "my own words." in heard


async def test_a_child_safety_case_opens_with_its_panic_sheet(operator: httpx.AsyncClient) -> None:
    [case] = await with_cases(operator, 1, category="child_safety")
    heard = await said(operator, f"case {case}")
    lines = heard.splitlines()
    sheet = next(at for at, line in enumerate(lines) if line.startswith("Panic sheet:"))
    assert lines[sheet + 1].startswith("Do not open, download, screenshot")
    assert sheet < next(at for at, line in enumerate(lines) if line.startswith("Summary:"))


async def test_a_list_is_read_in_and_its_bad_lines_are_named(
    operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"{'ab' * 16}\nno hash\n{'cd' * 16}\n")
    heard = await said(operator, "5", "new bank mine", "", "", f"import mine {listed}", "banks")
    assert "Import: 2 added, 0 there already, 1 not read." in heard
    assert re.search(r"^Line 2 not read: ", heard, re.M)
    assert "Bank mine: own, 2 entries" in heard


async def test_another_distance_is_tried_and_changes_nothing(operator: httpx.AsyncClient) -> None:
    await with_cases(operator, 2)
    heard = await said(operator, "8", "queue", "r 1", "", "try mine 0", "8")
    assert re.search(r"^24 to 0 would have released [01] of 1 case you decided\. ", heard, re.M)
    assert "Missed: none of the 0 you took down." in heard
    assert len(re.findall(r"^mine, block: enforce, .*distance 24 of 31\.$", heard, re.M)) == 2


async def test_every_error_is_a_sentence_and_says_what_to_do(operator: httpx.AsyncClient) -> None:
    heard = await said(
        operator, "case zzzz", "t 9", "queue", "t 9", "import", "dance", "export", "", "log.zip"
    )
    faults = [line for line in heard.splitlines() if "Do: " in line]
    assert len(faults) >= 6
    assert "Unknown here: dance. Do: type help." in faults


async def test_no_sentence_is_longer_than_a_listener_keeps(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await with_cases(operator, 2)
    monkeypatch.setattr(talking, "wrapped", lambda text: [spoken(text)])
    export = ("x", "", str(tmp_path / "a.zip"))
    screens = ("2", "3", "4", "actions all", "5", "6", "7", "8", "9", "try mine 12")
    heard = await said(
        operator, "help all", *screens, "case 1", "t", "", "u", *export, "v", "y", "l", "check", "feed"
    )
    for line in heard.splitlines():
        for sentence in re.split(r"(?<=[.!?;]) ", line):
            assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


async def test_lines_fit_and_hold_no_escape(operator: httpx.AsyncClient) -> None:
    await with_cases(operator, 2)
    heard = await said(operator, "help all", "2", "case 1", "4", "5", "6", "7", "check", "3")
    assert "\x1b" not in heard
    assert max(map(len, heard.splitlines())) <= WIDTH


def test_textual_is_not_imported() -> None:
    code = (
        "import sys, hma_console.cli.main, hma_console.plain.speaking;"
        "sys.exit(any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_bridge_that_does_not_answer_is_told_with_what_to_do() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    transport = httpx.MockTransport(refuse)
    async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as http:
        heard = await said(http, "queue")
    assert "The bridge does not answer. Do: See whether it runs." in heard


class Line(httpx.AsyncHTTPTransport):
    """The way to a bridge, which can be cut."""

    is_cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            raise httpx.ConnectError("cut")
        return await super().handle_async_request(request)


@pytest.mark.usefixtures("bridge")
async def test_home_tells_what_was_heard_last_while_the_bridge_is_away(settings: Settings) -> None:
    reads, writes = os.pipe()
    keys, out, line = Keys(reads), io.StringIO(), Line(uds=str(settings.socket_path))
    keys.begin()

    async def heard(text: str) -> None:
        async with asyncio.timeout(10):
            while text not in out.getvalue():
                await asyncio.sleep(0.001)

    async with httpx.AsyncClient(transport=line, base_url="http://bridge") as http:
        session = Session(BridgeClient(http), Talk(out, keys, prompts=False, echoes=False), ConsoleOptions())
        sitting = asyncio.create_task(session.run())
        await heard("State: set up.")
        os.write(writes, b"banks\n")
        await heard("Banks: none yet")
        line.is_cut = True
        os.write(writes, b"banks\nhome\n")
        await heard("The bridge does not answer. Do: See whether it runs.")
        await heard("State: offline. The bridge does not answer; all below is as of ")
        line.is_cut = False
        await http.post(f"{API}/admin/banks", json={"name": "mine", "category": "own"})
        async with asyncio.timeout(30):  # the link comes back by itself, after a second or some
            while "State: look." not in out.getvalue():
                os.write(writes, b"home\n")
                await asyncio.sleep(0.1)
        os.close(writes)
        await sitting
    os.close(reads)


async def test_settings_are_told_changed_and_taken_back(operator: httpx.AsyncClient) -> None:
    name = "deciding.undo_seconds"
    out = await said(operator, "settings undo", f"set {name} 120", f"set {name} 5", f"unset {name}", "set x")
    out = " ".join(out.split())
    assert f"{name}: 60 s, the default. It takes 10 to 600 seconds." in out
    assert f"{name}: 120 s, changed here, " in out
    assert "It holds from now on." in out
    assert "takes 10 to 600 seconds, not '5'" in out
    assert f"{name}: 60 s, the default. It takes 10 to 600 seconds. It holds again." in out
    assert "A name and a value are needed." in out


async def test_what_is_around_a_case_is_told_and_its_hashes_go_into_an_own_bank(
    operator: httpx.AsyncClient,
) -> None:
    one, two = await with_cases(operator, 2)
    again = {"author_did": "did:plc:another"}
    files = {"image": ("a.jpg", picture(0, width=480))}
    await operator.post(f"{API}/match", data=again, files=files)
    await operator.post(f"{API}/admin/banks", json={"name": "seen here"})
    heard = await said(operator, f"case {one}", "w", "h", "b nowhere", "b", "seen here", f"case {two}", "w")
    assert "Who else: nobody else here has it, nor a copy of the listed one." in heard
    assert "History: the account is not known to be one of this server." in heard
    assert "You have no bank 'nowhere'." in heard
    assert re.search(r"^Own bank: \d hashes added to seen here\.$", heard, re.M)
    counts = (await operator.get(f"{API}/admin/bank/seen here")).json()
    assert counts["entry_count"] == 4
