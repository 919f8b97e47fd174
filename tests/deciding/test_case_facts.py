"""What a case shows beside its matches."""

from __future__ import annotations

import pytest

from bridge.store.case_facts import others_of_case
from tests.deciding.deciding import BOB, Deciding
from tests.houses import png


@pytest.fixture(autouse=True)
async def bank(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))


async def test_other_accounts_with_the_very_same_bytes_are_told(deciding: Deciding) -> None:
    mine = (await deciding.posted(png(0))).case_id
    theirs = await deciding.posted(png(0), BOB)
    [other] = await deciding.store.read(lambda c: others_of_case(c, mine, 9))
    assert (other.did, other.upload_id, other.case_id) == (BOB, theirs.upload.id, theirs.case_id)
