"""A stream made to exhaust the bridge: it stays small, and what others post is checked meanwhile."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bridge.events import EventType
from bridge.settings import Settings
from tests.api.asking import add_picture, make_bank
from tests.atproto.dag_cbor import Link, blob_link, commit, encode, frame, joined
from tests.fakes.hostile_pds import HostilePds, hostile_pds
from tests.houses import png
from tests.network.test_kills import rows
from tests.serving import Served, serving

log = logging.getLogger(__name__)

MANY = 10_000
LARGEST = 300_000_000
A, B = "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:z72i7hdynmk6r22z27h6tvur"


def reference(body: bytes) -> dict[str, object]:
    return {"$type": "blob", "ref": blob_link(body), "mimeType": "image/png", "size": len(body)}


def many(record: int) -> list[bytes]:
    """What a record with 10,000 references refers to."""
    return [b"%d of %d" % (number, record) for number in range(MANY)]


def made(blocks: bytes, cid: Link, seq: int) -> bytes:
    ops = [{"action": "create", "path": "a.b/c", "cid": cid}]
    return frame("#commit", repo=A, seq=seq, ops=ops, blocks=blocks, tooBig=False)


def swelling(item: bytes, size: int, seq: int) -> bytes:
    """A record of so many bytes of which each is much more once it is decoded."""
    count = size // len(item)
    block = b"\xa1" + encode("x") + b"\x9a" + count.to_bytes(4, "big") + item * count
    link = Link(b"\x01\x71\x12\x20" + bytes(32))
    return made(joined([link], [(link, block)]), link, seq)


def hostile(records: int, damaged: int) -> Iterator[bytes]:
    """Numbered from 1: the records with many references first."""
    for seq in range(1, records + 1):
        images = [reference(body) for body in many(seq)]
        yield commit(A, seq, **{f"app.bsky.feed.post_{seq}": {"images": images}})
    one, two = (Link(b"\x01\x71\x12\x20" + bytes([value]) * 32) for value in (1, 2))
    yield made(joined([one], [(one, encode({"x": two})), (two, encode({"x": one}))]), one, 100)
    yield made(joined([one], [(one, encode({"x": one}))]), one, 101)
    yield made(joined([one] * 1000, [(one, encode({}))] * 1000), one, 102)
    yield made(joined([one], [(one, b"\x81" * 1_000_000 + b"\x80")]), one, 103)
    yield made(joined([one], [(one, b"\xa1\x61a" * 300_000 + b"\x80")]), one, 104)
    yield made(joined([one], [(one, encode({"x": 1}))])[:-1] + b"\xff", one, 105)
    for number, item in enumerate(
        (b"\x80", b"\xa0", b"\x81\x80", b"\xa1\x61a\x80", b"\x62ab", b"\x19\x12\x34")
    ):
        for size in (1 << 20, 4 << 20, 7_900_000):
            yield swelling(item, size, 110 + number)
    yield encode({"op": 1, "t": "#commit"}) + b"\x9a\x00\x70\x00\x00" + b"\x80" * 0x700000
    dice = random.Random(5)
    good = commit(A, 200, a_b={"x": reference(b"damaged")})
    for _ in range(damaged):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 8)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        yield bytes(bad[: dice.randint(0, len(bad))])


@asynccontextmanager
async def guarding(settings: Settings, pds: HostilePds) -> AsyncIterator[Served]:
    """A bridge in a process of its own that watches it, with a picture in its bank."""
    with serving(settings.data_dir) as served:
        async with served.operator() as operator:
            await make_bank(operator)
            await add_picture(operator, "own", png(0))
    options = ("--set", f"pds.url={pds.url}", "--set", "pds.mode=firehose")
    with serving(settings.data_dir, *options) as served:
        yield served


async def until(settings: Settings, query: str, answer: object, seconds: int = 60) -> None:
    async with asyncio.timeout(seconds):
        while rows(settings.store_path, query) != [(answer,)]:
            await asyncio.sleep(0.1)


def stays_small(served: Served) -> None:
    most = served.memory("VmHWM")
    log.info("%.0f MB at most", most / 1e6)
    assert most < LARGEST, f"{most / 1e6:.0f} MB"


@pytest.mark.parametrize(
    ("records", "damaged"),
    [(1, 10), pytest.param(20, 3000, marks=[pytest.mark.trial, pytest.mark.timeout(900)])],
)
async def test_what_strangers_write_exhausts_nothing_and_others_are_checked_meanwhile(
    settings: Settings, records: int, damaged: int
) -> None:
    """None of the 10,000 blobs that a record refers to is there: each is asked for, and waits."""
    frames = [*hostile(records, damaged), commit(B, 10_000, **{"app.bsky.feed.post_z": reference(png(0))})]
    async with hostile_pds(frames) as pds:
        pds.holds(png(0))
        async with guarding(settings, pds) as served:
            query = f"SELECT count(*) FROM uploads WHERE did = '{B}' AND verdict = 'matched'"
            await until(settings, query, 1, 120)
            await until(settings, "SELECT value FROM positions WHERE name = 'firehose'", "10000")
            query = f"SELECT count(*) FROM blob_records WHERE uri LIKE 'at://{A}/app.bsky.feed.post/%'"
            assert rows(settings.store_path, query) == [(records * MANY,)]
            query = f"SELECT count(*) FROM events WHERE type = '{EventType.FIREHOSE_GAP.value}'"
            ((gaps,),) = rows(settings.store_path, query)
            assert 0 < int(str(gaps)) < len(frames) / 2
            stays_small(served)


@pytest.mark.trial
@pytest.mark.timeout(900)
async def test_all_of_ten_thousand_blobs_of_one_record_are_checked(settings: Settings) -> None:
    images = [reference(body) for body in many(1)]
    async with hostile_pds([commit(A, 1, **{"app.bsky.feed.post_a": {"images": images}})]) as pds:
        for body in many(1):
            pds.holds(body)
        async with guarding(settings, pds) as served:
            await until(settings, "SELECT count(*) FROM uploads WHERE verdict = 'unhashable'", MANY, 600)
            assert rows(settings.store_path, "SELECT count(*) FROM wanted_blobs") == [(0,)]
            stays_small(served)
