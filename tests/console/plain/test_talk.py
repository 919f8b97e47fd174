"""News and typing do not meet."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hma_console.plain.talk import MOST_NEWS, Ended, Talk
from hma_console.plain.typing import Keys


class Room:
    """A talk whose keys are typed by `type`, and all that it says."""

    def __init__(self, *, prompts: bool = True) -> None:
        reads, self._writes = os.pipe()
        self.out = io.StringIO()
        self.keys = Keys(reads)
        self.talk = Talk(self.out, self.keys, prompts=prompts, echoes=prompts)

    def type(self, text: str) -> None:
        os.write(self._writes, text.encode())

    def end(self) -> None:
        with suppress(OSError):
            os.close(self._writes)

    async def said(self, text: str) -> None:
        async with asyncio.timeout(10):
            while text not in self.out.getvalue():
                await asyncio.sleep(0.001)


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.end()


async def test_news_is_told_at_once_where_nothing_is_typed(room: Room) -> None:
    room.keys.begin()
    asked = asyncio.create_task(room.talk.ask("home>", hears_news=True))
    await room.said("home> ")
    room.talk.tell("Queue: 1 new case.")
    await room.said("home> \nQueue: 1 new case.\nhome> ")
    room.type("queue\n")
    assert await asked == "queue"


async def test_news_waits_until_a_line_that_was_begun_is_ended(room: Room) -> None:
    room.keys.begin()
    asked = asyncio.create_task(room.talk.ask("home>", hears_news=True))
    room.type("que")
    await room.said("home> que")
    room.talk.tell("Queue: 1 new case.")
    room.type("u")
    await room.said("home> queu")
    room.type("e\n")
    assert await asked == "queue"
    assert room.out.getvalue() == "home> queue\n"
    asked = asyncio.create_task(room.talk.ask("queue>", hears_news=True))
    await room.said("home> queue\nQueue: 1 new case.\nqueue> ")
    room.type("\n")
    await asked


async def test_a_question_is_not_interrupted_by_news(room: Room) -> None:
    room.keys.begin()
    room.talk.tell("Queue: 1 new case.")
    asked = asyncio.create_task(room.talk.ask("Reason:"))
    room.type("\n")
    assert await asked == ""
    assert room.out.getvalue() == "Reason: \n"


async def test_a_secret_is_never_shown(room: Room) -> None:
    room.keys.begin()
    room.type("five words \x1b[Dx\x7f\n")
    assert await room.talk.ask("Passphrase:", is_secret=True) == "five words "
    assert room.out.getvalue() == "Passphrase: \n"


async def test_what_was_typed_ahead_is_shown_where_it_is_read(room: Room) -> None:
    room.keys.begin()
    room.type("queue\ncase 1\n")
    assert [await room.talk.ask(">"), await room.talk.ask(">")] == ["queue", "case 1"]
    assert room.out.getvalue() == "> queue\n> case 1\n"


async def test_an_interrupted_question_loses_no_later_key(room: Room) -> None:
    room.keys.begin()
    asked = asyncio.create_task(room.talk.ask(">"))
    room.type("half")
    await room.said("half")
    asked.cancel()
    await asyncio.wait({asked})
    room.type("queue\n")
    assert await room.talk.ask(">") == "queue"


async def test_a_flood_of_news_is_counted_and_only_its_end_told(room: Room) -> None:
    room.keys.begin()
    for number in range(MOST_NEWS + 7):
        room.talk.tell(f"News {number}.")
    room.type("\n")
    await room.talk.ask(">", hears_news=True)
    said = room.out.getvalue()
    assert said.startswith("News: 7 older lines are left out.\nNews 7.\n")
    assert said.count("\n") == MOST_NEWS + 2


async def test_the_end_of_a_pipe_ends_after_its_last_line() -> None:
    room = Room(prompts=False)
    room.keys.begin()
    room.type("home\nqueue")
    room.end()
    assert [await room.talk.ask(">"), await room.talk.ask(">")] == ["home", "queue"]
    with pytest.raises(Ended):
        await room.talk.ask(">")
    assert room.out.getvalue() == ""


async def test_ctrl_d_leaves_an_empty_line_only(room: Room) -> None:
    room.keys.begin()
    room.type("a\x04\n\x04")
    assert await room.talk.ask(">") == "a"
    with pytest.raises(Ended):
        await room.talk.ask(">")
