"""Request bodies, read as they arrive: an image on its own, or in a form, before or after its fields.

A body is never in memory twice and never on disk. Starlette's form parser would spool a file to
disk and hand it over afterwards; here each piece goes straight to the pipeline's receiver.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from bridge.api.parts import parts
from bridge.banks.lists import signal_of
from bridge.errors import BadSignal, InputError
from bridge.receiving import Content, Receiver
from bridge.signals import Signal

FILE_FIELDS = ("image", "file")
LONGEST_FIELD = 64 << 10
MOST_FIELDS = 50
LONGEST_JSON = 256 << 10
SILENCE_SECONDS = 30.0
BODY_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Received:
    """A file of a request and the fields that came with it (for a raw body, the query's)."""

    content: Content
    fields: dict[str, str]
    file_name: str = ""


async def json_body(request: Request, longest: int = LONGEST_JSON) -> dict[str, object]:
    """The body as a JSON object of at most `longest` bytes. Raises InputError."""
    body = bytearray()
    async for chunk in chunks(request):
        body += chunk
        if len(body) > longest:
            raise InputError(f"The JSON is longer than {longest >> 10} kB.", "Send less at a time.")
    return json_object(bytes(body))


def json_object(body: bytes) -> dict[str, object]:
    """Raises InputError."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair can be stored nowhere
    except (ValueError, RecursionError):
        raise InputError("The body is not JSON.", "Send a JSON object.") from None
    if not isinstance(value, dict):
        raise InputError("The JSON is not an object.", "Send a JSON object.")
    return value


def hash_in(value: str, kind: str = "") -> Signal:
    """A hash that a request names; without a type it is told by its length. Raises BadSignal."""
    try:
        return signal_of(value, kind)
    except BadSignal as bad:
        raise BadSignal(f"The hash cannot be read: {bad.message}.") from None


def is_json(request: Request) -> bool:
    return _content_type(request)[0] == "application/json"


async def chunks(request: Request, silence: float | None = None) -> AsyncIterator[bytes]:
    """The body as it arrives; `silence` is how many seconds nothing may come.

    Raises InputError where the sender goes away, falls silent, or drips.
    """
    silence = SILENCE_SECONDS if silence is None else silence
    stream, ends = request.stream(), asyncio.get_running_loop().time() + BODY_SECONDS
    try:
        while True:
            if asyncio.get_running_loop().time() > ends:
                raise InputError(f"The body took longer than {BODY_SECONDS / 60:.0f} minutes.")
            async with asyncio.timeout(silence):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise InputError("The connection ended before the body did.") from None
    except TimeoutError:
        raise InputError(f"Nothing of the body came for {silence:.0f} seconds.") from None


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Received]:
    """The one file of a request; its bytes are held until the block is left.

    Raises InputError where there is none or more than one, TooLarge, NotChecked (busy).
    """
    async with AsyncExitStack() as held:
        found: list[Received] = []
        fields: dict[str, str] = dict(request.query_params)
        async for item in files(request, held, fields):
            if found:
                raise InputError("One image at a time is taken here.", "Use /api/v1/match/batch for several.")
            found.append(item)
        if not found or not found[0].content.size:
            raise InputError("The request has no image.", "Send it as the field `image`, or as the body.")
        yield found[0]


async def files(request: Request, held: AsyncExitStack, fields: dict[str, str]) -> AsyncIterator[Received]:
    """Each file of a request as soon as it is there; `fields` fills as the fields arrive.

    The bytes of a file are held until `held` is closed, or until the caller closes it in between.
    """
    kind, options = _content_type(request)
    if kind == "multipart/form-data":
        boundary = options.get(b"boundary", b"")
        if not boundary or len(boundary) > 200:
            raise InputError("The form has no boundary.", "Send multipart/form-data with its boundary.")
        async for item in _files_of_form(request, boundary, held, fields):
            yield item
        return
    receiver = await held.enter_async_context(parts(request).pipeline.receive(length_of(request)))
    async for chunk in chunks(request):
        await receiver.feed(chunk)
    yield Received(await receiver.finish(), fields)


async def _files_of_form(
    request: Request, boundary: bytes, held: AsyncExitStack, fields: dict[str, str]
) -> AsyncIterator[Received]:
    form, length = _Form(boundary), length_of(request)
    receiver: Receiver | None = None
    async for chunk in chunks(request):
        for step in form.feed(chunk):
            match step:
                case _Begun(file_name=None):
                    receiver = None
                case _Begun():
                    receiver = await held.enter_async_context(parts(request).pipeline.receive(length))
                case _Data(data=data) if receiver is not None:
                    await receiver.feed(data)
                case _Ended(name=_, file_name=file_name) if receiver is not None:
                    yield Received(await receiver.finish(), fields, file_name or "")
                    receiver = None
                case _Ended(name=name, value=value):
                    fields[name] = value
                    if len(fields) > MOST_FIELDS:
                        raise InputError("The form has too many fields.")
                case _Data():
                    pass
    if not form.complete:
        raise InputError("The form ended early.", "Send the whole form with its closing boundary.")


@dataclass(frozen=True, slots=True)
class _Begun:
    name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class _Data:
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Ended:
    name: str
    file_name: str | None
    value: str


_Step = _Begun | _Data | _Ended


class _Form:
    """A push parser's callbacks as a list of steps; the values of plain fields are gathered here."""

    def __init__(self, boundary: bytes) -> None:
        self.complete = False
        self._steps: list[_Step] = []
        self._name = ""
        self._file_name: str | None = None
        self._value = bytearray()
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_ends,
                "on_end": self._form_ends,
            },
        )

    def feed(self, chunk: bytes) -> list[_Step]:
        """Raises InputError where this is no form."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise InputError("The form is not well formed.", "Send multipart/form-data.") from None
        steps, self._steps = self._steps, []
        return steps

    def _part_begins(self) -> None:
        self._disposition, self._value = b"", bytearray()
        self._header_name.clear()
        self._header_value.clear()

    def _header_ends(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        file_name = options.get(b"filename")
        self._file_name = None
        if file_name is not None or self._name in FILE_FIELDS:
            self._file_name = (file_name or b"").decode("utf-8", "replace")
        self._steps.append(_Begun(self._name, self._file_name))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file_name is not None:
            self._steps.append(_Data(data[start:end]))
            return
        self._value += data[start:end]
        if len(self._value) > LONGEST_FIELD:
            raise InputError(f"The field {self._name[:40]!r} is longer than 64 kB.")

    def _part_ends(self) -> None:
        value = self._value.decode("utf-8", "replace")
        self._steps.append(_Ended(self._name, self._file_name, value))

    def _form_ends(self) -> None:
        self.complete = True


def _content_type(request: Request) -> tuple[str, dict[bytes, bytes]]:
    kind, options = parse_options_header(request.headers.get("content-type"))
    return kind.decode("latin-1").lower(), options


def length_of(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdigit() else None
