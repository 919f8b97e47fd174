"""What an HMA tells, as values. An answer of another shape raises HmaGarbled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.catalogue import LARGEST_THRESHOLD
from bridge.matching.hma_errors import HmaGarbled
from bridge.signals import SignalType

HMA_NAMES: Mapping[SignalType, str] = {SignalType.PDQ: "pdq", SignalType.MD5: "video_md5"}
"""The signal types of ours that HMA has, by its names. MD5 is of a file's bytes, whatever they are."""

NO_DISTANCE = "-"
_DISTANCES = frozenset(map(str, range(LARGEST_THRESHOLD + 1)))
_BANK = re.compile(r"[A-Z_][A-Z0-9_]{0,254}")
ALWAYS_ON = 1.0


@dataclass(frozen=True, slots=True)
class HmaBank:
    """`ratio` is the share of lookups that it takes part in: 0 is off, 1 and more is on."""

    name: str
    ratio: float

    @property
    def is_on(self) -> bool:
        return self.ratio > 0

    @property
    def is_sampled(self) -> bool:
        """Whether chance decides about it in a lookup."""
        return 0 < self.ratio < ALWAYS_ON


@dataclass(frozen=True, slots=True)
class Hit:
    """A content near a signal. `distance` is 0 where the signal is exact."""

    content_id: int
    distance: int


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """The index that the worker who answered has in memory: `size` hashes, all changes up to `built_to`.

    Times are whole seconds since 1970, -1 for never.
    """

    size: int
    built_to: int


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """What the database has, and the index that was built of it last; times as above."""

    stored: int
    newest: int
    size: int
    built_to: int
    is_behind: bool


@dataclass(frozen=True, slots=True)
class HmaContent:
    """One content: whose ids are HMA's own, over all banks. `signals` by HMA's names, in hexadecimal."""

    id: int
    bank: HmaBank
    disable_until: int
    """0 is off, 1 is on, else off until then, in seconds since 1970."""
    note: str
    signals: Mapping[str, str]
    metadata: Mapping[str, Any]

    def is_on(self, now: int) -> bool:
        return self.disable_until != 0 and self.disable_until <= now


def bank_of(value: object) -> HmaBank:
    told = _object(value)
    ratio = told.get("matching_enabled_ratio")
    if isinstance(ratio, bool) or not isinstance(ratio, (int, float)):
        raise _other_shape()
    return HmaBank(_name(told.get("name")), float(ratio))


def banks_of(value: object) -> tuple[HmaBank, ...]:
    return tuple(bank_of(one) for one in _list(value))


def signal_types_of(value: object) -> frozenset[str]:
    """The names of those that are on."""
    told = [_object(one) for one in _list(value)]
    return frozenset(_text(one.get("name")) for one in told if one.get("enabled_ratio") != 0)


def hits_of(value: object, type_: str) -> tuple[Hit, ...]:
    """Of `[{"bank_content_id": 8, "distance": "1"}]`: the distance is a text, `-` where there is none.

    What it means in a type of HMA's own nobody here knows: the largest stands for it.
    """
    read = _hit if type_ in HMA_NAMES.values() else _unmeasured
    return tuple(read(_object(one)) for one in _list(value))


def raw_hits_of(value: object, type_: str) -> tuple[Hit, ...]:
    return hits_of(_object(value).get("matches"), type_)


def hits_by_bank_of(value: object, type_: str) -> dict[str, tuple[Hit, ...]]:
    return {_name(name): hits_of(found, type_) for name, found in _object(value).items()}


def loaded_of(value: object) -> dict[str, LoadedIndex]:
    return {
        name: LoadedIndex(_whole(one.get("size")) if one.get("present") else 0, _whole(one.get("built_to")))
        for name, one in _objects(value)
    }


def built_of(value: object) -> dict[str, BuiltIndex]:
    return {
        name: BuiltIndex(
            _whole(one.get("db_size")),
            _whole(one.get("newest_db_item")),
            _whole(one.get("index_size")),
            _whole(one.get("index_built_to")),
            one.get("index_out_of_date") is True,
        )
        for name, one in _objects(value)
    }


def hashes_of(value: object) -> dict[str, str]:
    """Of `{"pdq": "2d6b…"}`, by HMA's names of the types; empty where the picture is too flat to have one."""
    return {name: _text(one) for name, one in _object(value).items()}


def added_of(value: object) -> int:
    """The id of a content that was added."""
    return _whole(_object(value).get("id"))


def deleted_of(value: object) -> int:
    return _whole(_object(value).get("deleted"))


def content_of(value: object) -> HmaContent:
    told = _object(value)
    return HmaContent(
        _whole(told.get("id")),
        bank_of(told.get("bank")),
        _whole(told.get("disable_until_ts")),
        _text(told.get("note") or ""),
        {name: _text(one) for name, one in _object(told.get("signals") or {}).items()},
        _object(told.get("metadata") or {}),
    )


def _hit(told: Mapping[str, Any]) -> Hit:
    distance = told.get("distance")
    if distance == NO_DISTANCE:
        return Hit(_whole(told.get("bank_content_id")), 0)
    text = _text(distance)
    if text not in _DISTANCES:
        raise _other_shape()
    return Hit(_whole(told.get("bank_content_id")), int(text))


def _unmeasured(told: Mapping[str, Any]) -> Hit:
    return Hit(_whole(told.get("bank_content_id")), LARGEST_THRESHOLD)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _other_shape()
    return value


def _objects(value: object) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, _object(one)) for name, one in _object(value).items()]


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _other_shape()
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _other_shape()
    return value


def _name(value: object) -> str:
    """A bank's, as HMA lets them be."""
    if not isinstance(value, str) or not _BANK.fullmatch(value):
        raise _other_shape()
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise _other_shape()
    return value


def _other_shape() -> HmaGarbled:
    return HmaGarbled("The answer has not the shape of an HMA's.")
