"""A label that others put on an account of this PDS becomes a case: the PDS is real, the labeler is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import libipld
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.records import CaseRecord, Listed
from bridge.settings import LabelSettings, Settings
from bridge.store.cases import case_records
from bridge.store.wanted import position, set_position
from tests.fakes.labeler import SUBSCRIBE, FakeLabeler, fake_labeler, label
from tests.network.network import Account, Network
from tests.network.watching import Watched, watching

KEY, OTHER = (ec.generate_private_key(ec.SECP256K1()) for _ in range(2))
STRANGER = "did:plc:hhdjlmr7tskjvn2sjm4hmdhr"


@pytest.fixture
async def labeler(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeLabeler]:
    monkeypatch.setattr("bridge.atproto.streams.WAITS", (0.02,))
    async with fake_labeler() as running:
        yield running


def did_key() -> str:
    point = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return "did:key:" + str(libipld.encode_multibase("z", b"\xe7\x01" + point))


@asynccontextmanager
async def listening(settings: Settings, labeler: FakeLabeler, key: str = "") -> AsyncIterator[Watched]:
    setting = f"{labeler.url} {key}".strip()
    before = len(labeler.cursors)
    async with watching(replace(settings, labels=LabelSettings((setting,)))) as watched:
        await labeler.heard(before + 1)
        yield watched


def stream(labeler: FakeLabeler) -> str:
    return f"labels {labeler.url.replace('http', 'ws')}{SUBSCRIBE}"


async def read_to(watched: Watched, labeler: FakeLabeler) -> list[CaseRecord]:
    """The cases, once all that the labeler said so far was read."""
    name, last = stream(labeler), str(len(labeler.frames))
    async with asyncio.timeout(30):
        while await watched.parts.store.read(lambda c: position(c, name)) != last:
            await asyncio.sleep(0.02)
    return await watched.parts.store.read(lambda c: case_records(c, Listed.ALL, 99))


async def test_severe_labels_on_accounts_of_this_pds_open_cases(
    guarded: Settings, labeler: FakeLabeler, ana: Account, bob: Account
) -> None:
    record = f"at://{ana.did}/app.bsky.feed.post/3k"
    await labeler.say(label(KEY, bob.did, "!takedown"))  # before anybody listened
    async with listening(guarded, labeler) as watched:
        await labeler.say(
            label(KEY, STRANGER, "!takedown"),
            label(KEY, f"at://{STRANGER}/app.bsky.feed.post/3k", "csam"),
            label(KEY, ana.did, "graphic-media"),
            label(KEY, ana.did, "!takedown", neg=True),
            label(KEY, "nobody", "!hide"),
        )
        assert await read_to(watched, labeler) == []
        await labeler.say(label(KEY, record, "!takedown", cid="bafyx"))
        await labeler.say(label(KEY, record, "!takedown", cid="bafyx"), label(KEY, ana.did, "!suspend"))
        [own] = await read_to(watched, labeler)
        assert (own.did, own.category, own.reporters) == (ana.did, "own", 1)
        assert own.report_reason == "label !suspend"
        await labeler.say(label(KEY, record, "csam"))
        [safety, _] = await read_to(watched, labeler)
        assert (safety.did, safety.category) == (ana.did, "child_safety")


async def test_it_goes_on_where_it_was_and_anew_where_the_labeler_was_set_up_anew(
    guarded: Settings, labeler: FakeLabeler, ana: Account, bob: Account
) -> None:
    async with listening(guarded, labeler) as watched:
        await labeler.say(label(KEY, ana.did, "!hide"))
        await read_to(watched, labeler)
    await labeler.say(label(KEY, bob.did, "!hide"))
    async with listening(guarded, labeler) as watched:
        assert [each.did for each in await read_to(watched, labeler)] == [ana.did, bob.did]
        await watched.parts.store.write(lambda c: set_position(c, stream(labeler), "99"), ())
    async with listening(guarded, labeler) as watched:
        await labeler.heard(4)
        assert labeler.cursors == [None, "1", "99", None]
        await labeler.say(label(KEY, bob.did, "csem"))
        assert len(await read_to(watched, labeler)) == 3


async def test_with_its_key_only_what_it_signed_is_believed(
    guarded: Settings, labeler: FakeLabeler, ana: Account, bob: Account
) -> None:
    async with listening(guarded, labeler, did_key()) as watched:
        await labeler.say(label(OTHER, ana.did, "csam"), {**label(KEY, ana.did, "!hide"), "val": "csam"})
        unsigned = {name: value for name, value in label(KEY, ana.did, "csam").items() if name != "sig"}
        await labeler.say(unsigned, label(KEY, bob.did, "!hide", cid="bafyx"))
        assert [each.did for each in await read_to(watched, labeler)] == [bob.did]


async def test_while_the_pds_does_not_say_whose_an_account_is_labels_wait(
    guarded: Settings, labeler: FakeLabeler, net: Network, ana: Account
) -> None:
    async with listening(guarded, labeler) as watched:
        await net.command("stop-pds")
        await labeler.say(label(KEY, STRANGER, "graphic-media"))
        assert await read_to(watched, labeler) == []
        await labeler.say(label(KEY, ana.did, "!takedown"))
        await labeler.heard(3)
        await net.command("start-pds")
        assert [each.did for each in await read_to(watched, labeler)] == [ana.did]
