"""PDQ is the reference's, bit for bit: golden vectors, and `pdqhash` itself where it is installed."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.pdq import (
    ArrayRaster,
    Digest,
    NeedsFullSize,
    Pixels,
    digest,
    distance,
    tents,
)
from tests import golden_pictures
from tests.pictures import drawing, encoded, noise_photograph, photograph, photographs, resized

Reference = Callable[[Pixels], Digest]


@pytest.fixture(scope="session")
def reference() -> Reference:
    pytest.importorskip("pdqhash", reason="the reference is not installed: `make oracle` builds it")

    def answer(pixels: Pixels) -> Digest:
        digits, quality = golden_pictures.reference(pixels)
        return Digest(bytes.fromhex(digits), quality)

    return answer


class ScaledJpeg:
    """A JPEG decoded at a fraction of its size, as `bridge/decoding/pictures.py` does."""

    def __init__(self, data: bytes, shorter_side: int) -> None:
        with Image.open(io.BytesIO(data)) as picture:
            self.width, self.height = picture.size
            picture.draft("RGB", (shorter_side, shorter_side))
            self.pixels = np.array(picture.convert("RGB"))
        self.scale = round(self.width / self.pixels.shape[1])

    def rows(self, top: int, bottom: int) -> Pixels:
        return self.pixels[top:bottom]


def test_every_golden_picture_has_its_known_hash_and_quality() -> None:
    found = []
    for golden in golden_pictures.read():
        bits, quality = digest(ArrayRaster(golden_pictures.picture(golden.name)))
        found.append(golden_pictures.Golden(golden.name, bits.hex(), quality))
    assert found == golden_pictures.read()
    assert [golden.name for golden in found] == golden_pictures.names()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4, 4), (4, 3000), (3000, 4)])
def test_below_five_pixels_a_side_the_hash_is_zero_and_worth_nothing(width: int, height: int) -> None:
    assert digest(ArrayRaster(noise_photograph(1, width, height))) == Digest(bytes(32), 0)


def test_photographs_hash_like_the_reference(reference: Reference) -> None:
    for pixels in photographs():
        assert digest(ArrayRaster(pixels)) == reference(pixels)


@st.composite
def pictures(draw: st.DrawFn) -> Pixels:
    """Any shape up to 80 pixels a side, or as long as 3,000 where thin; tied ones among them."""
    short, long = draw(st.integers(1, 80)), draw(st.integers(1, 80) | st.integers(81, 3000))
    height, width = draw(st.sampled_from([(short, long), (long, short)]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    period = draw(st.integers(1, 12))
    match draw(st.sampled_from(["noise", "flat", "chessboard", "gradient", "mirrored", "two tones"])):
        case "noise":
            pixels = random.integers(0, 256, (height, width, 3))
        case "flat":
            pixels = np.broadcast_to(random.integers(0, 256, 3), (height, width, 3))
        case "chessboard":
            squares = (np.arange(height)[:, None] // period + np.arange(width) // period) % 2
            pixels = random.integers(0, 256, (2, 3))[squares]
        case "gradient":
            slope = np.arange(height)[:, None] * (period // 4) + np.arange(width) * (period % 4)
            pixels = (slope[:, :, None] * random.integers(1, 4, 3)) % 256
        case "mirrored":
            pixels = random.integers(0, 256, (height, width, 3))
            pixels = (pixels + pixels[:, ::-1]) // 2
        case _:
            pixels = random.integers(0, 2, (height, width, 1)) * random.integers(0, 256, 3)
    return np.ascontiguousarray(pixels, np.uint8)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(pixels=pictures())
def test_any_picture_hashes_like_the_reference(reference: Reference, pixels: Pixels) -> None:
    assert digest(ArrayRaster(pixels)) == reference(pixels)


@pytest.mark.parametrize(("width", "height"), [(20_000, 40), (40, 20_000), (16_384, 9), (16_385, 9)])
def test_extreme_shapes_hash_like_the_reference(reference: Reference, width: int, height: int) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    assert digest(ArrayRaster(pixels)) == reference(pixels)


def test_a_scaled_jpeg_is_at_most_two_bits_off_or_asks_for_full_size() -> None:
    trusted = [off for off in _scaled_drift(seed=1, count=18) if off is not None]
    assert max(trusted) <= 2
    assert len(trusted) >= 16


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("shape", [(1024, 1536), (1021, 1531)])
def test_every_block_of_a_scaled_picture_counts_with_its_real_pixels(
    scale: int, shape: tuple[int, int]
) -> None:
    stored = noise_photograph(scale, -(-shape[1] // scale), -(-shape[0] // scale))
    full = stored.repeat(scale, axis=0).repeat(scale, axis=1)[: shape[0], : shape[1]]
    assert digest(Blocks(stored, full, scale)) == digest(ArrayRaster(full))


class Blocks:
    """A scaled raster whose full picture has every stored pixel `scale` × `scale` times."""

    def __init__(self, stored: Pixels, full: Pixels, scale: int) -> None:
        self.stored, self.scale = stored, scale
        self.height, self.width = full.shape[:2]

    def rows(self, top: int, bottom: int) -> Pixels:
        return self.stored[top:bottom]


def test_a_scaled_picture_without_clear_bits_asks_for_full_size() -> None:
    flat = np.full((600, 800, 3), 90, np.uint8)
    with pytest.raises(NeedsFullSize):
        digest(Blocks(flat, flat.repeat(2, axis=0).repeat(2, axis=1), 2))


def test_the_weights_of_every_sample_add_up_to_one() -> None:
    for length in (5, 63, 64, 65, 127, 128, 129, 1000, 4001):
        for scale in (1, 2, 8):
            sums = [float(band.weights.sum()) for band in tents(length, scale)]
            assert sums == pytest.approx([1.0] * 64, abs=1e-5)
            assert max(band.stop for band in tents(length, scale)) <= -(-length // scale)


class Counting:
    """A flat raster that remembers the largest strip it was asked for, in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height, self.scale, self.largest = width, height, 1, 0

    def rows(self, top: int, bottom: int) -> Pixels:
        self.largest = max(self.largest, (bottom - top) * self.width)
        return np.full((bottom - top, self.width, 3), 77, np.uint8)


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (600, 20_000), (60_000, 200)])
def test_twelve_megapixels_are_hashed_and_replayed_in_a_few_megabytes(width: int, height: int) -> None:
    raster = Counting(width, height)
    tracemalloc.start()
    digest(raster)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert raster.largest <= 2**20
    assert peak < 14_000_000


def test_distance_counts_differing_bits() -> None:
    assert distance(bytes(32), bytes(32)) == 0
    assert distance(bytes(32), b"\xff" * 32) == 256
    assert distance(bytes(31) + b"\x05", bytes(31) + b"\x06") == 2


def _scaled_drift(seed: int, count: int) -> Iterator[int | None]:
    """Bits between scaled and full decodes of JPEGs of odd sizes; None where full size was asked for."""
    random = np.random.default_rng(seed)
    for number in range(count):
        width, height = random.integers(1100, 2600, 2).tolist()
        if number % 3 == 2:
            pixels = drawing(seed * 1000 + number, width, height)
        else:
            pixels = resized(photographs()[number % 21], width, height)
        data = encoded(pixels, "JPEG", quality=random.integers(60, 95).item())
        full, scaled = ScaledJpeg(data, 10**6), ScaledJpeg(data, 512)
        assert full.scale == 1 < scaled.scale
        try:
            yield distance(digest(scaled).bits, digest(full).bits)
        except NeedsFullSize:
            yield None


@pytest.mark.trial
def test_two_thousand_images_of_all_shapes_hash_like_the_reference(reference: Reference) -> None:
    random = np.random.default_rng(7)
    for number in range(2100):
        width, height = np.exp(random.uniform(np.log(1), np.log(3000), 2)).astype(int).tolist()
        match number % 6:
            case 0:
                pixels = random.integers(0, 256, (height, width, 3), np.uint8)
            case 1:
                pixels = drawing(number, width, height)
            case 2:
                pixels = np.full((height, width, 3), random.integers(0, 256, 3), np.uint8)
            case 3:
                tiles = (np.arange(height)[:, None] // 7 + np.arange(width) // 5) % 2
                pixels = random.integers(0, 256, (2, 3))[tiles].astype(np.uint8)
            case _:
                pixels = resized(photographs()[number % 21], width, height)
        assert digest(ArrayRaster(pixels)) == reference(pixels), (number, width, height)


@pytest.mark.trial
def test_four_hundred_scaled_jpegs_are_at_most_two_bits_off() -> None:
    drift = list(_scaled_drift(seed=2, count=400))
    assert max(off for off in drift if off is not None) <= 2
    assert drift.count(None) <= 40


def test_a_photograph_has_high_quality_and_a_flat_picture_none() -> None:
    assert digest(ArrayRaster(photograph("coffee.png"))).quality == 100
    assert digest(ArrayRaster(np.full((300, 400, 3), 200, np.uint8))).quality == 0
