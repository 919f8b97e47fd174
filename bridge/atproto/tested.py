"""The self-test at the gate: received and compared as any picture, and answered here."""

from __future__ import annotations

from bridge.atproto.requests import Answered, Incoming
from bridge.budget import Budget
from bridge.pipeline import Pipeline
from bridge.reserved import SELF_TEST
from bridge.self_test import SelfTest
from bridge.uploads import Source, Upload


async def answer_self_test(
    incoming: Incoming, pipeline: Pipeline, bodies: Budget, self_test: SelfTest
) -> Answered:
    """The PDS never sees it. Raises InputError where the body ends early."""
    async with pipeline.receive(incoming.length, bodies) as receiver:
        async for chunk in incoming.body:
            await receiver.make_room(len(chunk))
            await receiver.feed(chunk)
        outcome = await pipeline.examine(Upload(Source.GATE, SELF_TEST), await receiver.finish())
    self_test.examined(outcome)
    return Answered(200, (("Content-Type", "application/json"),), b"{}")
