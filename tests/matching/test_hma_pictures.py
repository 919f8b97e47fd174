"""Where HMA hashes pictures, too: what its own hashes match joins what ours do, and takes nothing away."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridge.catalogue import Category, Role
from bridge.matching.hma_known import BEHIND_SECONDS
from bridge.matching.hma_pictures import LONGEST_HASH, PIECE
from bridge.outcomes import Outcome
from bridge.pipeline import Pipeline
from bridge.reserved import SELF_TEST
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict
from tests.fakes.hma import hash_of_photo
from tests.houses import Busy, jpeg, png
from tests.matching.hma_house import HmaHouse, hma_house
from tests.pictures import encoded, photographs

FILLERS = (7, 8)
CLIP = "clip_v1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HmaHouse]:
    """HMA knows picture 0 by the hash of ours, and gets pictures."""
    async with hma_house(tmp_path, sends=True) as opened:
        await opened.banked("THERE", png(0), *map(png, FILLERS))
        await opened.hma.inquire()
        yield opened


def palette(number: int) -> bytes:
    """A GIF whose colours HMA takes for their numbers."""
    body = io.BytesIO()
    Image.fromarray(photographs()[number]).quantize(64).save(body, "gif")
    return body.getvalue()


def clip(body: bytes) -> str:
    """What an extension of HMA makes of a picture: nothing that could be computed here."""
    return f"{CLIP}/{hashlib.sha256(body).hexdigest()}+="


def banks(outcome: Outcome) -> list[str]:
    return [match.bank.name for match in outcome.matches]


async def test_what_hmas_own_hash_finds_joins_what_ours_found(house: HmaHouse) -> None:
    """The GIF as HMA sees it is listed in one bank, as it looks in the other."""
    gif = palette(1)
    assert hash_of_photo(gif) != hash_of_photo(png(1))
    house.fake.load("AS_HMA_SEES_IT", hash_of_photo(gif))
    await house.banked("AS_IT_LOOKS", png(1))
    outcome = await house.upload(gif)
    assert sorted(banks(outcome)) == ["AS_HMA_SEES_IT", "AS_IT_LOOKS"]
    assert house.got == 1


async def test_what_hma_hashes_wrongly_still_matches_by_ours(house: HmaHouse) -> None:
    await house.banked("THERE", png(1))
    cmyk = io.BytesIO()
    Image.fromarray(photographs()[1]).convert("CMYK").save(cmyk, "jpeg", quality=90)
    for body in (palette(1), cmyk.getvalue()):
        assert (await house.upload(body)).verdict is Verdict.MATCHED
    assert house.pictures.sent.hashed == 2


async def test_a_content_that_ours_is_near_to_keeps_the_quality_that_ours_has(house: HmaHouse) -> None:
    """HMA's hash may be nearer to it; what is done by itself needs a quality, which HMA tells none of."""
    house.fake.photo = lambda _: hash_of_photo(png(0))
    [match] = (await house.upload(jpeg(0))).matches
    assert match.quality is not None
    house.fake.load("OTHER", hash_of_photo(palette(1)))
    house.fake.photo = hash_of_photo
    [match] = (await house.upload(palette(1))).matches
    assert (match.bank.name, match.distance, match.quality) == ("OTHER", 0, None)


async def test_hmas_own_hash_takes_no_match_back(house: HmaHouse) -> None:
    """It would, where an allow bank there has what HMA sees in a GIF."""
    await house.bank("mine", png(1), category=Category.OWN)
    await house.bank("ALLOWED", role=Role.ALLOW)
    house.fake.load("ALLOWED", hash_of_photo(palette(1)))
    [match] = (await house.upload(palette(1))).matches
    assert (match.bank.name, match.cancelled_by) == ("mine", "")


async def test_a_hash_that_is_ours_too_is_looked_up_once(house: HmaHouse) -> None:
    house.fake.asked.clear()
    assert (await house.upload(png(1))).verdict is Verdict.NO_MATCH
    assert len(house.fake.asked) == len(set(house.fake.asked))


async def test_by_default_no_byte_of_any_upload_is_sent(tmp_path: Path) -> None:
    async with hma_house(tmp_path) as house:
        await house.banked("THERE", png(0), *map(png, FILLERS))
        await house.hma.inquire()
        for body in (png(0), jpeg(1), palette(2), b"no picture"):
            await house.upload(body)
        assert all(line.startswith("GET ") for line in house.fake.asked)
        assert not any(house.fake.got)


async def test_the_bytes_arrive_as_they_are_in_one_part_of_a_form(house: HmaHouse) -> None:
    arrived: list[bytes] = []

    def photo(body: bytes) -> str:
        arrived.append(body)
        return ""

    house.fake.photo = photo
    large = png(0) + bytes(3 * PIECE + 1)
    await house.upload(large)
    assert arrived == [large]
    [told] = [each for each, line in zip(house.fake.headers, house.fake.asked, strict=True) if "POST" in line]
    assert int(told["content-length"]) > len(large), "a server of WSGI reads no form without a length"
    assert "transfer-encoding" not in told


async def test_no_proxy_of_the_environment_gets_what_stays_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with hma_house(tmp_path, sends=True) as house:
        await house.hma.inquire()
        assert house.hma.breaker.is_closed


async def test_no_picture_is_sent_for_hashes_alone_a_self_test_or_what_was_too_much_here(
    house: HmaHouse,
) -> None:
    await house.asked(jpeg(0))
    assert (await house.pipeline.unable()) is None
    async with house.pipeline.receive() as receiver:
        await receiver.feed(png(0))
        await house.pipeline.examine(Upload(Source.API, SELF_TEST), await receiver.finish())
    await house.upload(png(0) + bytes(1 << 20))
    await house.upload(b"no picture at all")
    busy = Pipeline(house.store, Busy(house.hasher.limits), house.failover)
    async with busy.receive() as receiver:
        await receiver.feed(png(0))
        outcome = await busy.process(Upload(Source.API, "key:app"), await receiver.finish())
        assert outcome.verdict is Verdict.NOT_CHECKED
    await house.upload(b"\x00\x00\x00\x18ftypmp42" + bytes(600))
    assert house.got == 0


async def test_nothing_is_sent_where_nothing_could_match(tmp_path: Path) -> None:
    async with hma_house(tmp_path, sends=True) as house:
        await house.hma.inquire()
        assert (await house.upload(png(0))).verdict is Verdict.NOT_CHECKED
        assert house.got == 0


async def test_a_type_that_only_hma_knows_matches_and_says_what_it_is(house: HmaHouse) -> None:
    house.fake.extend(CLIP, clip)
    bank = house.fake.state.add_bank("BY_CLIP")
    content = house.fake.state.add(bank, {CLIP: clip(jpeg(1))})
    house.fake.state.build_index()
    await house.hma.inquire()
    outcome = await house.upload(jpeg(1))
    [match] = outcome.matches
    assert (match.bank.name, match.content_id, match.signal_type.value) == ("BY_CLIP", content.id, "other")
    assert (match.distance, match.quality, match.is_exact) == (31, None, False)
    assert match.likeness == f"weak, look closer: by HMA's {CLIP}"
    [record] = (await house.recorded(outcome)).matches
    assert (record.signal_type.value, record.likeness) == ("other", match.likeness)
    assert (await house.upload(jpeg(2))).verdict is Verdict.NO_MATCH


async def test_the_index_of_such_a_type_counts_like_that_of_any_other(house: HmaHouse) -> None:
    house.fake.extend(CLIP, clip)
    house.fake.state.add(house.fake.state.banks[0], {CLIP: clip(png(1))})
    await house.hma.inquire()
    outcome = await house.upload(jpeg(1))
    assert outcome.verdict is Verdict.NOT_CHECKED
    assert outcome.reason.startswith("HMA has not built its index yet.")
    house.fake.state.build_index()
    house.fake.state.add(house.fake.state.banks[0], {CLIP: clip(png(2))})
    await house.hma.inquire()
    assert house.hma.is_whole
    house.clock.now += BEHIND_SECONDS + 1
    await house.hma.inquire()
    assert not house.hma.is_whole


async def test_a_hash_too_long_for_an_address_is_counted_and_the_others_are_looked_up(
    house: HmaHouse,
) -> None:
    house.fake.extend("frames", lambda _: "f" * (LONGEST_HASH + 1))
    house.fake.load("AS_HMA_SEES_IT", hash_of_photo(palette(1)))
    await house.hma.inquire()
    assert banks(await house.upload(palette(1))) == ["AS_HMA_SEES_IT"]
    assert "frames is too long" in house.pictures.sent.fault


async def test_a_flat_picture_has_no_hash_of_hmas_and_is_no_refusal(house: HmaHouse) -> None:
    flat = encoded(np.full((64, 64, 3), 128, np.uint8))
    assert (await house.upload(flat)).verdict is Verdict.NO_MATCH
    assert (house.pictures.sent.hashed, house.pictures.sent.refused) == (1, 0)
