"""Compares what is new with everything seen in a store, in a process that may be killed: FOLDER."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bridge.pause import Pause
from bridge.rematching import rematcher
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
from tests.houses import House
from tests.stores import open_store


async def grow(folder: Path) -> None:
    rematcher.CHUNK, rematcher.GROUP = 16, 4  # many places to be killed at
    house = House(await open_store(folder / "store.db"), folder / "index")
    await house.matcher.start()
    keeping = asyncio.create_task(house.matcher.keep_up())
    await Rematcher(house.store, house.pipeline, Pause(house.store), Following()).catch_up()
    keeping.cancel()
    await house.matcher.close()
    house.hasher.close()
    await house.store.close()


if __name__ == "__main__":
    asyncio.run(grow(Path(sys.argv[1])))
