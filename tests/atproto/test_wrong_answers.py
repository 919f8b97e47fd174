"""Answers that break off, and lists that do not end: what is on the PDS is checked all the same."""

from __future__ import annotations

import json

from bridge.settings import Settings
from bridge.verdicts import Verdict
from tests.atproto.test_guard import DID, guarding, only, posted, told
from tests.fakes.hostile_pds import hostile_pds
from tests.houses import png


async def test_a_blob_that_ends_early_is_fetched_again(settings: Settings) -> None:
    async with hostile_pds([posted(png(0))]) as pds:
        pds.holds(png(0))
        pds.short = 10
        async with guarding(settings, pds) as watched:
            await told(watched, lambda state: state["fault"] == "The PDS does not answer.")
            assert await watched.uploads() == []
            pds.short = 0
            await only(watched, Verdict.MATCHED)


async def test_a_list_whose_cursor_stands_still_ends(settings: Settings) -> None:
    async with hostile_pds() as pds:
        cid = pds.holds(png(0))
        repos = {"repos": [{"did": DID}], "cursor": "again"}
        pds.answers["com.atproto.sync.listRepos"] = (200, json.dumps(repos).encode())
        cids = {"cids": [cid], "cursor": "again"}
        pds.answers["com.atproto.sync.listBlobs"] = (200, json.dumps(cids).encode())
        async with guarding(settings, pds) as watched:
            found = await only(watched, Verdict.MATCHED)
            assert found.did == DID
            await told(watched, lambda state: not state["is_listing"] and state["accounts_to_list"] == 0)
            for method in ("listRepos", "listBlobs"):
                assert pds.asked.count(f"com.atproto.sync.{method}") == 2
