"""A false match is remembered for these bytes, and for no more than that."""

from __future__ import annotations

import pytest

from bridge.catalogue import Category
from bridge.decisions import Choice
from bridge.errors import Conflict, InputError
from bridge.records import CaseState
from bridge.store.case_facts import content_past
from bridge.verdicts import Verdict
from tests.deciding.deciding import ANA, BOB, Deciding
from tests.houses import jpeg, png

FALSE = "false-positive"


async def verdict(deciding: Deciding, body: bytes, did: str = BOB) -> Verdict:
    return (await deciding.posted(body, did)).verdict


@pytest.mark.parametrize("category", [Category.OWN, Category.NCII])
async def test_the_same_bytes_match_no_more_by_anybody(deciding: Deciding, category: Category) -> None:
    await deciding.house.bank("list", png(0), category=category, threshold=20)
    case_id = (await deciding.posted(jpeg(0))).case_id
    await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
    assert await verdict(deciding, jpeg(0)) is Verdict.NO_MATCH
    assert await verdict(deciding, png(0)) is Verdict.MATCHED, "the listed picture itself"


async def test_a_near_copy_is_allowed_in_an_own_bank_only(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    case_id = (await deciding.posted(jpeg(0))).case_id
    await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
    nearly = jpeg(0) + b"\0"
    assert await verdict(deciding, nearly) is Verdict.NO_MATCH
    await deciding.house.bank("theirs", png(0), category=Category.NCII, threshold=20)
    assert await verdict(deciding, jpeg(0), "did:plc:eve") is Verdict.MATCHED, (
        "another entry is another matter"
    )


async def test_every_entry_that_it_matched_is_allowed_against(deciding: Deciding) -> None:
    await deciding.house.bank("one", png(0))
    await deciding.house.bank("two", png(0))
    case_id = (await deciding.posted(jpeg(0))).case_id
    await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
    assert await verdict(deciding, jpeg(0)) is Verdict.NO_MATCH


async def test_an_exact_child_safety_match_is_never_allowed_for_good(deciding: Deciding) -> None:
    await deciding.house.bank("listed", png(0), category=Category.CHILD_SAFETY, threshold=31)
    case_id = (await deciding.posted(png(0))).case_id
    before = await deciding.house.events()
    with pytest.raises(InputError, match="never allowed for good"):
        await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
    assert await deciding.house.events() == before
    assert (await deciding.case(case_id)).state is CaseState.OPEN
    await deciding.choose(Choice.RELEASE, case_id, reason=FALSE)


async def test_undoing_it_makes_it_match_again(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    case_id = (await deciding.posted(jpeg(0))).case_id
    done = await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
    await deciding.decisions.undo(done.batch, "user:ana")
    assert await verdict(deciding, jpeg(0)) is Verdict.MATCHED
    assert "bank.entries_removed" in await deciding.house.events()


async def test_the_past_of_a_bank_s_picture_counts_decisions_that_stand(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    one = (await deciding.posted(jpeg(0), ANA)).case_id
    two = (await deciding.posted(png(0), BOB)).case_id
    near, exact = [(await deciding.case(case_id)).closest for case_id in (one, two)]
    assert near
    assert exact
    assert near.entry_id != exact.entry_id

    async def past() -> tuple[int, int]:
        by_near, by_exact = await deciding.store.read(
            lambda c: (content_past(c, near), content_past(c, exact))
        )
        assert by_near == by_exact
        return by_near

    assert await past() == (0, 0)
    await deciding.choose(Choice.RELEASE, one)
    assert await past() == (1, 1)
    down = await deciding.choose(Choice.TAKEDOWN, two)
    assert await past() == (1, 2)
    await deciding.decisions.undo(down.batch, "user:ana")
    assert await past() == (1, 1)


async def test_a_block_bank_of_that_name_is_not_misused(deciding: Deciding) -> None:
    await deciding.house.bank("own", png(0))
    await deciding.house.bank("false matches")
    case_id = (await deciding.posted(jpeg(0))).case_id
    with pytest.raises(Conflict):
        await deciding.choose(Choice.REMEMBER, case_id, reason=FALSE)
