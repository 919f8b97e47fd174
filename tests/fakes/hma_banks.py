"""HMA's curation: `/c/…`, banks and what is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from tests.fakes.hma_answers import Answered, abort, as_json, body_of, fault, message, validated
from tests.fakes.hma_routes import Pictures, Routes
from tests.fakes.hma_state import TYPES, Bank, Content, State

LONGEST_NAME, LONGEST_NOTE = 255, 255
FIVE_YEARS = 5 * 365 * 86_400
_PDQ, _MD5 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{32}")


class BankCreateRequest(BaseModel):
    name: str
    enabled: bool | None = None
    enabled_ratio: float | None = 1.0


class BankedContentMetadata(BaseModel):
    model_config = ConfigDict(extra="forbid")
    content_id: str | None = None
    content_uri: str | None = None
    json_: dict[str, object] | None = None


class BankRoutes:
    def __init__(self, state: State, pictures: Pictures) -> None:
        self._state = state
        self._pictures = pictures
        bank, content = r"/c/bank/(?P<bank>[^/]+)", r"/content/(?P<content>\d+)"
        self.table: Routes = {
            r"/c/banks": {"GET": self._list, "POST": self._create},
            bank: {"GET": self._show, "PUT": self._change, "DELETE": self._delete},
            bank + r"/content": {"POST": self._add_content},
            bank + r"/signal": {"POST": self._add_signal},
            bank + content: {"GET": self._content, "PUT": self._change_content, "DELETE": self._remove},
            r"/c/exchanges": {"GET": lambda _: as_json([])},
            r"/c/content_type": {"GET": lambda _: as_json(_CONTENT_TYPES)},
            r"/c/signal_type": {"GET": self._signal_types},
            r"/c/signal_type/index": {"GET": self._indices},
            r"/c/signal_type/(?P<type>[^/]+)": {"PUT": lambda _: fault()},
        }

    def _list(self, _: Answered) -> Response:
        return as_json([bank.json for bank in self._state.banks])

    def _signal_types(self, _: Answered) -> Response:
        return as_json([{"enabled_ratio": 1.0, "name": name} for name in self._state.types])

    async def _create(self, asked: Answered) -> Response:
        wanted = validated(BankCreateRequest, await body_of(asked.request, silent=True))
        _check_name(wanted.name)
        if self._state.bank(wanted.name):
            return message(403, "Bank already exists")
        ratio = wanted.enabled_ratio
        if ratio is None:
            ratio = float(wanted.enabled is not False)
        return as_json(self._state.add_bank(wanted.name, ratio).json, 201)

    def _show(self, asked: Answered) -> Response:
        return as_json(self._bank(asked).json)

    async def _change(self, asked: Answered) -> Response:
        bank = self._state.bank(asked.names["bank"])
        if bank is None:
            return message(404, "Bank not found")
        wanted = await body_of(asked.request)
        assert isinstance(wanted, dict)
        if name := wanted.get("name"):
            _check_name(name)
            if self._state.bank(name):
                return message(403, "Bank name already exists")
            bank.name = name
        if "enabled" in wanted:
            bank.ratio = float(wanted["enabled"])
        bank.ratio = wanted.get("enabled_ratio", bank.ratio)
        return as_json(bank.json)

    def _delete(self, asked: Answered) -> Response:
        self._state.delete_bank(asked.names["bank"])
        return message(200, "Done")

    async def _add_content(self, asked: Answered) -> Response:
        bank, metadata, note = self._bank(asked), None, None
        if "url" in asked.request.query_params:
            signals = self._pictures.at(asked)
            body = await body_of(asked.request, silent=True)
            if isinstance(body, dict):
                metadata, note = body.get("metadata"), body.get("note")
        elif "content-type" in asked.request.headers:
            signals, fields = await self._pictures.signals(asked)
            metadata, note = _metadata(fields.get("metadata")), fields.get("note")
        else:
            return message(400, "Neither `url` nor multipart file upload was received")
        return self._add(bank, signals, note, metadata)

    async def _add_signal(self, asked: Answered) -> Response:
        body = await body_of(asked.request)
        bank = self._bank(asked)
        signals = dict(body.items())  # type: ignore[attr-defined]
        note = signals.pop("note", None)
        if not signals:
            return message(400, "No signals given")
        for name in signals:
            if name not in self._state.types:
                return message(400, f"No such signal type {name}")
        return self._add(bank, signals, note, None)

    def _add(
        self,
        bank: Bank,
        signals: Mapping[str, object],
        note: str | None,
        metadata: Mapping[str, object] | None,
    ) -> Response:
        if note is not None and len(note) > LONGEST_NOTE:
            return message(400, "note must be at most 255 characters")
        read = {name: valid(name, value, f"Invalid {name} signal") for name, value in signals.items()}
        content = self._state.add(bank, read, note, metadata)
        return as_json({"id": content.id, "signals": read})

    def _content(self, asked: Answered) -> Response:
        self._bank(asked)
        content = self._found(asked)
        shown: dict[str, object] = {
            "bank": content.bank.json,
            "disable_until_ts": content.disable_until,
            "id": content.id,
            "original_media_uri": None,
        }
        if content.note is not None:
            shown["note"] = content.note
        if content.metadata and asked.query("include_metadata", "true") == "true":
            shown["metadata"] = {"collab": None, **_whole(content.metadata)}
        if asked.query("include_signals") == "true":
            shown["signals"] = content.signals
        return as_json(shown)

    async def _change_content(self, asked: Answered) -> Response:
        wanted = await body_of(asked.request)
        assert isinstance(wanted, dict)
        self._bank(asked)
        content = self._found(asked)
        if "disable_until_ts" in wanted:
            until = wanted["disable_until_ts"]
            if not isinstance(until, int):
                return message(400, f"Invalid int: {until!r}")
            if until < 0:
                return message(400, "disable_until_ts must be a non-negative integer")
            if until > self._state.now() + FIVE_YEARS:
                return message(400, "disable_until_ts must be less than 5 years in the future")
            content.disable_until = until
        content.note = wanted.get("note", content.note)
        return as_json(
            {
                "bank": content.bank.json,
                "collab_metadata": {},
                "disable_until_ts": content.disable_until,
                "id": content.id,
                "note": content.note,
                "original_media_uri": None,
                "user_metadata": _whole(content.metadata) if content.metadata else None,
            }
        )

    def _remove(self, asked: Answered) -> Response:
        self._bank(asked)
        gone = self._state.contents.pop(int(asked.names["content"]), None)
        return as_json({"deleted": int(gone is not None)})

    def _indices(self, asked: Answered) -> Response:
        state = self._state
        return as_json(
            {
                name: {
                    "db_size": len(state.stored(name)),
                    "index_built_to": state.built_to[name],
                    "index_out_of_date": state.is_out_of_date(name),
                    "index_size": len(state.index[name]),
                    "newest_db_item": state.newest(name),
                }
                for name in wanted_types(asked, self._state.types)
            }
        )

    def _bank(self, asked: Answered) -> Bank:
        """Raises Aborted. Whether a content is in it nobody looks."""
        name = asked.names["bank"]
        bank = self._state.bank(name)
        if bank is None:
            raise abort(404, f"bank '{name}' not found")
        return bank

    def _found(self, asked: Answered) -> Content:
        number = int(asked.names["content"])
        if number not in self._state.contents:
            raise abort(404, f"content '{number}' not found")
        return self._state.contents[number]


_CONTENT_TYPES = [{"enabled": True, "name": "photo"}, {"enabled": True, "name": "video"}]


def wanted_types(asked: Answered, types: Sequence[str]) -> Sequence[str]:
    name = asked.query("signal_type")
    if name and name not in types:
        raise abort(400, f"No such signal type '{name}'")
    return [name] if name else types


def valid(signal_type: str, value: object, complaint: str) -> str:
    """PDQ in lower case only; MD5 in either, stored in lower. Raises Aborted."""
    if not isinstance(value, str):
        raise abort(400, f"{complaint}: expected string or bytes-like object, got {type(value).__name__!r}")
    if signal_type not in TYPES:
        return value
    if signal_type == "pdq" and not _PDQ.fullmatch(value):
        raise abort(400, f"{complaint}: invalid PDQ hash")
    if signal_type != "pdq" and not _MD5.fullmatch(value.lower()):
        raise abort(400, f"{complaint}: invalid MD5 hash")
    return value.lower()


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise abort(400, "Bank names must be UPPER_WITH_UNDERSCORE")
    assert len(name) <= LONGEST_NAME, "PostgreSQL refuses it"


def _metadata(text: str | None) -> Mapping[str, object] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        raise abort(400, "metadata form field must be valid JSON") from None
    if not isinstance(value, dict):
        raise abort(400, "metadata should be a json object")
    named = {"json_" if key == "json" else key: inner for key, inner in value.items()}
    try:
        BankedContentMetadata.model_validate(named)
    except ValidationError as error:
        raise abort(400, f"Invalid metadata: {error}") from None
    return value


def _whole(metadata: Mapping[str, object]) -> dict[str, object]:
    return {name: metadata.get(name) for name in ("content_id", "content_uri", "json")}
