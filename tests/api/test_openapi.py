"""The OpenAPI document is served, well formed, and says no more and no less than is served.

That every answer keeps to it is seen by all other tests here (`contract.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator, ValidationError
from starlette.routing import Route

from bridge.api.schemas import SCHEMAS
from bridge.runtime import Bridge
from tests.api.asking import V1
from tests.api.contract import DOCUMENT, documented, validator

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


async def test_it_is_served_to_whoever_may_read(app: httpx.AsyncClient) -> None:
    assert (await app.get(f"{V1}/openapi.json")).json() == json.loads(json.dumps(DOCUMENT))


async def test_every_route_is_in_it_and_the_other_way_round(bridge: Bridge) -> None:
    served = {
        (method, re.sub(r":(int|path)\}", "}", route.path))
        for route in bridge.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    written = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    others = {(method, path) for method, path in served if path.startswith("/xrpc/")}
    assert served - others == written
    assert all(f"{method} {path}" in DOCS.read_text() for method, path in others), "atproto's own contracts"


def test_every_path_is_in_the_written_contract() -> None:
    text = DOCS.read_text()
    paths = {path: path.removeprefix(V1) for path in DOCUMENT["paths"]}
    assert [path for path, short in paths.items() if f"{short}`" not in text] == []


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    used = {reference.removeprefix("#/components/schemas/") for reference in _references(DOCUMENT)}
    assert used == set(SCHEMAS)


def test_every_schema_is_one() -> None:
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name


def test_operations_have_names_of_their_own() -> None:
    names = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


def test_an_answer_that_is_not_as_documented_is_noticed() -> None:
    schema = validator(documented("GET", "/health", 200))
    schema.validate({"status": "ok"})
    for wrong in ({}, {"status": "fine"}, {"status": "ok", "more": 1}):
        with pytest.raises(ValidationError):
            schema.validate(wrong)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
