"""Labels are read as strangers wrote them; settings that name no labeler are a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bridge.atproto.frames import BadFrame, Info, Unknown
from bridge.atproto.labels import Labels, labeler_of, read_labels
from bridge.errors import SettingsError
from bridge.settings import LabelSettings, Settings
from tests.atproto.dag_cbor import frame
from tests.fakes.labeler import DID, label
from tests.network.watching import watching

KEY = ec.generate_private_key(ec.SECP256K1())


def test_frames_of_labels_are_read() -> None:
    read = read_labels(frame("#labels", seq=5, labels=[label(KEY, DID, "csam"), label(KEY, DID, "spam")]))
    assert isinstance(read, Labels)
    assert read.seq == 5
    assert [(each.did, each.value) for each in read.labels] == [(DID, "csam")]
    assert read_labels(frame("#info", name="OutdatedCursor")) == Info("OutdatedCursor")
    assert read_labels(frame("#later", seq=6)) == Unknown(6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        frame("#labels", labels=[]),
        frame("#labels", seq=-1, labels=[]),
        frame("#labels", seq=1, labels=5),
        frame("#labels", seq=1),
        frame("#later"),
    ],
)
def test_what_is_no_frame_of_labels_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        read_labels(data)


def test_a_label_that_names_nobody_keeps_none_of_its_frame_from_being_heard() -> None:
    odd = [{"val": "csam", "src": "x", "uri": DID}, {"val": "csam", "src": DID, "uri": 5}]
    read = read_labels(frame("#labels", seq=5, labels=[*odd, label(KEY, DID, "csam")]))
    assert isinstance(read, Labels)
    assert [each.did for each in read.labels] == [DID]


def test_what_is_no_label_is_passed_over() -> None:
    read = read_labels(frame("#labels", seq=1, labels=[5, {}, {"val": 5}, {"val": ["csam"]}]))
    assert read == Labels(1, ())


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("https://labeler.example/", "wss://labeler.example"),
        ("http://127.0.0.1:81", "ws://127.0.0.1:81"),
        ("wss://labeler.example/at", "wss://labeler.example/at"),
    ],
)
def test_a_labeler_is_named_by_its_address(setting: str, url: str) -> None:
    assert labeler_of(setting).url == f"{url}/xrpc/com.atproto.label.subscribeLabels"
    key = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
    assert labeler_of(setting).key is None
    assert labeler_of(f"{setting} {key}").key is not None


@pytest.mark.parametrize(
    "setting", ["labeler.example", "ftp://x", "https://", "https://x/?y", "https://x did:key:z0"]
)
def test_what_names_no_labeler_is_a_sentence(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"labels\.watch"):
        labeler_of(setting)


async def test_labels_are_watched_for_the_accounts_of_a_pds(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="for the accounts of a PDS"):
        async with watching(replace(settings, labels=LabelSettings(("https://labeler.example",)))):
            pass
