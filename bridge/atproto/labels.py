"""Labels as labelers stream them (`com.atproto.label.subscribeLabels`). Pure.

What they say is https://atproto.com/specs/label; everything in them was written by strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import libipld

from bridge.atproto.cids import LONGEST as LONGEST_CID
from bridge.atproto.frames import BadFrame, Fault, Info, Unknown, open_frame, seq_of
from bridge.atproto.names import account_of_record, is_did
from bridge.atproto.service_tokens import BadToken, VerifyingKey, key_of_did
from bridge.catalogue import Category
from bridge.errors import SettingsError

SEVERE: Mapping[str, Category] = {
    "!takedown": Category.OWN,
    "!suspend": Category.OWN,
    "!hide": Category.OWN,
    "csam": Category.CHILD_SAFETY,
    "csem": Category.CHILD_SAFETY,
}
"""The values that bring an account to the operator, and the category of its case."""


@dataclass(frozen=True, slots=True)
class Labeler:
    """`url` is its stream's, without a cursor; `key` signs its labels, None where that is not checked."""

    url: str
    key: VerifyingKey | None


@dataclass(frozen=True, slots=True)
class Label:
    """What the labeler `source` says of an account of ours or a record: `uri` is a DID or a record's URI."""

    source: str
    uri: str
    cid: str
    value: str
    _signed: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    @property
    def did(self) -> str:
        """The account it is about, empty where none is named."""
        return self.uri if is_did(self.uri) else account_of_record(self.uri)

    def is_signed_by(self, key: VerifyingKey) -> bool:
        return key.verifies(self._signature, self._signed)


@dataclass(frozen=True, slots=True)
class Labels:
    """Of one frame, those that are severe and stand: what takes one back is left out."""

    seq: int
    labels: tuple[Label, ...]


LabelFrame = Labels | Info | Unknown | Fault


def labeler_of(setting: str) -> Labeler:
    """`https://labeler.example`, or that, a blank, and the `did:key:` that signs. Raises SettingsError."""
    address, _, key = setting.strip().partition(" ")
    parts = urlsplit(address)
    schemes = {"http": "ws", "ws": "ws", "https": "wss", "wss": "wss"}
    if parts.scheme not in schemes or not parts.hostname or parts.query:
        raise SettingsError(f"labels.watch takes addresses of labelers, not {setting[:80]!r}.")
    base = f"{schemes[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}"
    try:
        known = key_of_did(key.strip()) if key else None
    except BadToken:
        raise SettingsError(
            f"labels.watch: the key of {parts.hostname} is none.", "It begins with did:key:z."
        ) from None
    return Labeler(f"{base}/xrpc/com.atproto.label.subscribeLabels", known)


def read_labels(data: bytes) -> LabelFrame:
    """Raises BadFrame."""
    return open_frame(data, _message)


def _message(kind: str, body: Mapping[str, Any]) -> Labels | Info | Unknown:
    if kind == "#info":
        return Info(str(body["name"]))
    if kind != "#labels":
        return Unknown(seq_of(body))
    given = body["labels"]
    if not isinstance(given, list):
        raise BadFrame("A frame of labels has none.")
    read = (_label(each) for each in given if _is_severe(each))
    return Labels(seq_of(body), tuple(each for each in read if each is not None))


def _is_severe(label: object) -> bool:
    if not isinstance(label, dict) or label.get("neg") is True:
        return False
    value = label.get("val")
    return isinstance(value, str) and value in SEVERE


def _label(given: Mapping[str, Any]) -> Label | None:
    """None where it names neither who made it nor what it is on: the others of its frame still count.

    What is signed is the label without its signature, as DAG-CBOR.
    """
    source, uri, cid, signature = (given.get(name) for name in ("src", "uri", "cid", "sig"))
    if not isinstance(source, str) or not is_did(source) or not isinstance(uri, str):
        return None
    return Label(
        source,
        uri,
        cid if isinstance(cid, str) and len(cid) <= LONGEST_CID else "",
        given["val"],
        libipld.encode_dag_cbor({name: value for name, value in given.items() if name != "sig"}),
        signature if isinstance(signature, bytes) else b"",
    )
