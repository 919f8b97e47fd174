"""Signals: hashes as written, views by name, and their packed form."""

from __future__ import annotations

import pytest

from bridge.errors import BadSignal
from bridge.signals import (
    PUT_BACK_SHARES,
    TURNED_NAMES,
    SignalType,
    View,
    ViewKind,
    ViewName,
    pack_views,
    unpack_views,
)

ALL_NAMES = [
    ViewName(ViewKind.REFERENCE),
    ViewName(ViewKind.ORIENTED),
    *(ViewName(ViewKind.FRAME, number) for number in range(2)),
    *(ViewName(ViewKind.TURNED, number) for number in range(len(TURNED_NAMES))),
    ViewName(ViewKind.TRIMMED),
    *(ViewName(ViewKind.PUT_BACK, number) for number in range(len(PUT_BACK_SHARES))),
]


@pytest.mark.parametrize("text", ["AB" * 32, "ab" * 32, f"  {'ab' * 32}\n"])
def test_a_hash_is_read_in_either_case(text: str) -> None:
    assert SignalType.PDQ.parse(text) == b"\xab" * 32


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ab" * 31 + "a", "63 digits, 64 needed"),
        ("zz" * 32, "not hexadecimal"),
        ("a b " * 16, "not hexadecimal|digits"),
        ("", "0 digits"),
    ],
)
def test_what_is_no_hash_says_why(text: str, why: str) -> None:
    with pytest.raises(BadSignal, match=why):
        SignalType.PDQ.parse(text)


def test_every_view_has_a_code_of_its_own_that_names_it_again() -> None:
    codes = [name.code for name in ALL_NAMES]
    assert len(set(codes)) == len(ALL_NAMES)
    assert [ViewName.of_code(code) for code in codes] == ALL_NAMES


def test_the_stored_codes_of_views_never_change() -> None:
    assert [name.code for name in ALL_NAMES] == [0, 1, 2, 3, *range(8, 15), 16, *range(32, 55)]


def test_every_view_has_words_of_its_own() -> None:
    assert len({name.words for name in ALL_NAMES}) == len(ALL_NAMES)
    assert ViewName(ViewKind.PUT_BACK, 0).words == "put back 1 % all round"
    assert ViewName(ViewKind.PUT_BACK, 9).words == "put back 2 % left and right"


def test_all_views_of_an_upload_pack_into_less_than_1200_bytes() -> None:
    views = tuple(View(name, bytes([at]) * 32, at) for at, name in enumerate(ALL_NAMES))
    packed = pack_views(views)
    assert len(packed) < 1200
    assert unpack_views(packed) == views
