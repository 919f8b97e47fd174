"""The same pictures through the lists here and through an HMA that has the same list: the same verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.catalogue import Category
from bridge.errors import BadSignal
from bridge.pipeline import Pipeline
from bridge.policy import admit
from bridge.signals import Signal, SignalType
from bridge.uploads import Source, Upload
from tests.matching.hma_house import HmaHouse, hma_house
from tests.pictures import drawing, encoded, noise_photograph, resaved, resized

LIST = "LIST"
KINDS = ("same", "resaved", "smaller", "mirrored", "turned", "bordered", "other", "drawing")


def listed(number: int) -> bytes:
    """The picture that is on the list."""
    return encoded(noise_photograph(number))


def uploaded(count: int) -> Iterator[tuple[str, bytes]]:
    """Copies of what is on the list, in every way a copy is found by or not, and other pictures."""
    for number in range(count):
        kind, picture = KINDS[number % len(KINDS)], noise_photograph(number)
        match kind:
            case "resaved":
                picture = resaved(picture, 30 + number % 60)
            case "smaller":
                picture = resized(picture, 120 + number % 100, 90 + number % 60)
            case "mirrored":
                picture = np.ascontiguousarray(picture[:, ::-1])
            case "turned":
                picture = np.ascontiguousarray(np.rot90(picture, number % 4))
            case "bordered":
                picture = np.pad(picture, ((12, 12), (12, 12), (0, 0)), constant_values=255)
            case "other":
                picture = noise_photograph(100_000 + number)
            case "drawing":
                picture = drawing(number)
        yield kind, encoded(picture)


async def fill(house: HmaHouse, count: int) -> None:
    """The list, here and there: hashes alone, as lists come."""
    await house.bank(LIST, category=Category.EXPLOITATIVE, threshold=31)
    bank, hashes = await house.row(LIST), []
    for number in range(count):
        view = (await house.signals(listed(number))).reference
        assert view is not None
        signal = Signal(SignalType.PDQ, view.pdq)
        try:
            admit(bank, signal)
        except BadSignal:
            continue
        await house.banks.add_signals(LIST, [signal], "test")
        hashes.append(signal.hex)
    house.fake.load(LIST, *hashes)
    await house.hma.inquire()


async def compare(house: HmaHouse, count: int) -> Counter[str]:
    """How many of each verdict, once both agreed on each upload."""
    await fill(house, count)
    by_hma = Pipeline(house.store, house.hasher, house.hma)
    verdicts: Counter[str] = Counter()
    for kind, body in uploaded(count):
        upload = Upload(Source.API, "key:app")
        async with house.pipeline.receive() as receiver:
            await receiver.feed(body)
            content = await receiver.finish()
        there = await by_hma.examine(upload, content)
        here = await house.other.examine(upload, content, there.signals)
        assert there.verdict is here.verdict, kind
        assert there.banks == here.banks, kind
        together = await house.pipeline.examine(upload, content, there.signals)
        assert together.verdict is here.verdict, kind
        told = [
            sorted((match.distance, match.view, match.quality) for match in outcome.matches)
            for outcome in (there, here)
        ]
        assert told[0] == told[1], kind
        verdicts[there.verdict.value] += 1
    assert house.hma.breaker.is_closed
    return verdicts


async def test_some_pictures(tmp_path: Path) -> None:
    async with hma_house(tmp_path) as house:
        verdicts = await compare(house, 24)
    assert verdicts["matched"] >= 12
    assert verdicts["no_match"] >= 3
    assert set(verdicts) == {"matched", "no_match"}


@pytest.mark.trial
@pytest.mark.timeout(900)
async def test_five_hundred_pictures(tmp_path: Path) -> None:
    async with hma_house(tmp_path) as house:
        verdicts = await compare(house, 500)
    assert sum(verdicts.values()) == 500
    assert verdicts["matched"] >= 250
    assert verdicts["no_match"] >= 60
