"""The OpenAPI document, made from the table of endpoints: it cannot say what is not served."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.api.endpoint import IMAGE, OPEN, OPERATOR, Endpoint
from bridge.api.schema_parts import Schema, ref
from bridge.api.schemas import SCHEMAS
from bridge.version import VERSION

_BINARY: Schema = {"type": "string", "format": "binary"}
_FIELDS: Schema = {"type": "string"}
_UPLOAD_ERRORS = {413: "can never be checked here", 422: "unhashable", 503: "not checked now"}


def document(endpoints: Iterable[Endpoint]) -> Schema:
    """OpenAPI 3.1."""
    paths: dict[str, Schema] = {}
    for endpoint in endpoints:
        path = re.sub(r":(int|path)\}", "}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "HMA Console bridge", "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> Schema:
    operation: Schema = {
        "summary": endpoint.summary,
        "operationId": f"{endpoint.method.lower()} {endpoint.path}",
        "security": [] if endpoint.access == OPEN else [{"key": []}, {"bearer": []}],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
    }
    if endpoint.access == OPERATOR:
        operation["description"] = "On the Unix socket only; 403 over TCP, whatever the key."
    elif endpoint.access != OPEN:
        operation["description"] = f"Needs the scope `{endpoint.access}`."
    if endpoint.takes:
        content: dict[str, Schema] = {}
        for taken in endpoint.takes:
            content |= _content_taken(taken, endpoint.query)
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(endpoint: Endpoint) -> list[Schema]:
    in_path = re.findall(r"\{(\w+)(?::(int|path))?\}", endpoint.path)
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "int" else "string"},
        }
        for name, kind in in_path
    ] + [{"name": name, "in": "query", "schema": _FIELDS} for name in endpoint.query]


def _content_taken(taken: str, fields: tuple[str, ...]) -> dict[str, Schema]:
    if taken == IMAGE:
        form = {"image": _BINARY, "file": _BINARY, **dict.fromkeys(fields, _FIELDS)}
        return {
            "multipart/form-data": {"schema": {"type": "object", "properties": form}},
            "image/*": {"schema": _BINARY},
        }
    if "/" in taken:
        return {taken: {"schema": _BINARY}}
    return {"application/json": {"schema": ref(taken)}}


def _responses(endpoint: Endpoint) -> Schema:
    given = endpoint.gives
    media = given if "/" in given else "application/json"
    schema = {} if "/" in given else {"schema": ref(given)}
    responses: Schema = {str(endpoint.status): {"description": "Done", "content": {media: schema}}}
    if endpoint.gives in ("Batch", "AskedBatch"):
        responses["207"] = {"description": "Not all could be done", "content": {media: schema}}
    if endpoint.gives == "Health":
        responses["503"] = {"description": "Starting", "content": {media: schema}}
    error = {"content": {"application/json": {"schema": ref("Error")}}}
    if IMAGE in endpoint.takes:
        for status, words in _UPLOAD_ERRORS.items():
            responses[str(status)] = {"description": words, **error}
    responses["default"] = {"description": "An error, in one sentence with its remedy", **error}
    return responses
