"""Evidence: kept before the takedown, sealed, and there when the PDS has forgotten all: on a real PDS."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from bridge.atproto.cids import sha256_of
from bridge.catalogue import Category, OnMatch
from bridge.errors import KeysLocked
from bridge.events import Event, EventType
from bridge.evidence import NEVER
from bridge.records import EvidenceRecord
from bridge.retention import Retention
from bridge.settings import OperatorSettings, Settings
from bridge.store import evidence as stored
from bridge.uploads import now_ms
from tests.houses import png
from tests.network.network import PATH, Account, Network, link
from tests.network.test_gate import MP4, gated, send
from tests.network.test_takedown import give_password, said, states, until
from tests.network.watching import Watched, watching

LISTED = {"category": Category.CHILD_SAFETY, "on_match": OnMatch.TAKEDOWN, "threshold": 31}
SETTLED = ["confirmed", "confirmed"]
"""The preservation, and the takedown."""


async def kept(watched: Watched) -> list[EvidenceRecord]:
    ids = [upload.id for upload in await watched.uploads()]
    records = watched.parts.store
    return [
        each
        for upload_id in ids
        for each in await records.read(lambda c, of=upload_id: stored.evidence_of(c, upload_id=of))  # type: ignore[misc]
    ]


async def opened(watched: Watched, sha256: bytes) -> bytes:
    """What the vault has of these bytes."""
    file = await watched.parts.evidence.find(sha256)
    assert file is not None
    return b"".join(watched.parts.evidence.vault.read(file, watched.parts.keychain))


def files(settings: Settings) -> Sequence[Path]:
    return list(settings.vault_dir.iterdir()) if settings.vault_dir.exists() else []


async def deletes_itself(net: Network, account: Account) -> None:
    """As its owner does, by the code that was mailed to them."""
    asked = await account.http.post("/xrpc/com.atproto.server.requestAccountDelete")
    assert asked.status_code == 200, asked.text
    with closing(sqlite3.connect(net.data_dir / "account.sqlite")) as mail:
        [(code,)] = mail.execute("SELECT token FROM email_token WHERE did = ?", (account.did,)).fetchall()
    body = {"did": account.did, "password": "a password", "token": code}
    async with httpx.AsyncClient(base_url=net.url) as http:
        gone = await http.post("/xrpc/com.atproto.server.deleteAccount", json=body)
    assert gone.status_code == 200, gone.text


async def test_the_evidence_outlives_the_account(keeping: Settings, net: Network, ana: Account) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        blob = await ana.upload(png(0))
        uri = await ana.post(blob)
        await until(watched, lambda found: found == SETTLED)
        assert await net.blob_status(ana.did, link(blob)) == 400
        await deletes_itself(net, ana)
        [evidence] = await kept(watched)
        assert evidence.sha256 == sha256_of(link(blob))
        body = await opened(watched, evidence.sha256)
        assert hashlib.sha256(body).digest() == sha256_of(link(blob))
        assert body == png(0)
        assert evidence.context is not None
        context = watched.parts.evidence.open_context(evidence.context)
        assert (context["did"], context["uri"], context["cid"]) == (ana.did, uri, link(blob))
        assert link(context["record"]["embed"]["images"][0]["image"]) == link(blob)  # type: ignore[index]
        assert context["account"]["email"] == f"{ana.handle.removesuffix('.test')}@example.com"  # type: ignore[index]
    events = said(keeping)
    assert events.index("action.confirmed") < events.index("action.started", 3), "the evidence comes first"
    for file in (*files(keeping), keeping.store_path):
        assert png(0)[:64] not in file.read_bytes()


async def test_a_locked_service_keeps_and_reads_not(keeping: Settings, net: Network, ana: Account) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        watched.parts.keychain.lock()
        blob = await ana.upload(png(0))
        await ana.post(blob)
        await watched.of(link(blob))
        [evidence] = await kept(watched)
        assert evidence.sha256 is not None
        with pytest.raises(KeysLocked):
            await opened(watched, evidence.sha256)
        assert await states(watched) != SETTLED
        await watched.parts.keys.unlock(b"five plain words for tests", "test")
        await until(watched, lambda found: found == SETTLED)
        assert await opened(watched, evidence.sha256) == png(0)


@pytest.mark.parametrize("country", ["", "DE"])
async def test_where_no_law_is_written_down_nothing_is_kept_but_hashes(
    guarded: Settings, net: Network, ana: Account, country: str
) -> None:
    abroad = replace(guarded, operator=OperatorSettings(country))
    async with watching(abroad) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        await ana.post(await ana.upload(png(0)))
        await until(watched, lambda found: found == ["confirmed"])
        assert await kept(watched) == []
        assert files(abroad) == []


async def test_ncii_bytes_are_never_kept(keeping: Settings, net: Network, ana: Account) -> None:
    async with gated(keeping, net, mode="hold") as watched:
        await watched.bank("list", png(0), category=Category.NCII, threshold=20)
        assert (await send(watched, ana, png(0))).status_code == 200
        await until(watched, lambda found: found == SETTLED)
        [evidence] = await kept(watched)
        assert (evidence.sha256, evidence.why) == (None, NEVER)
        assert evidence.context is not None
        assert files(keeping) == []


async def test_the_address_is_kept_sealed_and_for_unmatched_uploads_seven_days(
    keeping: Settings, net: Network, ana: Account
) -> None:
    async with gated(keeping, net, mode="hold") as watched:
        parts = watched.parts
        await watched.bank("list", png(0), **LISTED)
        forged = "203.0.113.7, 198.51.100.9"
        for body in (png(0), png(1)):
            answer = await send(watched, ana, body, **{"X-Forwarded-For": forged})
            assert answer.status_code == 200
        matched, unmatched = await watched.uploads()
        for upload in (matched, unmatched):
            sealed = await parts.store.read(lambda c, of=upload.id: stored.address_of(c, of))  # type: ignore[misc]
            assert sealed is not None
            assert parts.evidence.open_address(sealed) == "198.51.100.9", "what the proxy itself saw"
        [evidence] = await kept(watched)
        assert evidence.context is not None
        assert parts.evidence.open_context(evidence.context)["address_sealed"]
        retention = Retention(parts.store, parts.evidence)
        await retention.look_once()
        eight_days = text("UPDATE addresses SET at = at - 8 * 86400000")
        await parts.store.write(lambda connection: connection.execute(eight_days), ())
        await retention.look_once()
        left = text("SELECT upload_id FROM addresses")
        assert await parts.store.read(lambda c: list(c.scalars(left))) == [matched.id]


async def test_a_video_is_fetched_from_the_pds_before_it_is_taken_down(
    keeping: Settings, net: Network, ana: Account
) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("listed", MP4, **LISTED)
        blob = await ana.upload(MP4, "video/mp4")
        await ana.write("app.x.y", {"video": blob})
        await until(watched, lambda found: found == SETTLED)
        assert await net.blob_status(ana.did, link(blob)) == 400
        [evidence] = await kept(watched)
        assert evidence.sha256 is not None
        assert await opened(watched, evidence.sha256) == MP4


async def test_what_the_pds_does_not_give_keeps_no_takedown_from_happening(
    keeping: Settings, net: Network, ana: Account
) -> None:
    """A video at the gate passed through and lies where the PDS gives it to nobody."""
    async with gated(keeping, net, mode="hold") as watched:
        await watched.bank("listed", MP4, **LISTED)
        assert (await send(watched, ana, MP4, **{"Content-Type": "video/mp4"})).status_code == 200
        await until(watched, lambda found: found == SETTLED)
        [evidence] = await kept(watched)
        assert (evidence.sha256, evidence.why) == (None, "the PDS did not give it any more")


async def test_who_is_not_let_in_leaves_no_evidence(keeping: Settings, net: Network, ana: Account) -> None:
    async with gated(keeping, net, mode="block") as watched:
        await watched.bank("listed", png(0), **LISTED)
        await watched.bank("mine", png(1))
        assert (await send(watched, None, png(0))).status_code == 401
        assert (await send(watched, ana, png(1))).status_code == 400
        assert await kept(watched) == []
        assert files(keeping) == []
        async with httpx.AsyncClient(base_url=watched.bridge.url) as http:
            answer = await http.post(PATH, content=png(0), headers={"Authorization": "Bearer x.y.z"})
        assert answer.status_code == 401
        assert files(keeping) == []


async def test_evidence_ends_when_its_time_has_come_unless_a_hold_keeps_it(
    keeping: Settings, net: Network, ana: Account, bob: Account
) -> None:
    async with watching(keeping) as watched:
        parts = watched.parts
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        for number, account in enumerate((ana, bob), 1):
            await account.post(await account.upload(png(0)))
            await until(watched, lambda found, n=number: found == SETTLED * n)  # type: ignore[misc]
        one, two = await kept(watched)
        assert len(files(keeping)) == 1, "the same bytes are one file"
        retention = Retention(parts.store, parts.evidence)
        await parts.erasures.hold(one.case_id, now_ms() + 60_000, "preservation", "test")
        for case_id in (one.case_id, two.case_id):
            await parts.store.write(
                lambda c, of=case_id: stored.set_clock(c, of, now_ms() - 1),  # type: ignore[misc]
                [Event(EventType.EVIDENCE_CLOCK, case_id, case_id=case_id)],
            )
        await retention.look_once()
        still, gone = await kept(watched)
        assert still.sha256 == one.sha256
        assert (gone.sha256, gone.context) == (None, None)
        assert gone.destroyed_at
        assert await opened(watched, still.sha256 or b"") == png(0), "the other case has it still"
        await parts.erasures.end_hold(one.case_id, "test")
        await retention.look_once()
        assert await parts.evidence.find(one.sha256 or b"") is None
        await parts.evidence.tidy(now_ms() / 1000 + 10)
        assert files(keeping) == []
    assert said(keeping, "evidence.").count(EventType.EVIDENCE_DESTROYED) == 2


async def test_erasing_a_case_destroys_its_evidence(keeping: Settings, net: Network, ana: Account) -> None:
    async with watching(keeping) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        await ana.post(await ana.upload(png(0)))
        await until(watched, lambda found: found == SETTLED)
        [evidence] = await kept(watched)
        await watched.parts.erasures.erase_case(evidence.case_id, "court-order", "test")
        assert await watched.parts.evidence.find(evidence.sha256 or b"") is None
    assert EventType.EVIDENCE_DESTROYED in said(keeping, "evidence.")


async def test_a_full_vault_says_so_and_the_takedown_happens(
    keeping: Settings, net: Network, ana: Account
) -> None:
    full = replace(keeping, vault=replace(keeping.vault, max_bytes=10))
    async with watching(full) as watched:
        await give_password(watched, net)
        await watched.bank("listed", png(0), **LISTED)
        await ana.post(await ana.upload(png(0)))
        await until(watched, lambda found: found == SETTLED)
        [evidence] = await kept(watched)
        assert evidence.sha256 is None
        assert evidence.why.startswith("The vault is full")
        assert watched.parts.evidence.fault.startswith("The vault is full")
