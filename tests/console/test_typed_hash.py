from __future__ import annotations

import pytest

from bridge.errors import BadSignal
from bridge.signals import SignalType
from hma_console.typed_hash import typed_hash


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("AB" * 32, SignalType.PDQ),
        ("ab" * 20, SignalType.SHA1),
        ("ab" * 16, SignalType.MD5),
        (f" SHA-256: {'ab' * 32} ", SignalType.SHA256),
        (f"pdq:{'ab' * 32}", SignalType.PDQ),
    ],
)
def test_the_length_or_the_word_before_it_says_the_type(typed: str, kind: SignalType) -> None:
    assert typed_hash(typed).type is kind
    assert typed_hash(typed).value == b"\xab" * kind.size


@pytest.mark.parametrize("typed", ["", "ab" * 31, "sha256:" + "ab" * 20, "sha512:" + "ab" * 64, "zz" * 32])
def test_what_is_no_hash_says_why(typed: str) -> None:
    with pytest.raises(BadSignal, match="The hash cannot be read: "):
        typed_hash(typed)
