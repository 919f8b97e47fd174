"""Hash lists: three formats, any piece length, and a bad line costs that line only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.banks.lists import BadLine, ListReader
from bridge.errors import InputError
from bridge.signals import Signal, SignalType

PDQ, SHA1, MD5, SHA256 = "a5" * 32, "5a" * 20, "3c" * 16, "c3" * 32


def read(data: bytes, piece: int = 1 << 20) -> tuple[list[tuple[int, Signal]], list[BadLine]]:
    reader, signals, bad = ListReader(), [], []
    for at in range(0, len(data) + 1, piece):
        batch = reader.feed(data[at : at + piece], last=at + piece > len(data))
        signals += batch.signals
        bad += batch.bad
    return signals, bad


def kinds(data: bytes) -> list[tuple[int, str, str, int | None]]:
    return [(line, s.type.value, s.hex, s.quality) for line, s in read(data)[0]]


def test_text_tells_types_by_length() -> None:
    assert kinds(f"{PDQ}\n{SHA1.upper()}\r\n{MD5}\n".encode()) == [
        (1, "pdq", PDQ, None),
        (2, "sha1", SHA1, None),
        (3, "md5", MD5, None),
    ]


def test_text_may_name_the_type_and_may_have_comments() -> None:
    assert kinds(f"# my list\nsha256:{SHA256}\nSHA-1:{SHA1}".encode()) == [
        (2, "sha256", SHA256, None),
        (3, "sha1", SHA1, None),
    ]


def test_bad_lines_are_named_with_their_numbers_and_good_ones_are_kept() -> None:
    signals, bad = read(f"{PDQ}\nn/a\n\n{PDQ[:-1]}\n{'zz' * 32}\n{MD5}".encode())
    assert [line for line, _ in signals] == [1, 6]
    assert [(one.line, one.why.split(":")[0]) for one in bad] == [
        (2, "3 digits, 64 needed for pdq"),
        (3, "empty"),
        (4, "63 digits, 64 needed for pdq"),
        (5, "not hexadecimal"),
    ]


def test_csv_with_a_type_column_and_quality() -> None:
    data = f'hash_type,hash_value,quality\npdq,"{PDQ}",91\nmd5,{MD5},\nsha9,{MD5},\npdq,{PDQ},x\n'
    signals, bad = read(data.encode())
    assert [(line, s.type, s.quality) for line, s in signals] == [
        (2, SignalType.PDQ, 91),
        (3, SignalType.MD5, None),
    ]
    assert [one.line for one in bad] == [4, 5]


def test_csv_with_a_column_a_type() -> None:
    data = f"name;pdq;md5\ncat;{PDQ};{MD5}\ndog;;{MD5}\nbird;;\n"
    assert [(line, kind) for line, kind, _, _ in kinds(data.encode())] == [(2, "pdq"), (2, "md5"), (3, "md5")]
    assert read(data.encode())[1] == [BadLine(4, "empty")]


def test_json_of_texts_objects_and_lines() -> None:
    texts = json.dumps([PDQ, MD5])
    objects = json.dumps([{"hash_value": PDQ, "hash_type": "pdq", "quality": 77}, {"md5": MD5, "pdq": PDQ}])
    lines = f'{{"hash": "{PDQ}"}}\n{{"hash": "{SHA256}", "type": "sha256"}}\n'
    assert [kind for _, kind, _, _ in kinds(texts.encode())] == ["pdq", "md5"]
    assert [(k, q) for _, k, _, q in kinds(objects.encode())] == [("pdq", 77), ("pdq", None), ("md5", None)]
    assert [(line, kind) for line, kind, _, _ in kinds(lines.encode())] == [(1, "pdq"), (2, "sha256")]


def test_json_items_that_are_no_hashes_are_named_by_their_line() -> None:
    signals, bad = read(f'[\n"{PDQ}",\n12,\n{{"name": "cat"}},\n"zz"\n]'.encode())
    assert [line for line, _ in signals] == [2]
    assert [one.line for one in bad] == [3, 4, 5]


@pytest.mark.parametrize("quality", ["3.0", "true", "[90]", '"x"', "101"])
def test_a_quality_that_is_no_whole_number_is_a_bad_line_and_not_an_unknown_one(quality: str) -> None:
    signals, bad = read(f'[{{"pdq": "{PDQ}", "quality": {quality}}}]'.encode())
    assert (signals, [one.line for one in bad]) == ([], [1])


def test_json_too_deep_or_with_endless_numbers_is_refused() -> None:
    for data in (b'{"a":' * 50_000, b'[{"hash": ' + b"9" * 5_000 + b"}]"):
        with pytest.raises(InputError, match="is not JSON"):
            read(data)


def test_an_array_that_ends_early_is_said_so() -> None:
    signals, bad = read(f'["{PDQ}",\n"{MD5}",\n'.encode())
    assert len(signals) == 2
    assert [(one.line, one.why[:20]) for one in bad] == [(3, "the list ends early,")]


@pytest.mark.parametrize("data", [b'["abc', b'[{"hash": ]', b"{not json}"])
def test_broken_json_is_refused_with_its_line(data: bytes) -> None:
    with pytest.raises(InputError, match="Line 1 is not JSON"):
        read(data)


def test_a_picture_is_no_list() -> None:
    with pytest.raises(InputError, match="too long"):
        read(b"\x89PNG" + bytes(range(1, 10)) * 20_000)


def test_a_byte_order_mark_and_an_empty_file_are_taken() -> None:
    assert [kind for _, kind, _, _ in kinds(b"\xef\xbb\xbf" + PDQ.encode())] == ["pdq"]
    assert read(b"") == ([], [])


def lists() -> Iterator[bytes]:
    yield f"# é ü\n{PDQ}\nn/a é\n{MD5}".encode()
    yield f"hash,type\n{PDQ},pdq\nbad,\n{MD5},md5".encode()
    yield json.dumps([PDQ, "é", {"md5": MD5}], ensure_ascii=False, indent=1).encode()


@pytest.mark.parametrize("data", lists(), ids=["text", "csv", "json"])
@given(piece=st.integers(1, 80))
def test_a_list_reads_the_same_in_pieces_of_any_length(data: bytes, piece: int) -> None:
    assert read(data, piece) == read(data)
