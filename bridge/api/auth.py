"""Who may call: over TCP an API key with the endpoint's scope, on the Unix socket the peer's user.

The socket's file mode decides who can connect; the kernel says who did (`peer.py`). Endpoints
without a scope are the operator's and exist on the socket only.
"""

from __future__ import annotations

import pwd
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from bridge.api.parts import Caller, Scope, parts
from bridge.errors import Forbidden, Unauthorized
from bridge.store.api_keys import find_key

Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler, scope: Scope | None) -> Handler:
    """`handler`, called only for those who may; `scope` None means on the socket only."""

    async def guard(request: Request) -> Response:
        request.state.caller = await _identify(request, scope)
        return await handler(request)

    return guard


async def _identify(request: Request, scope: Scope | None) -> Caller:
    peer = request.scope.get("extensions", {}).get("peer")
    if peer is not None:
        return Caller(f"user:{_user_name(peer['uid'])}", is_operator=True)
    if scope is None:
        raise Forbidden("This is for the operator, on the bridge's own socket only.")
    key = _sent_key(request)
    if key is None:
        raise Unauthorized("An API key is needed.")
    record = await parts(request).store.read(lambda connection: find_key(connection, key))
    if record is None:
        raise Unauthorized("This API key is not known or was revoked.")
    if not {scope.value, Scope.ALL.value} & set(record.scopes):
        raise Forbidden(
            f"The API key {record.name} lacks the scope {scope.value}.",
            "Make one that has it: `hma-console apikey create NAME --scope SCOPE`.",
        )
    return Caller(f"key:{record.name}", is_operator=False)


def _sent_key(request: Request) -> str | None:
    if key := request.headers.get("x-api-key"):
        return key.strip()
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
