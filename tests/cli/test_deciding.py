"""Deciding by commands, against a bridge that runs: what is printed, what it does, how it exits."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bridge.events import Event, EventType
from bridge.runtime import Bridge
from bridge.settings import Settings
from hma_console.cli.main import main
from tests.deciding.deciding import ANA
from tests.houses import png

Run = Callable[..., Awaitable["Done"]]


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
async def run(bridge: Bridge, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as its user would, over the socket of the bridge."""

    async def run(*arguments: object) -> Done:
        code = await asyncio.to_thread(main, ["--data-dir", str(settings.data_dir), *map(str, arguments)])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A terminal, with this typed at it."""
    with ExitStack() as stack:

        def type_in(words: str) -> None:
            ours, theirs = os.openpty()
            stack.callback(os.close, ours)
            os.write(ours, f"{words}\n".encode())
            monkeypatch.setattr("sys.stdin", stack.enter_context(os.fdopen(theirs)))

        yield type_in


@pytest.fixture
async def matched(operator: httpx.AsyncClient, app: httpx.AsyncClient) -> list[dict[str, str]]:
    """Three uploads by three authors, each in a case of its own."""
    await operator.post("/api/v1/admin/banks", json={"name": "own"})
    await operator.post("/api/v1/admin/bank/own/content", content=png(0))
    form = ({"author_did": name, "photo_id": f"photo of {name}"} for name in ("ana", "ben", "cat"))
    return [(await app.post("/api/v1/match", files={"image": png(0)}, data=each)).json() for each in form]


async def waiting(run: Run, state: str = "waiting") -> list[str]:
    return [case["id"] for case in (await run("case", "list", "--json", "--state", state)).json]


async def test_cases_are_decided_together_shown_and_undone(run: Run, matched: list[dict[str, str]]) -> None:
    first, second, third = (each["case_id"] for each in matched)
    assert await waiting(run) == [first, second, third]
    decide = ("case", "decide", first[:6], second, "takedown", "--reason", "against-the-rules")
    done = (await run(*decide, "--note", "Looked at it twice.", "--json")).json
    assert (done["cases"], done["files"], done["choice"]) == ([first, second], 2, "takedown")
    assert await waiting(run) == [third]
    assert sorted(await waiting(run, "decided")) == sorted([first, second])
    shown = (await run("case", "show", first)).out
    assert "picture taken down by" in shown
    assert "Looked at it twice." in shown
    quicker = await run(*decide)
    assert (quicker.code, quicker.out) == (2, "")
    assert "was decided by" in quicker.err
    assert "case undo" in quicker.err
    undone = await run("case", "undo", second)
    assert undone.out == f"Undone: {first}, {second}\n", "what was decided together"
    assert len(await waiting(run)) == 3
    assert (await run("case", "undo", done["batch"])).code == 2


async def test_without_a_reason_the_reasons_are_shown(run: Run, matched: list[dict[str, str]]) -> None:
    case = matched[0]["case_id"]
    done = await run("case", "decide", case, "release")
    assert (done.code, done.out) == (2, "")
    assert "appeal-granted" in done.err
    assert "Add --reason CODE." in done.err
    wrong = await run("case", "decide", case, "release", "--reason", "against-the-rules")
    assert wrong.code == 2
    assert "Use one of: false-positive" in wrong.err
    assert len(await waiting(run)) == 3


async def test_one_file_of_a_case_is_decided_and_the_rest_waits(
    run: Run, app: httpx.AsyncClient, matched: list[dict[str, str]]
) -> None:
    second = {"author_did": "ana", "photo_id": "another"}
    more = (await app.post("/api/v1/match", files={"image": png(0)}, data=second)).json()
    case = matched[0]["case_id"]
    assert more["case_id"] == case
    file = ("--file", more["upload_id"])
    assert (await run("case", "decide", case, "release", "--reason", "allowed-here", *file)).code == 0
    [line] = [line for line in (await run("case", "show", case)).out.splitlines() if "waits" in line]
    assert matched[0]["upload_id"] in line
    two = ("case", "decide", case, matched[1]["case_id"], "release", "--reason", "allowed-here", *file)
    assert (await run(*two)).code == 2


async def test_an_account_is_taken_down_by_its_typed_name_only(
    run: Run, bridge: Bridge, matched: list[dict[str, str]], type_in: Callable[[str], None]
) -> None:
    statement = text("UPDATE cases SET gathers = :did WHERE id = :id")
    case = matched[0]["case_id"]
    event = Event(EventType.CASE_NOTED, case)
    await bridge.parts.store.write(lambda c: c.execute(statement, {"did": ANA, "id": case}), [event])
    decide = ("case", "decide", case, "takedown", "--what", "account", "--reason", "against-the-rules")
    for wrong in ((), ("--confirm", "did:"), ("--confirm", "")):
        done = await run(*decide, *wrong)
        assert done.code == 2, wrong
        assert "--confirm WORD" in done.err
    type_in("anna")
    assert (await run(*decide)).code == 2
    assert case in await waiting(run)
    type_in("ana")
    assert (await run(*decide)).code == 0
    assert case not in await waiting(run)
    both = ("case", "decide", *await waiting(run), *decide[3:], "--confirm", "ana")
    assert "one at a time" in (await run(*both)).err
    unknown = ("case", "decide", matched[1]["case_id"], *decide[3:], "--confirm", "")
    assert "No account" in (await run(*unknown)).err


async def test_later_escalate_note_and_appeal(run: Run, matched: list[dict[str, str]]) -> None:
    first, second, third = (each["case_id"] for each in matched)
    assert (await run("case", "decide", first, "later", "--reason", "later")).code == 0
    assert await waiting(run, "later") == [first]
    assert (await run("case", "decide", third, "escalate", "--reason", "unsure")).code == 0
    assert await waiting(run) == [third, second]
    assert (await run("case", "note", second, "A note.")).code == 0
    assert (await run("case", "decide", second, "takedown", "--reason", "listed-picture")).code == 0
    appealed = await run("case", "appeal", matched[1]["upload_id"], "--note", "It is mine.")
    assert appealed.out == f"{second}\n"
    shown = (await run("case", "show", second)).out
    for words in (", appealed: own", "A note.", "It is mine.", "appealed since", "waits"):
        assert words in shown
    assert (await run("case", "appeal", second)).code == 2
    undone = await run("case", "undo", second)
    assert undone.code == 2
    assert "Decide the case anew instead." in undone.err
    released = ("case", "decide", second, "release", "--reason", "appeal-granted")
    assert (await run(*released)).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "none", "release", "--reason", "allowed-here"),
        ("decide", "", "release"),
        ("undo", "none"),
        ("note", "none", "words"),
        ("appeal", "none"),
    ],
)
async def test_wrong_use_is_one_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    done = await run("case", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("hma-console: ")


async def test_all_cases_are_listed_however_many(run: Run, bridge: Bridge) -> None:
    rows = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)"
        " INSERT INTO cases (id, state, category, gathers, opened_at, updated_at)"
        " SELECT 'case' || i, 'open', 'own', 'upload:' || i, i, i FROM n"
    )
    await bridge.parts.store.write(lambda c: c.execute(rows), [Event(EventType.CASE_NOTED, "case1")])
    listed = await waiting(run)
    assert listed == [f"case{number}" for number in range(1, 1204)]


async def test_pausing_is_typed_or_confirmed_and_resuming_is_not(
    run: Run, bridge: Bridge, type_in: Callable[[str], None]
) -> None:
    refused = await run("pause")
    assert refused.code == 2
    assert "--confirm pause" in refused.err
    type_in("paus")
    assert (await run("pause")).code == 2
    assert not bridge.parts.pause.is_on
    type_in("pause")
    assert (await run("pause", "--reason", "the lists are wrong")).code == 0
    state = bridge.parts.pause.state
    assert state is not None
    assert state.reason == "the lists are wrong"
    assert (await run("pause", "--confirm", "pause")).code == 2
    assert (await run("resume", "--json")).json["reason"] == "the lists are wrong"
    assert not bridge.parts.pause.is_on
    assert (await run("resume")).code == 2
