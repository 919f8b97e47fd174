"""How a fake HMA finds who answers, and how pictures reach it: as one part of a form, or by address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.hma_answers import Aborted, Answered, abort, fault, html

Handler = Callable[[Answered], Response | Awaitable[Response]]
Handlers = Mapping[str, Handler]
Routes = Mapping[str, Handlers]

CONTENT_TYPES = {"photo": "pdq", "video": "video_md5"}


def route_of(routes: Routes, path: str) -> tuple[Handlers, dict[str, str]] | None:
    for pattern, handlers in routes.items():
        if found := re.fullmatch(pattern, path):
            return handlers, found.groupdict()
    return None


async def call(handler: Handler, request: Request, names: dict[str, str]) -> Response:
    """What the handler answers; whatever it did not expect is a 500."""
    try:
        answer = handler(Answered(request, names))
        return await answer if isawaitable(answer) else answer
    except Aborted as aborted:
        return aborted.answer
    except Exception:  # HMA answers so, too, and says no more
        return fault()


def method_not_allowed(allowed: str) -> Response:
    answer = html(405, "Method Not Allowed", "The method is not allowed for the requested URL.")
    answer.headers["Allow"] = allowed
    return answer


@dataclass(frozen=True, slots=True)
class Pictures:
    """Hashes what is sent. `photo` and `video` raise where they cannot; `others` are an extension's."""

    photo: Callable[[bytes], str]
    video: Callable[[bytes], str]
    web: Mapping[str, bytes]
    others: Mapping[str, Callable[[bytes], str]]

    async def signals(self, asked: Answered) -> tuple[dict[str, str], Mapping[str, str]]:
        """The signals of the one file of the form, and the form's other fields. Raises Aborted."""
        async with asked.request.form() as form:
            files = [(name, part) for name, part in form.multi_items() if isinstance(part, UploadFile)]
            fields = {name: part for name, part in form.items() if isinstance(part, str)}
            if not files:
                raise abort(400, "Missing multipart/form-data file upload")
            if len(files) > 1:
                raise abort(400, "Only one file allowed per request")
            name, file = files[0]
            body = await file.read()
        if name not in CONTENT_TYPES:
            raise abort(400, f"no such content_type: '{name}'")
        return self._hash(name, body, asked), fields

    def at(self, asked: Answered) -> dict[str, str]:
        """The same of what stands at the address `url`."""
        url = asked.query("url")
        if url not in self.web:
            raise abort(400, f"Failed to fetch URL: 404 Client Error: Not Found for url: {url}")
        return self._hash(asked.query("content_type", "photo"), self.web[url], asked)

    def _hash(self, content_type: str, body: bytes, asked: Answered) -> dict[str, str]:
        signal_type = CONTENT_TYPES[content_type]
        if "types" in asked.request.query_params:
            types = [each for each in asked.query("types").split(",") if each]
            if not types:
                raise abort(400, "empty signal type selection")
            if signal_type not in types:
                raise abort(400, f"signal type '{types[0]}' doesn't exist or is disabled")
        if content_type == "video":
            return {signal_type: self.video(body)}
        return {signal_type: self.photo(body), **{name: make(body) for name, make in self.others.items()}}
