"""Banks of HMA over the API: where new ones go, who may do what, and that nothing leaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bridge.matcher_settings import MatcherSettings
from bridge.settings import Settings
from hma_console.cli.main import main
from tests.api.asking import AppClients
from tests.fakes.hma_setup import SetUpHma, set_up_hma
from tests.hma.houses import pdqs
from tests.pictures import encoded, photographs

BANKS, BANK = "/api/v1/admin/banks", "/api/v1/admin/bank"
HASHES = [signal.hex for signal in pdqs(3)]


@pytest.fixture(params=["both"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def hma() -> AsyncIterator[SetUpHma]:
    async with set_up_hma() as hma:
        yield hma


@pytest.fixture
async def settings(settings: Settings, hma: SetUpHma, kind: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """HMA is asked often what it has, and not so often that nothing else gets its turn."""
    monkeypatch.setattr("bridge.matching.hma.ASK_SECONDS", 0.25)
    return replace(settings, matcher=MatcherSettings(kind, hma.url))


async def made(operator: httpx.AsyncClient, name: str, **more: str) -> httpx.Response:
    return await operator.post(BANKS, json={"name": name, **more})


async def test_a_bank_is_made_here_unless_it_is_said_otherwise(
    operator: httpx.AsyncClient, hma: SetUpHma
) -> None:
    assert (await made(operator, "here")).json()["origin"] == ""
    answer = await made(operator, "THERE", origin="hma")
    assert (answer.json()["origin"], answer.json()["entry_count"]) == ("hma", None)
    assert [bank.name for bank in hma.state.banks] == ["THERE"]
    assert (await made(operator, "x", origin="moon")).status_code == 400


@pytest.mark.parametrize("kind", ["hma"], indirect=True)
async def test_with_hma_alone_every_new_block_bank_is_one_of_its(
    operator: httpx.AsyncClient, hma: SetUpHma
) -> None:
    assert (await made(operator, "LIST")).json()["origin"] == "hma"
    assert (await made(operator, "fine", role="allow")).json()["origin"] == ""
    assert (await made(operator, "own", origin="here")).json()["origin"] == ""
    refused = await made(operator, "a list")
    assert (refused.status_code, refused.json()["hint"]) == (
        400,
        "Use capitals, digits and _, no digit first.",
    )
    assert [bank.name for bank in hma.state.banks] == ["LIST"]


async def test_a_picture_is_added_and_matches_through_hma(operator: httpx.AsyncClient, hma: SetUpHma) -> None:
    await made(operator, "LIST", origin="hma")
    one, other = (encoded(each) for each in photographs()[:2])
    added = [await operator.post(f"{BANK}/LIST/content", content=each) for each in (one, other)]
    assert [answer.json()["added"] for answer in added] == [2, 2]
    hma.state.build_index()

    async def answer() -> httpx.Response:
        return await operator.post("/api/v1/match", content=one)

    async with asyncio.timeout(30):
        while (matched := await answer()).status_code != 200 or not matched.json()["matched"]:
            await asyncio.sleep(0.1)
    assert {match["bank"] for match in matched.json()["matches"]} == {"LIST"}


async def test_hashes_go_in_and_out_and_metadata_is_refused(
    operator: httpx.AsyncClient, hma: SetUpHma
) -> None:
    await made(operator, "LIST", origin="hma")
    added = await operator.post(f"{BANK}/LIST/signal", json={"pdq": HASHES[0]})
    assert (added.status_code, added.json()["added"]) == (201, 1)
    refused = await operator.post(f"{BANK}/LIST/signal", json={"pdq": HASHES[1], "metadata": {"a": 1}})
    assert refused.status_code == 400
    removed = await operator.request("DELETE", f"{BANK}/LIST/signal", json={"pdq": HASHES[0]})
    assert removed.json() == {"success": True, "removed": 1}
    assert hma.state.contents == {}


async def test_a_list_is_neither_imported_into_it_nor_exported(operator: httpx.AsyncClient) -> None:
    await made(operator, "LIST", origin="hma")
    imported = await operator.post(f"{BANK}/LIST/import", content=HASHES[0])
    exported = await operator.get(f"{BANK}/LIST/export")
    assert (imported.status_code, exported.status_code) == (400, 400)
    assert imported.json()["hint"] == "Import the list into a bank of your own, then mirror that one."


async def test_it_is_switched_and_only_banks_of_hma_are(operator: httpx.AsyncClient, hma: SetUpHma) -> None:
    await made(operator, "LIST", origin="hma")
    await made(operator, "own")
    assert (await operator.put(f"{BANK}/LIST/switch", json={"on": False})).status_code == 200
    assert hma.state.banks[0].ratio == 0
    assert (await operator.get(f"{BANK}/LIST")).json()["share"] == 0
    assert (await operator.get(f"{BANK}/own")).json()["share"] is None
    assert (await operator.put(f"{BANK}/own/switch", json={"on": False})).status_code == 409
    assert (await operator.put(f"{BANK}/LIST/switch", json={"on": "no"})).status_code == 400


async def test_the_commands_tell_whether_it_is_on(
    operator: httpx.AsyncClient, hma: SetUpHma, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ALL", "PART", "NONE"):
        await made(operator, name, origin="hma")
    hma.state.banks[1].ratio = 0.25
    await operator.put(f"{BANK}/NONE/switch", json={"on": False})
    for command in (("bank", "list"), ("lists",)):
        await asyncio.to_thread(main, ["--data-dir", str(settings.data_dir), *command])
        out = capsys.readouterr().out
        for name, state in (("ALL", "in HMA"), ("PART", "HMA, 25 %"), ("NONE", "HMA, off")):
            [line] = [line for line in out.splitlines() if line.startswith(name)]
            assert f"  {state}  " in line, line


async def test_an_own_bank_is_mirrored_and_read_back(operator: httpx.AsyncClient, hma: SetUpHma) -> None:
    await made(operator, "own")
    for one in HASHES:
        await operator.post(f"{BANK}/own/signal", json={"pdq": one})
    mirrored = (await operator.post(f"{BANK}/own/mirror", json={})).json()
    assert (mirrored["there"], mirrored["added"], mirrored["done"]) == ("OWN", 3, True)
    await made(operator, "copy")
    added, pulled = 0, {"done": False}
    while not pulled["done"]:
        pulled = (await operator.post(f"{BANK}/copy/pull", json={"from": "OWN"})).json()
        added += pulled["added"]
    assert (added, pulled["whole"]) == (3, True)
    for body in ({"after": -1}, {"after": "0"}, {"after": True}):
        assert (await operator.post(f"{BANK}/own/mirror", json=body)).status_code == 400


async def test_a_list_of_somebody_elses_does_not_leave_and_says_why(operator: httpx.AsyncClient) -> None:
    await made(operator, "list", category="child_safety")
    await operator.post(f"{BANK}/list/signal", json={"pdq": HASHES[0]})
    refused = await operator.post(f"{BANK}/list/mirror", json={})
    assert refused.status_code == 403
    assert refused.json()["message"] == "Values of list go to no HMA that answers without a token."
    assert HASHES[0] not in refused.text


async def test_an_app_may_neither_mirror_nor_switch_off_what_others_listed(
    operator: httpx.AsyncClient, app_client: AppClients, hma: SetUpHma
) -> None:
    app = await app_client("banks")
    hma.state.add_bank("THEIRS")
    async with asyncio.timeout(30):
        while "THEIRS" not in (await operator.get(BANKS)).text:
            await asyncio.sleep(0.1)
    assert (await app.put(f"{BANK}/THEIRS/switch", json={"on": False})).status_code == 403
    assert (await app.post(f"{BANK}/THEIRS/mirror", json={})).status_code in (401, 403)
    assert hma.state.banks[0].ratio == 1


async def test_while_hma_is_down_its_banks_are_not_changed_and_own_ones_are(
    operator: httpx.AsyncClient, hma: SetUpHma
) -> None:
    await made(operator, "LIST", origin="hma")
    await hma.down()
    failed = await operator.post(f"{BANK}/LIST/signal", json={"pdq": HASHES[0]})
    assert (failed.status_code, failed.json()["error"]) == (502, "HmaDown")
    assert (await made(operator, "own")).status_code == 201
    await hma.up()
    assert (await operator.post(f"{BANK}/LIST/signal", json={"pdq": HASHES[0]})).json()["added"] == 1


async def test_the_list_says_whether_there_is_an_hma(operator: httpx.AsyncClient) -> None:
    assert (await operator.get(BANKS)).json()["hma"] is True
