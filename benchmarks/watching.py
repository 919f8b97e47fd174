"""Bridges that watch a PDS, each a process of its own with one bank, and waiting for what they store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.api.asking import add_picture, make_bank
from tests.network.network import Account, link
from tests.pictures import encoded, noise_photograph
from tests.serving import Served, serving

SIDE = 64
SECONDS = 1800
AT_ONCE = 4
"""Uploads on their way at one time: the PDS is asked no faster by more."""


@asynccontextmanager
async def prepared() -> AsyncIterator[Path]:
    """A data directory with a bank of one picture; what is uploaded matches none of it."""
    with TemporaryDirectory(prefix="hma-") as name:
        with serving(Path(name)) as served:
            async with served.operator() as operator:
                await make_bank(operator)
                await add_picture(operator, "own", encoded(noise_photograph(0)))
        yield Path(name)


@contextmanager
def watching(folder: Path, pds_url: str, *options: str) -> Iterator[Served]:
    """A bridge on a prepared directory."""
    with serving(folder, "--set", f"pds.url={pds_url}", "--set", "pds.mode=firehose", *options) as served:
        yield served


async def all_checked(folder: Path, uploads: int) -> None:
    """Once so many have a stored verdict, and nothing waits."""
    query = (
        "SELECT coalesce(sum(n), 0), (SELECT count(*) FROM wanted_blobs), (SELECT count(*) FROM repos_due)"
        " FROM upload_counts WHERE verdict = 'no_match'"
    )
    with closing(sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)) as connection:
        async with asyncio.timeout(SECONDS):
            while connection.execute(query).fetchone() != (uploads, 0, 0):
                await asyncio.sleep(0.1)


def picture(number: int) -> bytes:
    """A small JPEG, another one for each number."""
    return encoded(noise_photograph(number, SIDE, SIDE), "JPEG")


async def fill(accounts: list[Account], pictures: int, in_a_record: int) -> list[tuple[str, str]]:
    """Uploads so many, in records with `in_a_record` of them each; DID and CID of each."""
    share, slots = pictures // len(accounts), asyncio.Semaphore(AT_ONCE)

    async def by(account: Account, first: int) -> list[tuple[str, str]]:
        made: list[tuple[str, str]] = []
        for start in range(first, first + share, in_a_record):
            async with slots:
                blobs = [
                    await account.upload(picture(number), "image/jpeg")
                    for number in range(start, min(start + in_a_record, first + share))
                ]
                await account.write("com.example.album", {"pictures": blobs})
            made += [(account.did, link(blob)) for blob in blobs]
        return made

    shares = await asyncio.gather(*(by(each, number * share + 1) for number, each in enumerate(accounts)))
    return [one for made in shares for one in made]
