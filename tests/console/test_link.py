from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from textual.message import Message

from hma_console.link import Link
from hma_console.messages import (
    ActionsChanged,
    BanksChanged,
    CasesChanged,
    LinkLost,
    LinkUp,
    Posting,
    SettingsChanged,
    StatusRead,
    UploadsArrived,
)
from tests.console.driving import Stage
from tests.fakes.answers import case, hit, upload

T = TypeVar("T", bound=Message)


class Listener:
    """Hears what a link says, one thing after the other."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Message] = asyncio.Queue()

    def __call__(self, message: Message) -> None:
        self._heard.put_nowait(message)

    async def next(self, kind: type[T]) -> T:
        """The next message of a kind; others before it are passed over."""
        while True:
            message = await asyncio.wait_for(self._heard.get(), 20)
            if isinstance(message, kind):
                return message


@asynccontextmanager
async def following(stage: Stage) -> AsyncIterator[tuple[Link, Listener]]:
    listener = Listener()
    link = Link(stage.client, stage.clock, Posting(listener))
    task = asyncio.create_task(link.keep())
    try:
        yield link, listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_the_stream_begins_where_the_status_ended(stage: Stage) -> None:
    async with following(stage) as (_, heard):
        assert (await heard.next(StatusRead)).status.seq == 1000
        await heard.next(LinkUp)
    assert stage.bridge.last_event_ids == ["1000"]


async def test_arrivals_are_gathered_into_one_batch(stage: Stage) -> None:
    async with following(stage) as (_, heard):
        await heard.next(LinkUp)
        stage.bridge.take(*(upload(seq, 0) for seq in range(1001, 1021)))
        batch = await heard.next(UploadsArrived)
    assert [one.seq for one in batch.uploads] == list(range(1001, 1021))


async def test_cases_and_banks_that_changed_are_told(stage: Stage) -> None:
    async with following(stage) as (_, heard):
        await heard.next(LinkUp)
        stage.bridge.say("case", case("abcd", 0, hit()), 1001)
        await heard.next(CasesChanged)
        stage.bridge.say("bank", {"name": "own"}, 1002)
        await heard.next(BanksChanged)
        stage.bridge.say("note", {"type": "action.confirmed", "subject": "takedown:u"}, 1003)
        await heard.next(ActionsChanged)
        stage.bridge.say("note", {"type": "setting.changed", "subject": "alarms.quiet"}, 1004)
        await heard.next(SettingsChanged)


async def test_after_an_event_the_status_is_read_anew(stage: Stage) -> None:
    async with following(stage) as (_, heard):
        await heard.next(LinkUp)
        stage.bridge.take(upload(1001, 0))
        assert (await heard.next(StatusRead)).status.uploads.total == 48113


async def test_a_lost_bridge_is_tried_after_1_2_5_and_then_each_10_seconds(stage: Stage) -> None:
    async with following(stage) as (link, heard):
        await heard.next(LinkUp)
        stage.go_down()
        lost = []
        for _ in range(5):
            lost.append(await heard.next(LinkLost))
            stage.clock.now += 1_000
            await asyncio.sleep(0)
            link.ask_anew()
    assert [one.retry_in for one in lost] == [1, 2, 5, 10, 10]
    assert len({one.since for one in lost}) == 1


async def test_after_a_loss_the_stream_goes_on_where_it_broke(stage: Stage) -> None:
    async with following(stage) as (link, heard):
        await heard.next(LinkUp)
        stage.bridge.take(upload(1007, 0))
        await heard.next(UploadsArrived)
        stage.go_down()
        await heard.next(LinkLost)
        stage.transport.is_down = False
        await asyncio.sleep(0)
        link.ask_anew()
        await heard.next(LinkUp)
    assert stage.bridge.last_event_ids == ["1000", "1007"]


async def test_an_answer_that_is_not_understood_is_told_and_tried_again(stage: Stage) -> None:
    stage.bridge.status["state"] = 5
    async with following(stage) as (_, heard):
        assert "'state'" in (await heard.next(LinkLost)).fault.message
