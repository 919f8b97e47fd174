"""The endpoints for lists of others, on the Unix socket only."""

from __future__ import annotations

from bridge.api import exchanges
from bridge.api.endpoint import OPERATOR, V1, Endpoint

_ONE = f"{V1}/exchanges/{{name}}"

EXCHANGE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET", f"{V1}/exchanges", exchanges.list_all, OPERATOR, "Lists of others, and programmes", "Exchanges"
    ),
    Endpoint(
        "POST",
        f"{V1}/exchanges",
        exchanges.connect,
        OPERATOR,
        "Connect a list",
        "Exchange",
        ("NewExchange",),
        (),
        201,
    ),
    Endpoint("GET", _ONE, exchanges.show, OPERATOR, "A list, and how it is", "Exchange"),
    Endpoint("POST", f"{_ONE}/sync", exchanges.sync, OPERATOR, "Read it now", "Exchange", (), (), 202),
    Endpoint("DELETE", _ONE, exchanges.remove, OPERATOR, "Remove it, with what only it had", "Success"),
)
