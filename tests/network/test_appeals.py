"""Somebody writes to the address in a refusal or notice; what is decided then is done at a real PDS."""

from __future__ import annotations

import re

import pytest

from bridge.decisions import Choice
from bridge.settings import DecidingSettings, Settings
from bridge.store.decisions import waiting_files
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_decisions import choose, the_case
from tests.network.test_gate import gated, send
from tests.network.test_takedown import give_password, until
from tests.network.watching import watching


async def test_a_refused_upload_gets_in_once_its_appeal_was_right(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with gated(guarded, net, mode="block", appeal="help@example.org") as watched:
        await watched.bank("mine", png(0))
        refused = (await send(watched, ana, png(0))).json()["message"]
        assert "help@example.org" in refused
        [reference] = re.findall(r"Reference: (\w+)\.", refused)
        done = await watched.parts.appeals.take(reference, "It is my cat.", "user:ben")
        assert (done.opened, done.cases) == (True, (await the_case(watched),))
        await choose(watched, Choice.REMEMBER)
        assert (await send(watched, ana, png(0))).status_code == 200


@pytest.mark.older
async def test_an_account_comes_back_with_its_pictures_when_an_appeal_was_right(
    guarded: Settings, net: Network, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0))
        blob = await ana.upload(png(0))
        await ana.post(blob)
        monkeypatch.setattr(DecidingSettings, "undo_ms", 300)
        await choose(watched, Choice.TAKEDOWN_ACCOUNT)
        await until(watched, lambda found: found == ["confirmed"] * 2)
        case_id = await the_case(watched)
        await watched.parts.appeals.take(case_id, "", "user:ben")
        [waiting] = await watched.parts.store.read(lambda c: waiting_files(c, case_id))
        assert waiting.cid == link(blob)
        refused = await ana.http.get("/xrpc/com.atproto.server.getSession")
        assert refused.status_code in (400, 401), "an appeal alone brings nothing back"
        await choose(watched, Choice.RELEASE)
        await until(watched, lambda found: found == ["confirmed"] * 4)
        assert (await ana.http.get("/xrpc/com.atproto.server.getSession")).status_code == 200
        assert await net.blob_status(ana.did, link(blob)) == 200
