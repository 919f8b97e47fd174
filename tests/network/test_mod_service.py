"""As the PDS's mod service, without its admin password: on a real PDS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.atproto.admin import PdsAdmin
from bridge.atproto.credentials import ModService, Secret
from bridge.atproto.pds import Pds
from bridge.atproto.subjects import BlobSubject
from bridge.errors import AdminRefused, KeysError
from bridge.keys.secrets import SecretName
from bridge.settings import PdsSettings, Settings
from tests.houses import png
from tests.network.network import Account, Network, link, network
from tests.network.test_takedown import TAKEN, states, until
from tests.network.watching import watching


@pytest.fixture
async def net() -> AsyncIterator[Network]:
    async with network("--mod-endpoint", "http://localhost:9") as running:
        yield running


def secret(value: str) -> Secret:
    async def read() -> str:
        return value

    return read


def admin(pds: Pds, did: str, key: str) -> PdsAdmin:
    return PdsAdmin(pds, ModService(pds, did, secret(key)))


async def test_a_takedown_is_made_read_back_and_reversed(net: Network, ana: Account) -> None:
    pds = Pds(net.url)
    service = admin(pds, net.mod_did, net.mod_key)
    blob = await ana.upload(png(0))
    await ana.post(blob)
    subject = BlobSubject(ana.did, link(blob))
    await service.take_down(subject, "case-1")
    standing = await service.standing(subject)
    assert standing is not None
    assert (standing.applied, standing.ref) == (True, "case-1")
    assert await net.blob_status(ana.did, link(blob)) == 400
    await service.restore(subject)
    restored = await service.standing(subject)
    assert restored is not None
    assert not restored.applied
    assert await net.blob_status(ana.did, link(blob)) == 200
    await pds.close()


async def test_what_the_pds_does_not_take_is_said_with_what_helps(net: Network, ana: Account) -> None:
    pds = Pds(net.url)
    subject = BlobSubject(ana.did, "bafkreiddn7ncmcwpxb7hujzqbplch6hkaa3a3piybt6xvzbilxe2yaldz4")
    with pytest.raises(AdminRefused, match="mod_service_key signs") as told:
        await admin(pds, net.mod_did, "1" * 64).take_down(subject, "case-1")
    assert "secret set mod_service_key" in told.value.hint
    with pytest.raises(AdminRefused, match=r"does not have pds\.mod_did as its mod service") as told:
        await admin(pds, ana.did, net.mod_key).standing(subject)
    assert "PDS_MOD_SERVICE_DID" in told.value.hint
    with pytest.raises(KeysError, match="64 hexadecimal digits"):
        await admin(pds, net.mod_did, "no key").standing(subject)
    await pds.close()


async def test_the_outbox_acts_by_it_and_says_what_is_wrong_until_it_can(
    settings: Settings, net: Network, ana: Account
) -> None:
    moderated = replace(settings, pds=PdsSettings(net.url, "firehose", net.mod_did))
    async with watching(moderated) as watched:
        outbox = watched.parts.outbox
        assert outbox is not None
        await watched.secret(SecretName.MOD_SERVICE_KEY, "1" * 64)
        await watched.bank("mine", png(0), **TAKEN)
        blob = await ana.upload(png(0))
        await ana.post(blob)
        async with asyncio.timeout(30):
            while "mod_service_key signs" not in outbox.fault:
                await asyncio.sleep(0.02)
        assert outbox.remedy
        assert await states(watched) == ["running"]
        await watched.secret(SecretName.MOD_SERVICE_KEY, net.mod_key)
        await until(watched, lambda found: found == ["confirmed"])
        assert await net.blob_status(ana.did, link(blob)) == 400
