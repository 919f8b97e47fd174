"""A match in words, by what kind of hash it is: near, equal, or of a type that only an HMA knows."""

from __future__ import annotations

from typing import Any

import pytest

from hma_console.answers import Body, Hit
from hma_console.cli.case_words import row
from hma_console.plain.upload_lines import distance_words
from hma_console.screens.plans import is_weak
from hma_console.screens.upload_words import distance, distance_sentence
from tests.fakes.answers import case, hit

EXACT: dict[str, Any] = {
    "hash_type": "md5",
    "distance": 0,
    "likeness": "the very same bytes",
    "quality": None,
}
CLIP = "weak, look closer: by HMA's clip_v1"
OTHER: dict[str, Any] = {"hash_type": "other", "distance": 31, "likeness": CLIP, "quality": None}


@pytest.mark.parametrize(
    ("match", "cell", "sentence", "said"),
    [
        (
            {},
            "4/31 near-certain",
            "distance 4/31 · near-certain copy · quality 91 good",
            ["distance 4 of 31", "near-certain copy"],
        ),
        (EXACT, "same bytes", "equal md5 · the very same bytes", ["equal md5", "the very same bytes"]),
        (OTHER, "by HMA's clip_v1", CLIP, [CLIP]),
    ],
)
def test_no_distance_is_told_that_nobody_knows(
    match: dict[str, Any], cell: str, sentence: str, said: list[str]
) -> None:
    found = Hit.parse(Body(hit(**match)))
    assert (distance(found), distance_sentence(found), distance_words(found)) == (cell, sentence, said)


def test_what_only_hma_knows_is_looked_at_like_a_weak_match() -> None:
    assert is_weak(Hit.parse(Body(hit(**OTHER))))
    assert CLIP in row(case("aaaa", 0, hit(**OTHER)))
    assert "4 near-certain copy" in row(case("aaaa", 0, hit()))
