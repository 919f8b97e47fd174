"""Memory is given in turn, nobody waits for ever, and growing holds never wait for each other."""

from __future__ import annotations

import asyncio

import pytest

from bridge.budget import Budget, Hold
from bridge.errors import NotChecked
from bridge.verdicts import Reason


async def test_what_is_held_is_free_again_after_release() -> None:
    budget = Budget(100, patience=1)
    async with await budget.hold(70):
        assert budget.free == 30
    assert budget.free == 100


async def test_a_need_waits_until_enough_is_given_back() -> None:
    budget = Budget(100, patience=5)
    first = await budget.hold(70)
    second = asyncio.create_task(budget.hold(50))
    await asyncio.sleep(0)
    assert not second.done()
    first.release()
    assert (await second).nbytes == 50


async def test_small_needs_do_not_overtake_a_large_one() -> None:
    budget = Budget(100, patience=5)
    first = await budget.hold(70)
    order: list[str] = []

    async def need(name: str, nbytes: int) -> None:
        async with await budget.hold(nbytes):
            order.append(name)

    tasks = [asyncio.create_task(need("large", 90)), asyncio.create_task(need("small", 10))]
    await asyncio.sleep(0)
    assert order == []
    first.release()
    await asyncio.gather(*tasks)
    assert order == ["large", "small"]


async def test_what_can_never_fit_is_too_large_for_good() -> None:
    with pytest.raises(NotChecked) as refused:
        await Budget(100, patience=5).hold(101)
    assert refused.value.reason == Reason.TOO_LARGE
    assert refused.value.retry_after is None


async def test_who_waited_long_enough_is_told_to_come_again_and_leaves_nothing_held() -> None:
    budget = Budget(100, patience=0)
    async with await budget.hold(70):
        with pytest.raises(NotChecked) as refused:
            await budget.hold(50)
    assert refused.value.reason == Reason.BUSY
    assert refused.value.retry_after
    assert budget.free == 100


async def test_the_one_behind_is_served_when_the_one_before_it_gives_up() -> None:
    budget = Budget(100, patience=5)
    async with await budget.hold(70):
        large = asyncio.create_task(budget.hold(90))
        small = asyncio.create_task(budget.hold(10))
        await asyncio.sleep(0)
        large.cancel()
        assert (await small).nbytes == 10


async def test_growing_holds_that_want_more_than_there_is_all_finish_one_after_the_other() -> None:
    budget = Budget(100, patience=5, largest=60)

    async def grow(hold: Hold) -> int:
        async with hold:
            for _ in range(6):
                await hold.grow(10)
                await asyncio.sleep(0)
            return hold.nbytes

    assert await asyncio.gather(*(grow(budget.open()) for _ in range(8))) == [60] * 8
    assert budget.free == 100


async def test_a_known_length_reserves_no_more_than_itself() -> None:
    budget = Budget(100, patience=0, largest=60)
    async with budget.open(claim=20) as first, budget.open() as second:
        await first.grow(10)
        await second.grow(60)
        await first.grow(10)
    assert budget.free == 100


async def test_a_task_cancelled_while_it_waits_holds_nothing() -> None:
    budget = Budget(100, patience=5)
    first = await budget.hold(100)
    second = asyncio.create_task(budget.hold(50))
    await asyncio.sleep(0)
    first.release()  # granted, but the task has not run again yet
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert budget.free == 100
