"""What the tests of a list that grows share."""

from __future__ import annotations

from bridge.outcomes import Outcome
from bridge.pause import Pause
from bridge.records import CaseRecord, Listed
from bridge.rematching.finding import Following
from bridge.rematching.rematcher import Rematcher
from bridge.store.cases import case_records
from tests.houses import House, jpeg


async def grown(house: House, following: Following | None = None) -> None:
    pause = Pause(house.store)
    await Rematcher(house.store, house.pipeline, pause, following or Following()).catch_up()


async def cases(house: House) -> list[CaseRecord]:
    return await house.store.read(lambda connection: case_records(connection, Listed.ALL, 99))


async def matches(house: House, outcome: Outcome) -> list[tuple[str, str, bool]]:
    return [(m.bank, m.signal_type.value, m.retroactive) for m in (await house.recorded(outcome)).matches]


async def unrelated(house: House) -> None:
    """Uploads are compared with something, and match nothing."""
    await house.bank("unrelated", jpeg(5))
