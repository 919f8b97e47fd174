"""Whose blob it is that others send: an account's only where the real PDS gives it as that account's."""

from __future__ import annotations

import httpx

from bridge.keys.secrets import SecretName
from bridge.settings import Settings
from bridge.store.cases import find_case
from bridge.verdicts import Verdict
from tests.houses import png
from tests.network.network import Account, link
from tests.network.watching import watching

REPORT = "/xrpc/com.atproto.unspecced.reportBlob"


async def test_a_blob_is_an_account_s_only_where_the_pds_gives_it(
    guarded: Settings, ana: Account, bob: Account
) -> None:
    async with watching(guarded) as watched:
        await watched.secret(SecretName.SCAN_BLOB_PASSWORD, "p")
        blob = await ana.upload(png(0))
        uri = await ana.post(blob)
        await watched.of(link(blob))
        await watched.bank("mine", png(0), png(1))
        async with httpx.AsyncClient(base_url=watched.bridge.url, auth=("admin", "p")) as hepa:
            forged = await hepa.post(REPORT, content=png(0), params={"did": bob.did, "uri": uri})
            unknown = await hepa.post(REPORT, content=png(1), params={"did": ana.did, "uri": uri})
            real = await hepa.post(REPORT, content=png(0), params={"did": ana.did, "uri": uri})
        uploads = {each.id: each for each in await watched.uploads()}
        for answer, claimed in ((forged, bob.did), (unknown, ana.did)):
            upload = uploads[answer.json()["upload_id"]]
            assert (upload.did, upload.cid, upload.claimed_author) == ("", "", claimed)
        upload = uploads[real.json()["upload_id"]]
        assert (upload.did, upload.cid, upload.uri) == (ana.did, link(blob), uri)
        assert upload.verdict is Verdict.MATCHED
        attributed = await watched.parts.store.read(lambda c: find_case(c, real.json()["case_id"]))
        assert attributed.did == ana.did
