"""Holds every JSON answer against the OpenAPI document that the bridge serves."""

from __future__ import annotations

import re
from functools import cache

import httpx
from jsonschema import Draft202012Validator

from bridge.api.endpoints import ENDPOINTS
from bridge.api.openapi import document
from bridge.api.schema_parts import Schema, ref

DOCUMENT = document(ENDPOINTS)


async def keeps_to_the_contract(response: httpx.Response) -> None:
    """A response hook: raises jsonschema.ValidationError where the answer is not as documented."""
    if response.headers.get("content-type") != "application/json":
        return
    await response.aread()
    schema = documented(response.request.method, response.request.url.path, response.status_code)
    if schema:
        validator(schema).validate(response.json())


def documented(method: str, path: str, status: int) -> Schema:
    """The schema of that answer; the error's where there is no such endpoint."""
    for template, methods in DOCUMENT["paths"].items():
        if method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            responses = methods[method.lower()]["responses"]
            answer = responses.get(str(status)) or (responses["default"] if status >= 400 else None)
            assert answer, f"{method} {path} answers {status}, which its document does not know"
            return dict(answer["content"].get("application/json", {}).get("schema", {}))
    return ref("Error")


def validator(schema: Schema) -> Draft202012Validator:
    return _validator(schema["$ref"]) if "$ref" in schema else Draft202012Validator(schema)


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "components": DOCUMENT["components"]})
