"""The shapes of HMA's answers: JSON as Flask writes it, and the four of its errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and the names that stand in its path."""

    request: Request
    names: dict[str, str]

    def query(self, name: str, otherwise: str = "") -> str:
        return self.request.query_params.get(name, otherwise)


class Aborted(Exception):
    """Ends a request with an error."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def as_json(value: object, status: int = 200) -> Response:
    text = json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
    return Response(text, status, media_type="application/json")


def message(status: int, text: str) -> Response:
    return as_json({"message": text}, status)


def abort(status: int, text: str) -> Aborted:
    return Aborted(message(status, text))


def fault() -> Response:
    """A 500 of HMA's: what bad input gets, too."""
    return message(
        500,
        "The server encountered an internal error and was unable to complete your request."
        " Either the server is overloaded or there is an error in the application.",
    )


def html(status: int, title: str, words: str) -> Response:
    heading = title if status != 200 else "Hello"
    name = title if status in (200, 302) else f"{status} {title}"
    page = (
        f"<!doctype html>\n<html lang=en>\n<title>{name}</title>\n<h1>{heading}</h1>\n<p>{words}</p>\n"
        if status != 302
        else f"<!doctype html>\n<html lang=en>\n<title>{name}</title>\n<h1>{heading}</h1>\n<p>{words}\n"
    )
    return Response(page, status, media_type="text/html")


def validated(model: type[M], value: object) -> M:
    """Raises Aborted with pydantic's array, 422."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Aborted(as_json(json.loads(error.json()), 422)) from None


def not_json() -> Aborted:
    return abort(
        415,
        "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
    )


async def body_of(request: Request, *, silent: bool = False) -> object:
    """The JSON of a request; None instead of an error where `silent`. Raises Aborted."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        if silent:
            return None
        raise not_json()
    try:
        return json.loads(await request.body())
    except ValueError:
        return None
