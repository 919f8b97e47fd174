"""The bridge's API as a Starlette application: the table of endpoints, guarded, with its errors."""

from __future__ import annotations

from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from bridge.api.auth import guarded
from bridge.api.endpoint import OPEN, Endpoint
from bridge.api.endpoints import ENDPOINTS
from bridge.api.errors import on_bridge_error, on_fault, on_http_error
from bridge.api.openapi import document
from bridge.api.parts import Parts, Scope
from bridge.api.schema_parts import Schema
from bridge.errors import BridgeError


def make_app(parts: Parts) -> Starlette:
    app = Starlette(
        routes=[*(_route(endpoint) for endpoint in ENDPOINTS), *_xrpc(parts)],
        exception_handlers={
            BridgeError: on_bridge_error,
            HTTPException: on_http_error,
            Exception: on_fault,
        },
    )
    app.state.parts = parts
    app.state.openapi = _openapi
    return app


@cache
def _openapi() -> Schema:
    """Made for whoever asks first."""
    return document(ENDPOINTS)


def _xrpc(parts: Parts) -> list[Route]:
    """Those for a PDS are imported where there is one: what they need costs a quarter of a second."""
    from bridge.api.scans import scan_routes

    routes = scan_routes(parts)
    if parts.gate:
        from bridge.api.gate import gate_route

        routes.append(gate_route(parts.gate))
    if parts.reports:
        from bridge.api.reports import report_route

        routes.append(report_route(parts.reports))
    return routes


def _route(endpoint: Endpoint) -> Route:
    handler = endpoint.handler
    if endpoint.access != OPEN:
        scope = endpoint.access if isinstance(endpoint.access, Scope) else None
        handler = guarded(handler, scope)
    return Route(endpoint.path, handler, methods=[endpoint.method])
