"""Frames of the firehose: blobs are found wherever they stand; what strangers wrote breaks nothing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.atproto.cids import BadCid, cid_of, sha256_of
from bridge.atproto.frames import (
    AccountNews,
    BadFrame,
    BlobFound,
    Commit,
    Fault,
    Info,
    Unknown,
    blobs_in,
    read_frame,
)
from tests.atproto.dag_cbor import Link, blob_link, car, commit, encode, frame

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
ONE, TWO = blob_link(b"one"), blob_link(b"two")
CID_ONE, CID_TWO = cid_of(ONE.raw[4:]), cid_of(TWO.raw[4:])


def reference(link: object) -> dict[str, object]:
    return {"$type": "blob", "ref": link, "mimeType": "image/png", "size": 3}


def test_a_cid_is_that_of_the_bytes_and_of_nothing_else() -> None:
    known = "bafkreigc7brxum3cw2swaq2n6ejirb2e3wmllckoe2wwqweytw4vn7ck3e"
    assert cid_of(sha256_of(known)) == known
    assert sha256_of(ONE.raw) == ONE.raw[4:]
    for bad in (
        "",
        "x",
        known[:-1],
        known + "a",
        "Qm" + "a" * 44,
        "bafyreib3hefrqhvlfvfb3xe5s63q6xnfixhbxwun2nzd3thex77b42u5b4",
    ):
        with pytest.raises(BadCid):
            sha256_of(bad)
    with pytest.raises(BadCid):
        sha256_of("b" * 10_000)
    with pytest.raises(BadCid):
        sha256_of(b"\x01\x55\x13\x20" + bytes(32))


def test_blobs_are_found_in_any_record_once_each_in_their_order() -> None:
    record = {
        "$type": "com.example.anything",
        "a": [{"b": [reference(ONE)]}, reference(TWO), reference(ONE)],
        "z": {"cid": CID_TWO, "mimeType": "image/jpeg"},
    }
    read = read_frame(commit(DID, 7, com_example=record))
    uri = f"at://{DID}/com/example"
    assert read == Commit(7, DID, (BlobFound(CID_ONE, uri), BlobFound(CID_TWO, uri)), is_whole=True)
    legacy = {"avatar": {"cid": CID_TWO, "mimeType": "image/jpeg"}}
    assert list(blobs_in(legacy)) == [CID_TWO]


def test_what_only_looks_like_a_blob_is_none() -> None:
    for record in (
        {"ref": ONE.raw},
        {"$type": "blob", "ref": ONE.raw},
        {**reference(ONE.raw), "more": 1},
        {**reference(ONE.raw), "size": "3"},
        {**reference(CID_ONE)},
        {"cid": CID_ONE, "mimeType": "image/png", "more": 1},
        {"$type": "blob", "ref": "text"},
        {"$type": "blob", "ref": 5},
        {"$type": "blob", "ref": b"\x01\x71\x12\x20" + bytes(32)},
        {"mimeType": "image/png", "cid": "x"},
        {"mimeType": "image/png", "cid": 5},
        {"mimeType": 5, "cid": CID_ONE},
    ):
        assert list(blobs_in(record)) == []


def test_a_record_with_ten_thousand_references_and_a_deep_one_are_read() -> None:
    many = {"images": [reference(blob_link(str(number).encode())) for number in range(10_000)]}
    read = read_frame(commit(DID, 1, a_b=many))
    assert isinstance(read, Commit)
    assert len(read.blobs) == 10_000
    deep: object = reference(ONE)
    for _ in range(200):
        deep = [deep]
    assert read_frame(commit(DID, 1, a_b={"x": deep})) == Commit(
        1, DID, (BlobFound(CID_ONE, f"at://{DID}/a/b"),), True
    )


def test_a_frame_that_would_fill_the_memory_is_not_decoded_and_a_large_one_of_text_is() -> None:
    for item in (b"\x80", b"\xa0", b"\x81\x80"):
        with pytest.raises(BadFrame, match="too much memory"):
            read_frame(frame("#commit", repo=DID, seq=1, ops=[], blocks=item * (2 << 20)))
    text = {"text": "ゆき" * 200_000, "image": reference(ONE)}
    read = read_frame(commit(DID, 7, a_b=text))
    assert read == Commit(7, DID, (BlobFound(CID_ONE, f"at://{DID}/a/b"),), is_whole=True)


def test_records_that_are_not_in_the_frame_are_said_to_be_missing() -> None:
    whole = {"blocks": car({"x": 1})[1], "repo": DID, "seq": 4}
    missing = [{"action": "create", "path": "a/b", "cid": ONE}]
    for body in (
        {**whole, "ops": missing},
        {**whole, "ops": [{"action": "create", "path": "a/b", "cid": None}]},
        {**whole, "ops": missing, "blocks": b"no car"},
        {**whole, "ops": missing, "blocks": b""},
        {**whole, "ops": [{**missing[0], "path": "a/" + "b" * 600}]},
    ):
        assert read_frame(frame("#commit", **body)) == Commit(4, DID, (), is_whole=False)
    links, blocks = car({"x": reference(ONE)})
    made = [{"action": "create", "path": "a/b", "cid": links[0]}]
    too_big = read_frame(frame("#commit", repo=DID, seq=4, ops=made, blocks=blocks, tooBig=True))
    assert too_big == Commit(4, DID, (BlobFound(CID_ONE, f"at://{DID}/a/b"),), is_whole=False)


def test_a_deletion_brings_no_blobs() -> None:
    gone = [{"action": "delete", "path": "a/b", "cid": None}]
    assert read_frame(frame("#commit", repo=DID, seq=4, ops=gone, blocks=b"")) == Commit(4, DID, (), True)


def test_the_other_kinds_of_frames_are_told_apart() -> None:
    assert read_frame(frame("#account", did=DID, seq=1, active=False)) == AccountNews(
        1, DID, "account", False
    )
    assert read_frame(frame("#account", did=DID, seq=1, active=True)) == AccountNews(1, DID, "account", True)
    assert read_frame(frame("#sync", did=DID, seq=2)) == AccountNews(2, DID, "sync", True)
    assert read_frame(frame("#identity", did=DID, seq=3)) == AccountNews(3, DID, "identity", True)
    assert read_frame(frame("#info", name="OutdatedCursor")) == Info("OutdatedCursor")
    assert read_frame(frame("#later", seq=9, x=1)) == Unknown(9)
    fault = encode({"op": -1}) + encode({"error": "FutureCursor", "message": "Cursor in the future."})
    assert read_frame(fault) == Fault("FutureCursor", "Cursor in the future.")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 20,
        encode({"op": 1, "t": "#commit"}),
        encode([]) + encode({}),
        encode({"op": 2, "t": "#commit"}) + encode({}),
        encode({"t": "#commit"}) + encode({}),
        encode({"op": 1, "t": 5}) + encode({}),
        frame("#commit", repo=DID, ops=[], blocks=b""),
        frame("#commit", repo=DID, seq=-1, ops=[], blocks=b""),
        frame("#commit", repo=DID, seq=True, ops=[], blocks=b""),
        frame("#commit", repo="alice", seq=1, ops=[], blocks=b""),
        frame("#commit", repo="did:" + "x" * 300, seq=1, ops=[], blocks=b""),
        frame("#commit", repo=DID, seq=1, ops=5, blocks=b""),
        frame("#commit", repo=DID, seq=1, ops=[5], blocks=b""),
        frame("#commit", repo=DID, seq=1, ops=[{"action": "create"}], blocks=car({})[1]),
        frame("#account", did=None, seq=1),
        frame("#info"),
        encode({"op": -1}) + encode({"error": 5}),
        encode({"op": 1, "t": "#commit"}) + b"\x81" * 100_000 + b"\x01",
        encode({"op": 1, "t": "#commit"}) + encode(Link(b"\x01")),
    ],
)
def test_what_is_no_frame_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadFrame, match=r"^A frame of a stream .*\.$"):
        read_frame(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 255))
def test_no_bytes_break_the_reader(noise: bytes, at: int, value: int) -> None:
    good = bytearray(commit(DID, 7, a_b={"x": reference(ONE)}))
    good[at % len(good)] = value
    for data in (noise, bytes(good), bytes(good[:at])):
        with contextlib.suppress(BadFrame):
            read_frame(data)
