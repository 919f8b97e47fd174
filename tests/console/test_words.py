from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hma_console import words
from tests.fakes.answers import DAY, HOUR, MINUTE, NOW, SECOND


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (12 * SECOND, "12 s"),
        (5 * MINUTE, "5 min"),
        (3 * HOUR, "3 h"),
        (DAY, "1 day"),
        (2 * DAY, "2 days"),
        (13 * DAY, "13 days"),
        (14 * DAY, "2025-11-12"),
        (55 * DAY, "2025-10-02"),
        (-3 * SECOND, "0 s"),
    ],
)
def test_an_age_has_one_unit_and_becomes_a_day_after_two_weeks(passed: int, shown: str) -> None:
    assert words.age(NOW - passed, NOW) == shown


def test_in_a_sentence_an_age_says_ago_and_a_day_says_on() -> None:
    assert words.ago(NOW - 5 * MINUTE, NOW) == "5 min ago"
    assert words.ago(NOW - 55 * DAY, NOW) == "on 2025-10-02"


def test_numbers_have_commas_and_are_short_from_a_million() -> None:
    assert [words.count(number) for number in (0, 48112, 999_999, 1_204_551)] == [
        "0",
        "48,112",
        "999,999",
        "1.2M",
    ]


def test_names_keep_their_ends() -> None:
    assert words.did("did:plc:abcdefghijklmnopqrstwxyz") == "did:plc:abcd…wxyz"
    assert words.cid("bafkreihdwdcefghq7ea") == "bafk…q7ea"
    assert words.handle("a-very-long-handle-indeed.example.org") == "a-very-long-…example.org"
    assert cell_len(words.handle("a-very-long-handle-indeed.example.org")) == 24


def test_what_strangers_wrote_cannot_act() -> None:
    assert words.safe("a\u202eb\u200bc\x1b[31m\x07\u2066\ufe0f\u3164") == (
        "a\\u202eb\\u200bc\\u001b[31m\\u0007\\u2066\\ufe0f\\u3164"
    )
    assert words.safe("Zoë 山田 [red]") == "Zoë 山田 [red]"


@given(st.text())
def test_safe_text_has_no_character_that_is_drawn_as_nothing_or_moves_anything(text: str) -> None:
    shown = words.safe(text)
    assert words.safe(shown) == shown
    assert all(char == " " or char.isprintable() for char in shown)


@given(st.text(alphabet="ab山é"), st.integers(0, 30))
def test_a_cut_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(words.middle_cut(text, width)) <= width
    assert cell_len(words.end_cut(text, width)) <= max(width, 1)


def test_ids_are_as_long_as_telling_them_apart_needs() -> None:
    assert words.short_ids(["7k2pxx", "9fd0yy", "7k2pzz"]) == {
        "7k2pxx": "7k2px",
        "9fd0yy": "9fd0",
        "7k2pzz": "7k2pz",
    }


def test_bars_tell_nothing_from_little() -> None:
    assert words.bars([0, 1, 100]) == " ▁█"
    assert words.bars([]) == ""


def test_sizes_and_types_are_said_in_short() -> None:
    assert [words.size(number) for number in (13, 412_000, 1_500_000, 32_500_000)] == [
        "13 bytes",
        "412 kB",
        "1.5 MB",
        "32 MB",
    ]
    assert words.media("image/jpeg") == "JPEG"
    assert words.media("video/mp4") == "mp4 video"
    assert words.media("") == words.media("application/octet-stream") == "unknown type"


def test_what_was_cut_before_is_cut_again_at_the_same_place() -> None:
    assert words.middle_cut("by did:plc:abcdefgh…2222mint", 20) == "by did:plc:…2222mint"
