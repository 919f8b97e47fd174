"""HMA and the lists here, asked about what was uploaded before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.errors import NotAvailable
from bridge.matching.building import MatcherKind, Matching
from bridge.matching.comparing import Compared, Why, compare
from tests.houses import jpeg, png
from tests.matching.hma_house import HmaHouse, hma_house

FILLERS = (7, 8)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    async with hma_house(tmp_path) as opened:
        yield opened


async def compared(house: HmaHouse, before: int | None = None, limit: int = 50) -> Compared:
    matching = Matching(MatcherKind.EMBEDDED, house.matcher, house.matcher, house.hma)
    return await compare(house.store, matching, before, limit)


async def test_each_disagreement_says_who_matched_and_why_the_other_did_not(house: HmaHouse) -> None:
    bodies = {name: jpeg(n) for n, name in enumerate(("agreed", "theirs", "ours", "nowhere", "off", "stale"))}
    await house.bank("SHARED", png(0), png(2))
    await house.banked("SHARED", png(0), png(1), *map(png, FILLERS))
    await house.banked("THEIRS", png(1))
    await house.bank("only here", png(2))
    await house.bank("OFF", png(4))
    await house.banked("OFF", png(4), ratio=0)
    ids = {name: (await house.upload(body)).upload.id for name, body in bodies.items()}
    done = await compared(house)
    assert done.uploads == 6
    found = {(one.upload_id, one.bank): (one.is_hmas, one.why) for one in done.disagreements}
    assert found == {
        (ids["theirs"], "SHARED"): (True, Why.NOT_HERE),
        (ids["theirs"], "THEIRS"): (True, Why.NO_ENTRIES),
        (ids["ours"], "SHARED"): (False, Why.NOT_THERE),
        (ids["ours"], "only here"): (False, Why.NO_SUCH_BANK),
        (ids["off"], "OFF"): (False, Why.SWITCHED_OFF),
    }
    assert done.matches == len(found) + 1
    assert all(one.why.words for one in done.disagreements)


async def test_it_goes_on_in_pages_and_takes_the_same_bytes_once(house: HmaHouse) -> None:
    await house.banked("THEIRS", *map(png, FILLERS), png(0))
    for n in (0, 1, 2, 0):
        await house.upload(jpeg(n))
    first = await compared(house, limit=2)
    assert (first.uploads, len(first.disagreements)) == (2, 1)
    second = await compared(house, first.next, limit=2)
    assert (second.uploads, second.disagreements, second.next) == (1, (), None)


async def test_where_one_of_the_two_cannot_answer_nothing_is_said(house: HmaHouse) -> None:
    await house.banked("THEIRS", *map(png, FILLERS), png(0))
    await house.upload(jpeg(0))
    await house.fake.down()
    with pytest.raises(NotAvailable, match="does not answer"):
        await compared(house)
    with pytest.raises(NotAvailable, match="no HMA"):
        await compare(house.store, Matching(MatcherKind.EMBEDDED, house.matcher, house.matcher), None, 50)
