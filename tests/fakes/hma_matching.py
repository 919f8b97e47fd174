"""HMA's hashing and matching: `/h/…` and `/m/…`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel
from starlette.responses import Response

from tests.fakes.hma_answers import Answered, abort, as_json, body_of, message, validated
from tests.fakes.hma_banks import valid, wanted_types
from tests.fakes.hma_routes import Pictures, Routes
from tests.fakes.hma_state import THRESHOLD, TYPES, Near, State


class RawLookupQuery(BaseModel):
    signal: str
    signal_type: str
    include_distance: bool = False
    banks: str | None = None


class MatchRoutes:
    def __init__(self, state: State, pictures: Pictures, is_loaded: Callable[[], bool]) -> None:
        self._state = state
        self._pictures = pictures
        self._is_loaded = is_loaded
        self.table: Routes = {
            r"/h/hash": {"GET": self._no_url, "POST": self._hash},
            r"/m/raw_lookup": {"GET": self._raw_lookup},
            r"/m/lookup": {"GET": self._lookup, "POST": self._lookup_file},
            r"/m/compare": {"POST": self._compare},
            r"/m/index/status": {"GET": self._status},
        }

    def _no_url(self, _: Answered) -> Response:
        return message(400, "url is required")

    async def _hash(self, asked: Answered) -> Response:
        signals, _ = await self._pictures.signals(asked)
        return as_json(signals)

    def _raw_lookup(self, asked: Answered) -> Response:
        query = validated(RawLookupQuery, dict(asked.request.query_params))
        found = self._search(
            query.signal_type, query.signal, lambda name, value: self._state.search(name, value)
        )
        found = _within(found, query.banks)
        return as_json({"matches": [near.json if query.include_distance else near.id for near in found]})

    def _lookup(self, asked: Answered) -> Response:
        """`bypass_coinflip` is declared for it, and does nothing."""
        signal_type, signal = asked.query("signal_type"), asked.query("signal")
        if not signal_type or not signal:
            return message(400, "Either url or both signal and signal_type are required")
        seed = asked.request.query_params.get("seed")
        found = self._search(signal_type, signal, lambda name, value: self._state.lookup(name, value, seed))
        return as_json(_by_bank(_within(found, asked.request.query_params.get("banks"))))

    async def _lookup_file(self, asked: Answered) -> Response:
        signals, _ = await self._pictures.signals(asked)
        query = asked.request.query_params
        seed, bypass = query.get("seed"), query.get("bypass_coinflip") == "true"
        banks: dict[str, object] = {}
        for name, signal in signals.items():
            found = self._search(name, signal, lambda n, value: self._state.lookup(n, value, seed, bypass))
            banks[name] = _by_bank(_within(found, query.get("banks")))
        return as_json(banks)

    def _search(self, name: str, signal: str, search: Callable[[str, str], list[Near]]) -> list[Near]:
        if name not in self._state.types:
            raise abort(400, f"No such SignalType '{name}'")
        value = valid(name, signal, "invalid signal")
        if not self._is_loaded():
            raise abort(503, "index not yet ready")
        return search(name, value)

    async def _compare(self, asked: Answered) -> Response:
        """Two MD5 cannot be compared: the answer does not become JSON."""
        wanted = await body_of(asked.request)
        if not isinstance(wanted, dict):
            return message(400, "Request input was not a dict")
        compared: dict[str, object] = {}
        for name, pair in wanted.items():
            if name not in TYPES:
                return message(400, f"No such SignalType '{name}'")
            if not isinstance(pair, list):
                return message(400, f"Comparison hashes for {name} was not a list")
            if len(pair) != 2:
                return message(400, "Comparison hash list length must be exactly 2")
            a, b = (valid(name, value, f"Invalid {name} hash") for value in pair)
            assert name == "pdq"
            distance = (int(a, 16) ^ int(b, 16)).bit_count()
            compared[name] = [distance <= THRESHOLD, {"distance": distance}]
        return as_json(compared)

    def _status(self, asked: Answered) -> Response:
        state = self._state
        return as_json(
            {
                name: {"built_to": state.built_to[name], "present": True, "size": len(state.index[name])}
                for name in wanted_types(asked, state.types)
            }
        )


def _within(found: list[Near], banks: str | None) -> list[Near]:
    names = None if banks is None else banks.split(",")
    return [near for near in found if names is None or near.bank.name in names]


def _by_bank(found: Sequence[Near]) -> dict[str, list[dict[str, object]]]:
    banks: dict[str, list[dict[str, object]]] = {}
    for near in found:
        banks.setdefault(near.bank.name, []).append(near.json)
    return banks
