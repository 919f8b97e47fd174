"""What an endpoint is: how it is called, who may call it, what it takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.api.auth import Handler
from bridge.api.parts import Scope

V1 = "/api/v1"

OPEN = "open"
"""For anyone who can connect."""

OPERATOR = "operator"
"""On the Unix socket only."""

IMAGE = "image"
"""An image: a form with the field `image` or `file`, or the body itself."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`takes` and `gives` name schemas, or media types where they hold a slash; `takes` may also be IMAGE."""

    method: str
    path: str
    handler: Handler
    access: Scope | str
    summary: str
    gives: str
    takes: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    status: int = 200
